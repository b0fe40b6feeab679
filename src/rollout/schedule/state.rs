use crate::words::count;
use jiff::Timestamp;
use std::{
    collections::BTreeSet,
    fmt::{self, Display},
    mem::{self, Discriminant},
};

/// Where a rollout stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// The wave's hosts wait for a window.
    Closed {
        /// The wave, from 0.
        wave: usize,
        /// When the window opens.
        until: Timestamp,
    },
    /// Hosts of the wave are at work.
    Wave {
        /// The wave, from 0.
        wave: usize,
    },
    /// The wave is done, and shows itself for a while.
    Soak {
        /// The wave, from 0.
        wave: usize,
        /// When it has soaked.
        until: Timestamp,
    },
    /// The wave has soaked, and its hosts are looked at again.
    Look {
        /// The wave, from 0.
        wave: usize,
        /// The hosts that have not answered yet.
        left: BTreeSet<usize>,
    },
    /// No further host begins.
    Over(End),
}

impl State {
    /// What tells it from the state before, whatever happens within it.
    pub fn phase(&self) -> (Discriminant<Self>, Option<usize>) {
        let wave = match self {
            Self::Closed { wave, .. } | Self::Wave { wave } | Self::Soak { wave, .. } | Self::Look { wave, .. } => {
                Some(*wave)
            }
            Self::Over(_) => None,
        };
        (mem::discriminant(self), wave)
    }
}

/// Why no further host begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// All have begun.
    Complete,
    /// A rule says so.
    Stopped(Stop),
    /// A person does.
    Interrupted,
}

/// The rule that stopped a rollout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stop {
    /// Too many hosts have failed.
    Failures {
        /// Whose rules.
        rules: String,
        /// So many.
        failed: usize,
        /// `max_failures`.
        most: usize,
    },
    /// A host of the last wave has failed.
    Wave {
        /// The wave, from 1.
        wave: usize,
        /// So many.
        failed: usize,
    },
    /// A node of the control plane is out of service.
    ControlPlane,
    /// Hosts that are out of service leave no room for another one.
    Unavailable {
        /// Whose rules.
        rules: String,
        /// So many.
        away: usize,
        /// `max_unavailable`.
        most: usize,
    },
}

impl Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failures { rules, failed, most } => {
                write!(
                    f,
                    "{} of {rules} failed, and max_failures is {most}",
                    count(*failed, "host")
                )
            }
            Self::Wave { wave, failed } => {
                write!(
                    f,
                    "{} of wave {wave} failed, and failed_wave is stop",
                    count(*failed, "host")
                )
            }
            Self::ControlPlane => {
                f.write_str("a node of the control plane is out of service, and no second one is taken out")
            }
            Self::Unavailable { rules, away, most } => write!(
                f,
                "{} of {rules} out of service, and max_unavailable is {most}",
                count(*away, "host")
            ),
        }
    }
}
