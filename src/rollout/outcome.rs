use super::{
    Failure, RunId,
    journal::Ending,
    schedule::{Fate, Service},
};
use crate::{config::Stage, host::HostError, resource::StepId, words::count};

/// How it ended for one host.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// It was as wanted from the start.
    UpToDate {
        /// What the host is, in words.
        now: String,
    },
    /// Every step was done and the host looked at again.
    Done {
        /// What the host is, in words.
        now: String,
        /// Steps that were done.
        steps: usize,
        /// Reboots among them.
        reboots: usize,
    },
    /// Stopped on request (`--until`, Ctrl-C) between two steps.
    Stopped {
        /// What the host is, in words.
        now: String,
        /// Steps that were done.
        steps: usize,
        /// Steps that were not begun.
        left: usize,
        /// Whether a person interrupted it.
        interrupted: bool,
    },
    /// Nothing may be done to it.
    Refused {
        /// Why.
        reasons: Vec<String>,
    },
    /// Its lock could not be had: nothing was done.
    Locked(HostError),
    /// It could not be reached, or not be entered.
    Unreachable(HostError),
    /// A step failed.
    Failed {
        /// The step that failed; `None` where it was none.
        place: Option<Place>,
        /// Why.
        failure: Failure,
        /// Steps that were done before.
        steps: usize,
        /// What the host is now, in words.
        now: String,
        /// Whether it does its work.
        service: Service,
    },
    /// It failed in the run that this one goes on with, and nothing was done now.
    FailedBefore {
        /// That run.
        run: RunId,
        /// How it ended there.
        ending: Ending,
    },
    /// Its turn did not come: nothing was done.
    NotBegun {
        /// The rule that stopped the rollout; `None` where a person did.
        stopped: Option<String>,
        /// What the host is, in words.
        now: String,
    },
}

/// A step, as an outcome names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Its stage.
    pub stage: Stage,
    /// Its name.
    pub step: StepId,
    /// What it does.
    pub title: String,
}

impl Outcome {
    /// The exit code that this host asks for, as the command line's table has it.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::UpToDate { .. }
            | Self::Done { .. }
            | Self::Stopped { interrupted: false, .. }
            | Self::NotBegun { stopped: Some(_), .. } => 0,
            Self::Stopped { interrupted: true, .. } | Self::NotBegun { stopped: None, .. } => 130,
            Self::Unreachable(_) => 3,
            Self::FailedBefore { ending, .. } => ending.exit,
            Self::Refused { .. } | Self::Locked(_) => 4,
            Self::Failed { failure, place, .. } => match failure.root() {
                Failure::NotConverged { .. } | Failure::Unproven { .. } => 5,
                Failure::FellBack { .. } | Failure::Refused { .. } => 4,
                failure if failure.is_unreachable() => 3,
                Failure::Boot(error) if error.is_fallback() => 4,
                _ if place.as_ref().is_some_and(|place| is_gate(&place.step)) => 4,
                _ => 1,
            },
        }
    }

    /// What the other hosts of a rollout are concerned with.
    pub fn fate(&self) -> Fate {
        match self {
            Self::UpToDate { .. } | Self::Done { .. } | Self::Stopped { .. } | Self::NotBegun { .. } => Fate::Well,
            Self::Refused { .. } | Self::Locked(_) => Fate::Failed(Service::In),
            Self::Unreachable(_) => Fate::Failed(Service::Out),
            Self::FailedBefore { ending, .. } => ending.fate(),
            Self::Failed { service, .. } => Fate::Failed(*service),
        }
    }

    /// Steps that were done.
    pub fn steps(&self) -> usize {
        match self {
            Self::Done { steps, .. } | Self::Stopped { steps, .. } | Self::Failed { steps, .. } => *steps,
            Self::UpToDate { .. }
            | Self::NotBegun { .. }
            | Self::Refused { .. }
            | Self::Locked(_)
            | Self::FailedBefore { .. }
            | Self::Unreachable(_) => 0,
        }
    }

    /// The lock of the host was not given back.
    #[must_use]
    pub(super) fn with_lock_left(mut self, error: HostError, run: &RunId) -> Self {
        let note = match &error {
            HostError::Failed { output, .. } if output.contains("no longer holds") => output.clone(),
            error => format!("its lock was not given back ({error}): --take-over {run} takes it"),
        };
        if let Self::Done { steps, .. } | Self::Stopped { steps, .. } = &self
            && error.is_gone()
        {
            // It was there a moment ago: whoever counts the hosts that are out of service must hear of it.
            return Self::Failed {
                place: None,
                steps: *steps,
                now: format!("does not answer; {note}"),
                failure: error.into(),
                service: Service::Out,
            };
        }
        if let Self::Failed { service, .. } = &mut self
            && error.is_gone()
        {
            *service = Service::Out;
        }
        self.noting(&note)
    }

    /// The node of the host still takes no pods.
    #[must_use]
    pub(super) fn with_cordon_left(mut self, note: &str) -> Self {
        if let Self::Failed { service, .. } = &mut self {
            *service = Service::Out;
        }
        self.noting(note)
    }

    /// With something that a person must know of what the host is now.
    #[must_use]
    pub(super) fn noting(mut self, note: &str) -> Self {
        match &mut self {
            Self::Failed { now, .. } | Self::UpToDate { now } | Self::Done { now, .. } | Self::Stopped { now, .. } => {
                now.push_str(&format!("; {note}"));
            }
            Self::Refused { .. }
            | Self::Locked(_)
            | Self::Unreachable(_)
            | Self::FailedBefore { .. }
            | Self::NotBegun { .. } => {}
        }
        self
    }

    /// One line for a person.
    pub fn line(&self) -> String {
        match self {
            Self::UpToDate { now } => format!("up to date, {now}"),
            Self::Done { now, steps, reboots } => {
                format!("{now}: {}, {}", count(*steps, "step"), count(*reboots, "reboot"))
            }
            Self::Stopped {
                now,
                steps,
                left,
                interrupted,
            } => {
                let why = if *interrupted {
                    "interrupted"
                } else {
                    "stopped as asked"
                };
                let steps = count(*steps, "step");
                format!("{why} after {steps}, {left} not begun, now {now}; apply again goes on")
            }
            Self::Refused { reasons } => format!("refused: {}", reasons.join("; ")),
            Self::Locked(HostError::Failed { output, .. }) => format!("nothing was done: {output}"),
            Self::Locked(error) => format!("nothing was done: its lock cannot be had: {error}"),
            Self::Unreachable(error) => format!("unreachable: {error}"),
            Self::Failed {
                place,
                failure,
                steps,
                now,
                ..
            } => {
                let place = match place {
                    Some(Place { stage, step, title }) => format!("failed in {stage} at '{title}' ({step})"),
                    None => "failed".to_owned(),
                };
                format!("{place}, after {}: {failure}\nnow: {now}", count(*steps, "step"))
            }
            Self::FailedBefore { run, ending } => format!("in run {run}: {}", ending.line),
            Self::NotBegun {
                stopped: Some(why),
                now,
            } => format!("not begun, {now}: {why}"),
            Self::NotBegun { stopped: None, now } => format!("not begun, {now}: interrupted"),
        }
    }
}

/// Steps that exist to say no.
fn is_gate(step: &StepId) -> bool {
    [
        "policy/judge",
        "signature/load",
        "signature/loaded",
        "labels/verify",
        "gate/enforce",
        "health/check",
        "enforce/prove",
        "node/control-plane",
        "node/drain",
    ]
    .contains(&step.to_string().as_str())
        || step.to_string().starts_with("check/")
}
