use std::time::Duration;
use thiserror::Error;

/// Why a host did not do what it was asked.
#[derive(Debug, Clone, Error, PartialEq, Eq)]
pub enum HostError {
    /// No connection came up.
    #[error("cannot connect: {reason}")]
    Unreachable {
        /// ssh's own words.
        reason: String,
    },
    /// The host's key is not the one that is known, or none is known.
    #[error(
        "the host key is not trusted: {reason}\nhelp: compare the key with the machine's own, then correct it in known_hosts; imaform never accepts a key by itself"
    )]
    HostKey {
        /// ssh's own words.
        reason: String,
    },
    /// sudo did not let the script run.
    #[error("sudo refused: {reason}\nhelp: {help}")]
    Privilege {
        /// sudo's own words.
        reason: String,
        /// What to do.
        help: &'static str,
    },
    /// The connection went away while a script ran.
    #[error("the connection was lost while '{script}' ran")]
    Lost {
        /// The script's name.
        script: &'static str,
    },
    /// A script did not end in time.
    #[error("'{script}' did not end within {} s", after.as_secs())]
    Timeout {
        /// The script's name.
        script: &'static str,
        /// The deadline that passed.
        after: Duration,
    },
    /// A script ended with an error.
    #[error("'{script}' failed ({}): {output}", status.map_or_else(|| "killed".to_owned(), |code| format!("exit {code}")))]
    Failed {
        /// The script's name.
        script: &'static str,
        /// Exit status; `None` when it was killed.
        status: Option<i32>,
        /// What it said.
        output: String,
    },
    /// A script's answer makes no sense.
    #[error("the answer of '{script}' cannot be read: {what}")]
    Answer {
        /// The script's name.
        script: &'static str,
        /// What is missing or wrong.
        what: String,
    },
    /// A plan without the hosts has no facts of this one.
    #[error("there are no facts of it: {path} does not exist; imaform facts INVENTORY --out DIR takes them")]
    NoFacts {
        /// Where they would be.
        path: String,
    },
    /// The password for sudo could not be had.
    #[error("no sudo password: {0}")]
    Password(String),
}

impl HostError {
    /// Whether the host does not answer, for whatever reason.
    pub fn is_gone(&self) -> bool {
        self.is_unreachable() || matches!(self, Self::Lost { .. } | Self::Timeout { .. })
    }

    /// Whether the host could not be reached or entered at all (exit code 3).
    pub fn is_unreachable(&self) -> bool {
        matches!(
            self,
            Self::Unreachable { .. } | Self::HostKey { .. } | Self::Privilege { .. } | Self::Password(_)
        )
    }
}
