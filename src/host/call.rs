use super::{Dialogue, HostError, Script};
use std::{
    hash::{BuildHasher, RandomState},
    time::Duration,
};
use tokio::sync::mpsc::UnboundedSender;

/// One run of a script on a host.
#[derive(Debug, Clone)]
pub struct Call {
    /// What runs.
    pub script: Script,
    /// Its positional parameters; they are visible in the host's process list.
    pub args: Vec<String>,
    /// Its standard input.
    pub input: Vec<u8>,
    /// After this long the call has failed.
    pub deadline: Duration,
    /// Who hears of progress while it runs.
    pub progress: Option<UnboundedSender<Progress>>,
    /// Who talks to it while it runs, after its standard input.
    pub dialogue: Option<Dialogue>,
    /// The run that must hold the lock of the host; `None` where none need be held.
    pub holder: Option<String>,
    /// What begins the lines that are meant for imaform. It is random: what a script shows of the host's files and
    /// programs cannot forge one.
    pub mark: String,
}

impl Call {
    /// A call without data that must end within ten minutes.
    pub fn new(script: Script) -> Self {
        Self {
            script,
            args: Vec::new(),
            input: Vec::new(),
            deadline: Duration::from_secs(600),
            progress: None,
            dialogue: None,
            holder: None,
            mark: format!("%%{:016x}", RandomState::new().hash_one(script.name())),
        }
    }

    /// With positional parameters.
    #[must_use]
    pub fn args<A: Into<String>>(mut self, args: impl IntoIterator<Item = A>) -> Self {
        self.args = args.into_iter().map(Into::into).collect();
        self
    }

    /// With standard input.
    #[must_use]
    pub fn input(mut self, input: impl Into<Vec<u8>>) -> Self {
        self.input = input.into();
        self
    }

    /// With somebody who talks to it.
    #[must_use]
    pub fn dialogue(mut self, dialogue: Dialogue) -> Self {
        self.dialogue = Some(dialogue);
        self
    }

    /// With a deadline.
    #[must_use]
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }
}

/// How far a long step is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Files done.
    pub files: u64,
    /// Files in all.
    pub files_total: u64,
    /// Bytes done.
    pub bytes: u64,
    /// Bytes in all.
    pub bytes_total: u64,
}

impl Progress {
    /// Reads `FILES FILES_TOTAL BYTES BYTES_TOTAL`.
    pub fn parse(line: &str) -> Option<Self> {
        let mut numbers = line.split_ascii_whitespace().map(|word| word.parse().ok());
        let mut next = || numbers.next().flatten();
        Some(Self {
            files: next()?,
            files_total: next()?,
            bytes: next()?,
            bytes_total: next()?,
        })
    }
}

/// What a script answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Exit status; `None` when it was killed.
    pub status: Option<i32>,
    /// Standard output without the marks of the protocol.
    pub stdout: Vec<u8>,
    /// What the script shows as proof of what it did.
    pub evidence: Vec<String>,
    /// Standard error, lossy.
    pub stderr: String,
}

impl Answer {
    /// The answer itself where the script succeeded.
    pub fn success(self, script: Script) -> Result<Self, HostError> {
        if self.status == Some(0) {
            return Ok(self);
        }
        Err(HostError::Failed {
            script: script.name(),
            status: self.status,
            output: if self.stderr.trim().is_empty() {
                String::from_utf8_lossy(&self.stdout).trim().to_owned()
            } else {
                self.stderr.trim().to_owned()
            },
        })
    }
}
