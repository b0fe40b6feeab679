use super::{EventKind, Events, Failure, Member, Outcome, Place, gate};
use crate::{
    boot::{self, BootError},
    config::{Desired, Stage},
    host::HostError,
    ima::Appraisal,
    plan::Plan,
    resource::{Action, BootMode, Observed, Running, Step, StepId, gate::Acceptance},
    tpm::{AttestError, Attested, Question, Verdict},
};
use std::{
    collections::BTreeSet,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{
    sync::{Semaphore, watch},
    task::JoinSet,
};

/// Steps of one host that run side by side; sshd's `MaxSessions` is 10 a connection.
const STEPS_SIDE_BY_SIDE: usize = 4;

/// How far and how wide an apply goes.
#[derive(Debug, Clone)]
pub struct Limits {
    /// The last stage that is carried out.
    pub until: Stage,
    /// Hosts worked on at the same time.
    pub concurrency: usize,
    /// Turns true when a person interrupts: no further step begins.
    pub stop: watch::Receiver<bool>,
    /// How a host is judged in the end.
    pub check: Check,
    /// What does not shut the gate before enforce.
    pub accept: Arc<Acceptance>,
}

/// What the look after the last step must find.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Check {
    /// Nothing left to do for the playbook.
    Converged,
    /// Nothing but what the steps themselves verified.
    StepsOnly,
}

/// Carries plans out, each on its host; the outcomes are in the order of the plans.
pub async fn apply(work: Vec<(Member, Plan)>, limits: &Limits, events: &Events) -> Vec<Outcome> {
    let gate = Arc::new(Semaphore::new(limits.concurrency));
    let mut set = JoinSet::new();
    let names: Vec<String> = work.iter().map(|(member, _)| member.target.name.clone()).collect();
    for (index, (member, plan)) in work.into_iter().enumerate() {
        let (gate, events, limits) = (Arc::clone(&gate), events.clone(), limits.clone());
        set.spawn(async move {
            let _permit = gate.acquire_owned().await;
            let outcome = Worker {
                member: Arc::new(member),
                limits,
                events,
            }
            .carry_out(&plan)
            .await;
            (index, outcome)
        });
    }
    let mut outcomes: Vec<Option<Outcome>> = names.iter().map(|_| None).collect();
    while let Some(joined) = set.join_next().await {
        if let Ok((index, outcome)) = joined {
            events.tell(&names[index], EventKind::Finished(outcome.clone()));
            outcomes[index] = Some(outcome);
        }
    }
    let lost = HostError::Lost { script: "apply" };
    outcomes
        .into_iter()
        .map(|outcome| outcome.unwrap_or_else(|| Outcome::Unreachable(lost.clone())))
        .collect()
}

struct Worker {
    member: Arc<Member>,
    limits: Limits,
    events: Events,
}

