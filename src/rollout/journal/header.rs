use super::{Line, Record};
use crate::{config::Stage, rollout::RunId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// What a run is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// Of this file's form: 1.
    pub format_version: u32,
    /// imaform's own version.
    pub imaform: String,
    /// The run.
    pub run: RunId,
    /// Who started it.
    pub by: String,
    /// The command line.
    pub command: Vec<String>,
    /// The inventory, absolute.
    pub inventory: PathBuf,
    /// Stands for everything that inventory, playbooks and templates say.
    pub fingerprint: String,
    /// The run that this one goes on with.
    pub resumes: Option<RunId>,
    /// The runs whose locks it may take over.
    pub takes_over: Vec<RunId>,
    /// What the command line says of how far it goes; `None` for commands that cannot be resumed.
    pub options: Option<Options>,
}

/// What `apply --resume` does as the run before was told to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Options {
    /// `--limit`, as names of hosts.
    pub limit: Option<String>,
    /// `--until`.
    pub until: Stage,
    /// `--accept`.
    pub accept: Vec<String>,
}

/// What is to be done to one host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Planned {
    /// The host.
    pub host: String,
    /// Where it is and where it goes, or why it could not be looked at.
    pub plan: String,
    /// SHA-256 of the plan as it was shown.
    pub sha256: String,
    /// How many steps there are.
    pub steps: usize,
    /// How many of them are reboots.
    pub reboots: usize,
}

impl Planned {
    /// A host that nothing is to be done to.
    pub fn nothing(host: String, why: String) -> Self {
        Self {
            host,
            plan: why,
            sha256: String::new(),
            steps: 0,
            reboots: 0,
        }
    }
}

/// The first two lines: what a run is, and what it is to do.
pub fn opening(header: Header, plan: Record) -> Vec<u8> {
    let at = Timestamp::now();
    let mut text = Vec::new();
    for record in [Record::Run(header), plan] {
        text.extend(Line { at, record }.to_json());
    }
    text
}
