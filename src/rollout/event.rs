use super::{Outcome, schedule::Kind};
use crate::{config::Stage, host::Progress, resource::StepId};
use jiff::Timestamp;
use std::{
    fmt::{self, Display},
    time::Duration,
};
use tokio::sync::mpsc::UnboundedSender;

/// Something that happened. Reporters consume events and decide nothing.
#[derive(Debug, Clone)]
pub struct Event {
    /// When.
    pub at: Timestamp,
    /// What.
    pub what: What,
}

/// What happened.
#[derive(Debug, Clone)]
pub enum What {
    /// To a host.
    Host {
        /// Its name.
        host: String,
        /// What happened to it.
        kind: EventKind,
    },
    /// To all of them.
    Rollout(RolloutEvent),
}

/// How a rollout goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RolloutEvent {
    /// A wave begins, or goes on after it was [`RolloutEvent::Closed`].
    Wave {
        /// Its number, from 1.
        wave: usize,
        /// How many there are.
        of: usize,
        /// What it is for.
        kind: Kind,
        /// Its hosts.
        hosts: Vec<String>,
    },
    /// The hosts of a wave that have not begun wait for a window.
    Closed {
        /// The wave's number, from 1.
        wave: usize,
        /// When it opens.
        until: Timestamp,
    },
    /// A wave is done, and nothing is done for a while.
    Soak {
        /// The wave's number, from 1.
        wave: usize,
        /// When it has soaked.
        until: Timestamp,
    },
    /// The hosts of a wave that has soaked are looked at again.
    Look {
        /// The wave's number, from 1.
        wave: usize,
    },
    /// No further host begins.
    Stopped {
        /// Why.
        why: String,
    },
    /// The run has ended.
    Ended {
        /// Its exit code.
        exit: u8,
    },
}

impl Display for RolloutEvent {
    /// One line for a person.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Wave { wave, of, kind, hosts } => {
                let canary = if *kind == Kind::Canary { ", canary" } else { "" };
                write!(f, "wave {wave} of {of}{canary}: {}", hosts.join(", "))
            }
            Self::Closed { wave, until } => write!(f, "wave {wave} waits for its window, which opens at {until:.0}"),
            Self::Soak { wave, until } => write!(f, "wave {wave} is done; nothing further begins until {until:.0}"),
            Self::Look { wave } => write!(f, "the hosts of wave {wave} are looked at again"),
            Self::Stopped { why } => write!(f, "stopped: {why}; no further host begins"),
            Self::Ended { exit } => write!(f, "ended with exit code {exit}"),
        }
    }
}

/// What happened to a host.
#[derive(Debug, Clone)]
pub enum EventKind {
    /// The host is being looked at.
    Probing,
    /// The look is over.
    Probed,
    /// Its turn has come.
    Begins,
    /// A plan of so many steps begins.
    Started {
        /// Steps in the plan.
        steps: usize,
    },
    /// The host was looked at again, and this is what follows.
    Planned {
        /// The plan, as people read it.
        text: String,
    },
    /// A step begins.
    StepStarted {
        /// Its name.
        id: StepId,
        /// Its stage.
        stage: Stage,
        /// What it does.
        title: String,
    },
    /// A step is so far.
    StepProgress {
        /// Its name.
        id: StepId,
        /// How far.
        progress: Progress,
    },
    /// A step has done its work and shown it.
    StepDone {
        /// Its name.
        id: StepId,
        /// What it does.
        title: String,
        /// What it showed.
        evidence: Vec<String>,
        /// How long it took.
        took: Duration,
    },
    /// Nothing more happens to the host.
    Finished(Outcome),
}

/// Where events go.
#[derive(Debug, Clone)]
pub struct Events {
    senders: Vec<UnboundedSender<Event>>,
}

impl Events {
    /// A source for a reporter's channel.
    pub fn new(sender: UnboundedSender<Event>) -> Self {
        Self { senders: vec![sender] }
    }

    /// The same for one reporter more.
    #[must_use]
    pub fn and(&self, sender: UnboundedSender<Event>) -> Self {
        let senders = self.senders.iter().cloned().chain([sender]).collect();
        Self { senders }
    }

    /// Tells of a host; a reporter that is gone misses it.
    pub fn tell(&self, host: &str, kind: EventKind) {
        let host = host.to_owned();
        self.send(What::Host { host, kind });
    }

    /// Tells how the rollout goes on.
    pub fn tell_rollout(&self, event: RolloutEvent) {
        self.send(What::Rollout(event));
    }

    fn send(&self, what: What) {
        let event = Event {
            at: Timestamp::now(),
            what,
        };
        for sender in &self.senders {
            let _ = sender.send(event.clone());
        }
    }
}
