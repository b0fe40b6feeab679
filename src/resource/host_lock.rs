use super::sections::value_of;
use serde::{Deserialize, Serialize};

/// Who works on a host, and who did last. One run at a time does.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct HostLock {
    /// The run that holds the lock.
    pub holder: Option<Holder>,
    /// The run that gave the lock back last; empty where none has.
    pub last: String,
}

/// A run that holds a lock. What the host's file says, which a crash can spoil: `unreadable` stands for it then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// The run.
    pub run: String,
    /// Who started it, `user@machine`.
    pub by: String,
    /// Since when it holds the lock (UTC).
    pub since: String,
    /// After this it begins no step any more (UTC): a lock that is there for longer is stale.
    #[serde(default)]
    pub until: String,
}

impl HostLock {
    pub(super) fn parse(values: &[(String, String)]) -> Self {
        let run = value_of(values, "run");
        Self {
            holder: (!run.is_empty()).then(|| Holder {
                run,
                by: value_of(values, "by"),
                since: value_of(values, "since"),
                until: value_of(values, "until"),
            }),
            last: value_of(values, "last"),
        }
    }
}

impl Holder {
    /// For people.
    pub fn words(&self) -> String {
        let Self { run, by, since, until } = self;
        format!("locked by run {run} of {by} since {since}, which begins no step after {until}")
    }
}
