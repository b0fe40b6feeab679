use super::{
    Check, EventKind, Events, Failure, Limits, Member, Outcome, Place, aftermath::Aftermath, hold::Hold,
    perform::perform, schedule::Service,
};
use crate::{
    config::Stage,
    host::HostError,
    kubernetes::KubernetesError,
    plan::{self, Plan},
    resource::{Action, NodeStep, Observed, Running, Step, StepId, applied},
};
use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::{task::JoinSet, time::Instant};

/// Steps of one host that run side by side; sshd's `MaxSessions` is 10 a connection.
const STEPS_SIDE_BY_SIDE: usize = 4;

/// Carries a plan out while the run holds the host's lock. No step begins after `deadline`.
pub(super) async fn carry_out(
    member: Member,
    plan: Plan,
    limits: Limits,
    events: Events,
    deadline: Duration,
) -> Outcome {
    let hold = match Hold::take(member, &plan, &limits, deadline).await {
        Ok(hold) => hold,
        Err(error) if error.is_unreachable() => return Outcome::Unreachable(error),
        Err(error) => return Outcome::Locked(error),
    };
    let run = limits.run.id.clone();
    let worker = Worker {
        member: Arc::new(hold.member.clone()),
        limits,
        events,
        deadline,
        begin: Instant::now(),
        cordoned: AtomicBool::new(false),
    };
    let outcome = match plan.is_up_to_date() {
        true => Outcome::UpToDate { now: plan.now },
        false => worker.carry_out(plan).await,
    };
    let outcome = worker.back_in_service(outcome).await;
    match hold.give_back().await {
        Ok(()) => outcome,
        Err(error) => outcome.with_lock_left(error, &run),
    }
}

/// Looks at a host again whose wave has soaked; `Some` where it is not as the wave left it.
pub(super) async fn look_again(member: &Member, plan: &Plan, limits: &Limits) -> Option<Outcome> {
    let (failure, service, now) = match member.probe().await {
        Err(error) => (error.into(), Service::Out, "unknown: it cannot be looked at".to_owned()),
        Ok(observed) => {
            let desired = &member.target.desired;
            let failure = match member.plan(&observed) {
                _ if limits.check == Check::StepsOnly || limits.until < Stage::Verify => return None,
                Ok(again) if again.is_up_to_date() => return None,
                Ok(again) => Failure::NotConverged {
                    left: again.differences(),
                },
                Err(error) => error.into(),
            };
            (failure, Service::In, Running::of(desired, &observed).words())
        }
    };
    Some(Outcome::Failed {
        place: None,
        failure: Failure::AfterSoak(Box::new(failure)),
        steps: plan.graph.len(),
        now,
        service,
    })
}

struct Worker {
    member: Arc<Member>,
    limits: Limits,
    events: Events,
    deadline: Duration,
    begin: Instant,
    /// Whether the node may carry this run's cordon.
    cordoned: AtomicBool,
}

/// What was done, in all legs of a run.
#[derive(Debug, Clone, Copy, Default)]
struct Done {
    steps: usize,
    reboots: usize,
}

/// How a plan came to its end.
struct Walk {
    done: BTreeSet<StepId>,
    failed: Option<(Option<Place>, Failure)>,
}

impl Worker {
    async fn carry_out(&self, mut plan: Plan) -> Outcome {
        let mut done = Done::default();
        loop {
            let walk = self.walk(&plan).await;
            done.steps += walk.done.len();
            if let Some((place, failure)) = walk.failed {
                return self.failed(&plan, place, failure, done).await;
            }
            let left = plan.graph.len() - walk.done.len();
            if left == 0 {
                done.reboots += plan.reboots();
            }
            match self.finish(&plan, left, done).await {
                Ok(next) => plan = next,
                Err(outcome) => return outcome,
            }
        }
    }

    /// Carries the steps of a plan out, until one fails or no further one may begin. A trial boot that has begun is judged all the
    /// same: one that nobody confirms ends in a reboot at some later time, when nobody expects it.
    async fn walk(&self, plan: &Plan) -> Walk {
        self.tell(EventKind::Started {
            steps: plan.graph.len(),
        });
        let mut done = BTreeSet::new();
        let mut running: JoinSet<(Place, Result<(), Failure>)> = JoinSet::new();
        let mut begun = BTreeSet::new();
        let mut failed = None;
        loop {
            if failed.is_none() {
                let goes_on = !*self.limits.stop.borrow() && !self.is_overdue();
                let judging = if goes_on { BTreeSet::new() } else { plan.judging(&begun) };
                for step in plan.graph.ready(&done) {
                    let free = running.len() < STEPS_SIDE_BY_SIDE && (goes_on || judging.contains(&step.id));
                    if free && step.stage <= self.limits.until && begun.insert(step.id.clone()) {
                        self.begin(step.clone(), &mut running);
                    }
                }
            }
            let Some(joined) = running.join_next().await else { break };
            match joined {
                Ok((place, Ok(()))) => {
                    done.insert(place.step);
                }
                Ok((_, Err(Failure::Kubernetes(KubernetesError::Interrupted)))) => {}
                Ok((place, Err(failure))) => {
                    failed.get_or_insert((Some(place), failure));
                }
                Err(error) => {
                    let what = format!("it ended abnormally: {error}");
                    failed.get_or_insert((None, HostError::Answer { script: "step", what }.into()));
                }
            }
        }
        Walk { done, failed }
    }

