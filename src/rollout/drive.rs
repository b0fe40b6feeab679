//! Drives the schedule: begins hosts when it says so, and tells it what became of them.

use super::{
    EventKind, Events, Limits, Outcome, RolloutEvent, Work,
    apply::{carry_out, look_again},
    assignment::Assignment,
    schedule::{End, Fate, Order, State},
};
use crate::host::HostError;
use std::{collections::HashMap, time::Duration};
use tokio::task::{Id, JoinError, JoinSet};

/// The longest sleep until the clock is looked at again: it may be set, and machines are put to sleep.
const NAP: Duration = Duration::from_secs(60);

/// Carries plans out, in the order and with the rules of the schedule; the outcomes are in the order of the hosts.
pub async fn apply(work: Work, limits: &Limits, events: &Events) -> Vec<Outcome> {
    // Their turn may come in hours: no connection is kept for it.
    for member in work.later() {
        member.transport.disconnect().await;
    }
    let outcomes = work.hosts.iter().map(Assignment::untouched).collect();
    let mut drive = Drive {
        work,
        limits,
        events,
        outcomes,
        tasks: JoinSet::new(),
        hosts: HashMap::new(),
    };
    drive.tell_untouched();
    drive.run().await;
    drive.outcomes()
}

struct Drive<'a> {
    work: Work,
    limits: &'a Limits,
    events: &'a Events,
    outcomes: Vec<Option<Outcome>>,
    /// How it ended for a host; `None` where it is as its wave left it.
    tasks: JoinSet<Option<Outcome>>,
    hosts: HashMap<Id, usize>,
}

impl Drive<'_> {
    async fn run(&mut self) {
        let mut stop = self.limits.stop.clone();
        let mut told = None;
        loop {
            if *stop.borrow_and_update() {
                self.work.schedule.interrupt();
            }
            for order in self.work.schedule.advance(self.limits.clock.now()) {
                self.carry_out(order);
            }
            let phase = self.work.schedule.state().phase();
            if told.replace(phase) != Some(phase) {
                self.tell_state();
            }
            if self.work.schedule.is_over() {
                return;
            }
            let nap = self.nap();
            tokio::select! {
                Some(joined) = self.tasks.join_next_with_id() => self.joined(joined),
                Ok(()) = stop.changed() => {}
                () = tokio::time::sleep(nap) => {}
            }
        }
    }

    fn carry_out(&mut self, order: Order) {
        let (Order::Begin(host) | Order::Look(host)) = order;
        let Assignment { member, plan, .. } = &self.work.hosts[host];
        let Ok(plan) = plan else { return };
        let (member, plan, limits, events) = (member.clone(), plan.clone(), self.limits.clone(), self.events.clone());
        let deadline = self.work.schedule.deadline(host);
        if let Order::Begin(_) = order {
            self.events.tell(&member.target.name, EventKind::Begins);
        }
        let task = self.tasks.spawn(async move {
            match order {
                Order::Begin(_) => Some(carry_out(member, plan, limits, events, deadline).await),
                Order::Look(_) => look_again(&member, &plan, &limits).await,
            }
        });
        self.hosts.insert(task.id(), host);
    }

    fn joined(&mut self, joined: Result<(Id, Option<Outcome>), JoinError>) {
        let (id, outcome) = joined.unwrap_or_else(|error| {
            let lost = HostError::Lost { script: "apply" };
            (error.id(), Some(Outcome::Unreachable(lost)))
        });
        let Some(host) = self.hosts.remove(&id) else { return };
        let fate = outcome.as_ref().map_or(Fate::Well, Outcome::fate);
        self.work.schedule.ended(host, fate);
        if let Some(outcome) = outcome {
            self.finished(host, outcome);
        }
    }

    fn finished(&mut self, host: usize, outcome: Outcome) {
        let name = &self.work.hosts[host].member.target.name;
        self.events.tell(name, EventKind::Finished(outcome.clone()));
        self.outcomes[host] = Some(outcome);
    }

    fn tell_untouched(&self) {
        for (host, outcome) in self.work.hosts.iter().zip(&self.outcomes) {
            if let Some(outcome) = outcome {
                let name = &host.member.target.name;
                self.events.tell(name, EventKind::Finished(outcome.clone()));
            }
        }
    }

    fn tell_state(&self) {
        let schedule = &self.work.schedule;
        let event = match schedule.state() {
            State::Wave { wave } => schedule.waves().get(*wave).map(|current| RolloutEvent::Wave {
                wave: wave + 1,
                of: schedule.waves().len(),
                kind: current.kind,
                hosts: self.work.names(current),
            }),
            State::Closed { wave, until } => Some(RolloutEvent::Closed {
                wave: wave + 1,
                until: *until,
            }),
            State::Soak { wave, until } => Some(RolloutEvent::Soak {
                wave: wave + 1,
                until: *until,
            }),
            State::Look { wave, .. } => Some(RolloutEvent::Look { wave: wave + 1 }),
            State::Over(End::Stopped(stop)) => Some(RolloutEvent::Stopped { why: stop.to_string() }),
            State::Over(End::Complete | End::Interrupted) => None,
        };
        if let Some(event) = event {
            self.events.tell_rollout(event);
        }
    }

    fn nap(&self) -> Duration {
        let now = self.limits.clock.now();
        let until = self.work.schedule.wake().map(|wake| wake.duration_since(now));
        let until = until.map_or(NAP, |until| Duration::try_from(until).unwrap_or_default());
        until.min(NAP)
    }

    fn outcomes(self) -> Vec<Outcome> {
        let why = match self.work.schedule.state() {
            State::Over(End::Stopped(stop)) => Some(stop.to_string()),
            _ => None,
        };
        let hosts = self.work.hosts.iter().zip(self.outcomes);
        hosts
            .map(|(host, outcome)| {
                outcome.unwrap_or_else(|| {
                    let outcome = Outcome::NotBegun {
                        stopped: why.clone(),
                        now: host
                            .plan
                            .as_ref()
                            .map_or_else(ToString::to_string, |plan| plan.now.clone()),
                    };
                    self.events
                        .tell(&host.member.target.name, EventKind::Finished(outcome.clone()));
                    outcome
                })
            })
            .collect()
    }
}
