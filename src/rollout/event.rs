use super::Outcome;
use crate::{config::Stage, host::Progress, resource::StepId};
use std::time::Duration;
use tokio::sync::mpsc::UnboundedSender;

/// Something that happened to a host. Reporters consume events and decide nothing.
#[derive(Debug, Clone)]
pub struct Event {
    /// The host's name.
    pub host: String,
    /// What happened.
    pub kind: EventKind,
}

/// What happened.
#[derive(Debug, Clone)]
pub enum EventKind {
    /// The host is being looked at.
    Probing,
    /// The look is over.
    Probed,
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
    sender: UnboundedSender<Event>,
}

impl Events {
    /// A source for a reporter's channel.
    pub fn new(sender: UnboundedSender<Event>) -> Self {
        Self { sender }
    }

    /// Tells; a reporter that is gone misses it.
    pub fn tell(&self, host: &str, kind: EventKind) {
        let _ = self.sender.send(Event {
            host: host.to_owned(),
            kind,
        });
    }
}
