use super::{Member, Outcome, RunId, schedule::Work as Task};
use crate::{host::HostError, plan::Plan};

/// What a run has to do with one host.
pub(super) struct Assignment {
    pub member: Member,
    pub plan: Result<Plan, HostError>,
    /// How it ended in the run that this one goes on with, where that was not well: then nothing is done now.
    pub before: Option<Outcome>,
    /// Nothing is to be done but to give the lock back that a run has left.
    pub is_left_locked: bool,
}

/// Whether one of these runs has left a host locked to which nothing is to be done.
pub(super) fn is_left_locked(plan: &Plan, take_over: &[RunId]) -> bool {
    let held = plan.lock.holder.as_ref();
    plan.is_up_to_date() && held.is_some_and(|held| take_over.iter().any(|run| run.as_str() == held.run))
}

impl Assignment {
    /// What it means for the schedule.
    pub fn task(&self) -> Task {
        match (self.untouched(), &self.plan) {
            (Some(outcome), _) => Task::None(outcome.fate()),
            (None, Ok(plan)) if plan.is_of_control_plane() => Task::ControlPlane,
            (None, Ok(plan)) if plan.reboots() > 0 => Task::Disruptive,
            (None, _) => Task::Quiet,
        }
    }

    /// How it ended for a host that nothing is to be done to.
    pub fn untouched(&self) -> Option<Outcome> {
        match (&self.before, &self.plan) {
            (Some(before), _) => Some(before.clone()),
            (None, Err(error)) => Some(Outcome::Unreachable(error.clone())),
            (None, Ok(plan)) if !plan.refusals.is_empty() => Some(Outcome::Refused {
                reasons: plan.refusals.clone(),
            }),
            (None, Ok(_)) if self.is_left_locked => None,
            (None, Ok(plan)) if plan.is_up_to_date() => Some(Outcome::UpToDate { now: plan.now.clone() }),
            (None, Ok(_)) => None,
        }
    }
}
