use super::{Ending, Header, Planned};
use crate::rollout::{Event, EventKind, RolloutEvent, What, schedule::Kind};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// One line of a journal, or of `--events`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// When.
    pub at: Timestamp,
    /// What.
    #[serde(flatten)]
    pub record: Record,
}

/// What a line tells.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Record {
    /// A run begins: the first line.
    Run(Header),
    /// What it is to do: the second line.
    Plan {
        /// Every host of the run, in the order of the inventory.
        hosts: Vec<Planned>,
        /// The hosts of each wave.
        waves: Vec<Vec<String>>,
    },
    /// A wave begins or goes on.
    Wave {
        /// Its number, from 1.
        wave: usize,
        /// How many there are.
        of: usize,
        /// Whether it is a canary.
        canary: bool,
        /// Its hosts.
        hosts: Vec<String>,
    },
    /// A wave waits for its window.
    Closed {
        /// Its number, from 1.
        wave: usize,
        /// When it opens.
        until: Timestamp,
    },
    /// A wave is done and soaks.
    Soak {
        /// Its number, from 1.
        wave: usize,
        /// When it has soaked.
        until: Timestamp,
    },
    /// The hosts of a wave that has soaked are looked at again.
    Look {
        /// Its number, from 1.
        wave: usize,
    },
    /// No further host begins.
    Stopped {
        /// Why.
        why: String,
    },
    /// A host is being looked at.
    Probing {
        /// The host.
        host: String,
    },
    /// The look is over.
    Probed {
        /// The host.
        host: String,
    },
    /// The turn of a host has come.
    Begins {
        /// The host.
        host: String,
    },
    /// The steps of a host begin.
    Started {
        /// The host.
        host: String,
        /// How many there are.
        steps: usize,
    },
    /// A host was looked at again, and this follows.
    Planned {
        /// The host.
        host: String,
        /// The plan, as people read it.
        text: String,
    },
    /// A step begins.
    StepStarted {
        /// The host.
        host: String,
        /// The step's name.
        step: String,
        /// Its stage.
        stage: String,
        /// What it does.
        title: String,
    },
    /// A step is so far.
    StepProgress {
        /// The host.
        host: String,
        /// The step's name.
        step: String,
        /// Files done.
        files: u64,
        /// Files in all.
        files_total: u64,
        /// Bytes done.
        bytes: u64,
        /// Bytes in all.
        bytes_total: u64,
    },
    /// A step has done its work and shown it.
    StepDone {
        /// The host.
        host: String,
        /// The step's name.
        step: String,
        /// What it did.
        title: String,
        /// What it showed.
        evidence: Vec<String>,
        /// How long it took.
        seconds: f64,
    },
    /// Nothing more happens to a host; of two such lines the later one holds.
    Finished {
        /// The host.
        host: String,
        /// How it ended.
        #[serde(flatten)]
        ending: Ending,
    },
    /// The run has ended: the last line.
    End {
        /// Its exit code.
        exit: u8,
    },
}

impl Line {
    /// As it is written, its end with it.
    pub fn to_json(&self) -> Vec<u8> {
        // Names, numbers and texts are always JSON.
        let mut line = serde_json::to_vec(self).unwrap_or_default();
        line.push(b'\n');
        line
    }
}

impl From<&Event> for Line {
    fn from(event: &Event) -> Self {
        let record = match &event.what {
            What::Host { host, kind } => of_host(host.clone(), kind),
            What::Rollout(event) => of_rollout(event.clone()),
        };
        Self { at: event.at, record }
    }
}

fn of_rollout(event: RolloutEvent) -> Record {
    match event {
        RolloutEvent::Wave { wave, of, kind, hosts } => Record::Wave {
            wave,
            of,
            canary: kind == Kind::Canary,
            hosts,
        },
        RolloutEvent::Closed { wave, until } => Record::Closed { wave, until },
        RolloutEvent::Soak { wave, until } => Record::Soak { wave, until },
        RolloutEvent::Look { wave } => Record::Look { wave },
        RolloutEvent::Stopped { why } => Record::Stopped { why },
        RolloutEvent::Ended { exit } => Record::End { exit },
    }
}

fn of_host(host: String, kind: &EventKind) -> Record {
    match kind {
        EventKind::Probing => Record::Probing { host },
        EventKind::Probed => Record::Probed { host },
        EventKind::Begins => Record::Begins { host },
        EventKind::Started { steps } => Record::Started { host, steps: *steps },
        EventKind::Planned { text } => Record::Planned {
            host,
            text: text.clone(),
        },
        EventKind::StepStarted { id, stage, title } => Record::StepStarted {
            host,
            step: id.to_string(),
            stage: stage.to_string(),
            title: title.clone(),
        },
        EventKind::StepProgress { id, progress } => Record::StepProgress {
            host,
            step: id.to_string(),
            files: progress.files,
            files_total: progress.files_total,
            bytes: progress.bytes,
            bytes_total: progress.bytes_total,
        },
        EventKind::StepDone {
            id,
            title,
            evidence,
            took,
        } => Record::StepDone {
            host,
            step: id.to_string(),
            title: title.clone(),
            evidence: evidence.clone(),
            seconds: took.as_secs_f64(),
        },
        EventKind::Finished(outcome) => Record::Finished {
            host,
            ending: outcome.into(),
        },
    }
}