    fn begin(&self, step: Step, running: &mut JoinSet<(Place, Result<(), Failure>)>) {
        if step.action == Action::Node(NodeStep::Cordon) {
            self.cordoned.store(true, Ordering::Relaxed);
        }
        let (member, events, limits) = (Arc::clone(&self.member), self.events.clone(), self.limits.clone());
        running.spawn(async move {
            let result = perform(&member, &step, &limits, &events).await;
            let place = Place {
                stage: step.stage,
                step: step.id,
                title: step.title,
            };
            (place, result)
        });
    }

    /// Looks at the host again. `Ok` is the plan that follows; there is none where the run has come to its end.
    async fn finish(&self, plan: &Plan, left: usize, done: Done) -> Result<Plan, Outcome> {
        let observed = self.member.probe().await.map_err(|error| Outcome::Failed {
            place: None,
            failure: error.into(),
            steps: done.steps,
            now: "unknown: it cannot be looked at".into(),
            service: Service::Out,
        })?;
        let desired = &self.member.target.desired;
        let now = Running::of(desired, &observed).words();
        if left > 0 && self.is_overdue() && !*self.limits.stop.borrow() {
            let failure = Failure::Overdue {
                deadline: self.deadline,
                left,
            };
            return Err(self.failed(plan, None, failure, done).await);
        }
        if left > 0 {
            let interrupted = *self.limits.stop.borrow();
            return Err(Outcome::Stopped {
                now,
                steps: done.steps,
                left,
                interrupted,
            });
        }
        if self.limits.check == Check::Converged {
            let failure = match self.member.plan(&observed) {
                Ok(again) if again.is_up_to_date() => self.record(&observed).await.err().map(Failure::from),
                Ok(next) if plan.then.is_some() && next.then.is_none() && next.refusals.is_empty() => {
                    self.tell(EventKind::Planned {
                        text: plan::text(&next),
                    });
                    return Ok(next);
                }
                Ok(again) if plan.then.is_some() && !again.refusals.is_empty() => Some(Failure::Refused {
                    kernel: observed.kernel_release,
                    reasons: again.refusals,
                }),
                Ok(again) => Some(Failure::NotConverged {
                    left: again.differences(),
                }),
                Err(error) => Some(error.into()),
            };
            if let Some(failure) = failure {
                return Err(self.failed(plan, None, failure, done).await);
            }
        }
        Err(Outcome::Done {
            now,
            steps: done.steps,
            reboots: done.reboots,
        })
    }

    /// Notes on the host what this run has made of it: the next plan tells by it what somebody else has changed.
    async fn record(&self, observed: &Observed) -> Result<(), HostError> {
        let desired = &self.member.target.desired;
        let (run, mode) = (&self.limits.run, Running::of(desired, observed).mode);
        let call = applied::record(desired, observed, mode, run.id.as_str(), &run.by);
        self.member
            .transport
            .run(call.call())
            .await?
            .success(call.script)
            .map(drop)
    }

    async fn failed(&self, plan: &Plan, place: Option<Place>, failure: Failure, done: Done) -> Outcome {
        let Aftermath { failure, now, service } = Aftermath::of(&self.member, plan, place.as_ref(), failure).await;
        Outcome::Failed {
            place,
            failure,
            steps: done.steps,
            now,
            service,
        }
    }

    /// Uncordons the node where this run has cordoned it and did not come to the step that would: whatever has happened, the
    /// lock does not go before.
    async fn back_in_service(&self, outcome: Outcome) -> Outcome {
        let Some(node) = self
            .member
            .node
            .as_ref()
            .filter(|_| self.cordoned.load(Ordering::Relaxed))
        else {
            return outcome;
        };
        if let Outcome::Done { .. } = outcome {
            return outcome;
        }
        let name = node.name();
        match node.uncordon(&[self.limits.run.id.as_str()]).await {
            Ok(_) => outcome.noting(&format!("node {name} is uncordoned")),
            Err(error) => outcome.with_cordon_left(&format!(
                "node {name} is left cordoned ({error}): apply again uncordons it, as does kubectl uncordon {name}"
            )),
        }
    }

    fn is_overdue(&self) -> bool {
        self.begin.elapsed() >= self.deadline
    }

    fn tell(&self, kind: EventKind) {
        self.events.tell(&self.member.target.name, kind);
    }
}