impl Worker {
    async fn carry_out(&self, plan: &Plan) -> Outcome {
        if !plan.refusals.is_empty() {
            return Outcome::Refused {
                reasons: plan.refusals.clone(),
            };
        }
        if plan.is_up_to_date() {
            return Outcome::UpToDate { now: plan.now.clone() };
        }
        self.tell(EventKind::Started {
            steps: plan.graph.len(),
        });
        let mut done = BTreeSet::new();
        let mut running: JoinSet<(Place, Result<(), Failure>)> = JoinSet::new();
        let mut begun = BTreeSet::new();
        let mut failed = None;
        loop {
            if failed.is_none() && !*self.limits.stop.borrow() {
                for step in plan.graph.ready(&done) {
                    let free = running.len() < STEPS_SIDE_BY_SIDE;
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
                Ok((place, Err(failure))) => {
                    failed.get_or_insert((Some(place), failure));
                }
                Err(error) => {
                    let what = format!("it ended abnormally: {error}");
                    failed.get_or_insert((None, HostError::Answer { script: "step", what }.into()));
                }
            }
        }
        match failed {
            Some((place, failure)) => {
                let lost_in_trial = is_trial(place.as_ref()) && is_deadline(&failure);
                let now = self.now_in_words(lost_in_trial).await;
                Outcome::Failed {
                    place,
                    failure,
                    steps: done.len(),
                    now,
                }
            }
            None => self.finish(plan, &done).await,
        }
    }

    fn begin(&self, step: Step, running: &mut JoinSet<(Place, Result<(), Failure>)>) {
        let (member, events, accept) = (
            Arc::clone(&self.member),
            self.events.clone(),
            Arc::clone(&self.limits.accept),
        );
        running.spawn(async move {
            let result = perform(&member, &step, &events, &accept).await;
            let place = Place {
                stage: step.stage,
                step: step.id,
                title: step.title,
            };
            (place, result)
        });
    }

    async fn finish(&self, plan: &Plan, done: &BTreeSet<StepId>) -> Outcome {
        let left = plan.graph.len() - done.len();
        let observed = match self.member.probe().await {
            Ok(observed) => observed,
            Err(error) => {
                return Outcome::Failed {
                    place: None,
                    failure: error.into(),
                    steps: done.len(),
                    now: "unknown: it cannot be looked at".into(),
                };
            }
        };
        let desired = &self.member.target.desired;
        let now = Running::of(desired, &observed).words();
        if left > 0 {
            let interrupted = *self.limits.stop.borrow();
            return Outcome::Stopped {
                now,
                steps: done.len(),
                left,
                interrupted,
            };
        }
        if self.limits.check == Check::Converged {
            let failure = match Plan::build(desired, &observed) {
                Ok(again) if again.is_up_to_date() => None,
                Ok(again) => Some(Failure::NotConverged {
                    left: again.differences(),
                }),
                Err(error) => Some(error.into()),
            };
            if let Some(failure) = failure {
                let now = now_in_words(desired, &observed);
                return Outcome::Failed {
                    place: None,
                    failure,
                    steps: done.len(),
                    now,
                };
            }
        }
        Outcome::Done {
            now,
            steps: done.len(),
            reboots: plan.reboots(),
        }
    }

    /// What the host is after a failure, from a fresh look, and what a person can do.
    async fn now_in_words(&self, lost_in_trial: bool) -> String {
        let gone = match tokio::time::timeout(Duration::from_secs(300), self.member.probe()).await {
            Ok(Ok(observed)) => {
                let now = now_in_words(&self.member.target.desired, &observed);
                return format!("{now}; apply again goes on from here");
            }
            Ok(Err(error)) => format!("cannot be looked at: {error}"),
            Err(_) => "does not answer".into(),
        };
        if lost_in_trial {
            return format!("{gone}\npower-cycle it: an unconfirmed trial is followed by a boot in fix");
        }
        gone
    }

    fn tell(&self, kind: EventKind) {
        self.events.tell(&self.member.target.name, kind);
    }
}

fn now_in_words(desired: &Desired, observed: &Observed) -> String {
    let running = Running::of(desired, observed);
    let mut now = format!(
        "reachable, {}, stage {}, boot id {}",
        running.words(),
        running.stage(desired, observed),
        observed.boot_id
    );
    if running.mode == Appraisal::Enforce
        && let BootMode {
            every: Some(every),
            trial: None,
        } = BootMode::of(observed)
        && every != Appraisal::Enforce
    {
        now += &format!("; this trial boot is not confirmed: the next boot is {every} again");
    }
    now
}

fn is_trial(place: Option<&Place>) -> bool {
    place.is_some_and(|place| place.step == StepId::new("boot", "trial"))
}

fn is_deadline(failure: &Failure) -> bool {
    matches!(failure, Failure::Boot(BootError::Deadline { .. }))
}

async fn perform(member: &Member, step: &Step, events: &Events, accept: &Acceptance) -> Result<(), Failure> {
    let host = member.target.name.clone();
    let begin = Instant::now();
    let (id, title) = (step.id.clone(), step.title.clone());
    events.tell(
        &host,
        EventKind::StepStarted {
            id: id.clone(),
            stage: step.stage,
            title: title.clone(),
        },
    );
    let evidence = match &step.action {
        Action::Reboot(expected) => boot::reboot(member.transport.as_ref(), expected, boot::REBOOT_DEADLINE).await?,
        Action::Attest(registers) => attest(member, registers).await?,
        Action::Gate(question) => gate::pass(member, question, accept, &id, events).await?,
        Action::Script(script) => {
            let answer = member.run_told(script.call(), &id, events).await?;
            answer.success(script.script)?.evidence
        }
    };
    events.tell(
        &host,
        EventKind::StepDone {
            id,
            title,
            evidence,
            took: begin.elapsed(),
        },
    );
    Ok(())
}

async fn attest(member: &Member, registers: &[u32]) -> Result<Vec<String>, Failure> {
    let proof = async {
        let question = Question::new(registers.iter().copied(), &Arc::default())?;
        let attested = Attested::ask(member.transport.as_ref(), question).await?;
        Ok(attested.proof()?)
    };
    let proof = proof.await.map_err(|error| match error {
        AttestError::Host(error) => Failure::Host(error),
        error => Failure::Unproven {
            problems: vec![error.to_string()],
        },
    })?;
    match proof.verdict() {
        Verdict::Failed => Err(Failure::Unproven {
            problems: proof.problems(),
        }),
        Verdict::Verified | Verdict::Unproven => Ok(vec![proof.summary()]),
    }
}
