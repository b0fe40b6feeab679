use crate::rollout::{
    Outcome,
    schedule::{Fate, Service},
};
use serde::{Deserialize, Serialize};

/// How it ended for a host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ending {
    /// As what.
    pub outcome: Kept,
    /// The exit code that it asks for.
    pub exit: u8,
    /// For people.
    pub line: String,
    /// Whether it does its work.
    pub in_service: bool,
}

/// As what a host ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kept {
    /// It was as wanted.
    UpToDate,
    /// Every step was done.
    Done,
    /// Stopped between two steps, as asked.
    Stopped,
    /// Its turn did not come.
    NotBegun,
    /// It could not be reached, was refused, locked, or a step failed.
    Failed,
}

impl Ending {
    /// What the other hosts of a rollout are concerned with.
    pub fn fate(&self) -> Fate {
        match (self.outcome, self.in_service) {
            (Kept::Failed, true) => Fate::Failed(Service::In),
            (Kept::Failed, false) => Fate::Failed(Service::Out),
            _ => Fate::Well,
        }
    }
}

impl From<&Outcome> for Ending {
    fn from(outcome: &Outcome) -> Self {
        let fate = outcome.fate();
        Self {
            outcome: match outcome {
                Outcome::UpToDate { .. } => Kept::UpToDate,
                Outcome::Done { .. } => Kept::Done,
                Outcome::Stopped { .. } => Kept::Stopped,
                Outcome::NotBegun { .. } => Kept::NotBegun,
                Outcome::Refused { .. }
                | Outcome::Locked(_)
                | Outcome::Unreachable(_)
                | Outcome::Failed { .. }
                | Outcome::FailedBefore { .. } => Kept::Failed,
            },
            exit: outcome.exit_code(),
            line: outcome.line(),
            in_service: fate != Fate::Failed(Service::Out),
        }
    }
}
