//! What has changed since imaform was last here, and by whom.

use crate::{
    config::{Desired, Stage},
    resource::{Applied, Cause, Observed, Running, Step, applied},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// How a host differs from what imaform last applied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Drift {
    /// What it was left by.
    pub left: Left,
    /// What is not as that left it, in words.
    pub what: Vec<String>,
}

/// The run that last brought a host to what was wanted.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Left {
    /// The run.
    pub run: String,
    /// Who started it, `user@machine`.
    pub by: String,
    /// When it was done (UTC).
    pub at: String,
    /// Another run that has worked on the host since.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
}

impl Left {
    fn of(applied: &Applied, observed: &Observed) -> Self {
        let last = &observed.lock.last;
        Self {
            run: applied.run.clone(),
            by: applied.by.clone(),
            at: applied.at.clone(),
            since: Some(last.clone()).filter(|last| !last.is_empty() && *last != applied.run),
        }
    }
}

impl fmt::Display for Left {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { run, by, at, since } = self;
        write!(f, "not as run {run} of {by} left it on {at}")?;
        match since {
            Some(other) => write!(f, "; run {other} has worked here since"),
            None => Ok(()),
        }
    }
}

/// Marks the steps that exist because somebody has changed the host, or the playbook, since the last apply; and says how the
/// host differs from what that left.
pub(super) fn tell(steps: &mut [Step], desired: &Desired, observed: &Observed, running: &Running) -> Option<Drift> {
    let applied = observed.applied.as_ref()?;
    let wanted = applied::wanted(desired);
    let reboots = steps.iter().any(Step::reboots);
    // Behind a reboot labels are written anew, whoever made it necessary.
    let tells = |step: &Step| match step.id.resource() {
        _ if step.stage == Stage::Prepare => true,
        "policy" => true,
        "labels" => !reboots,
        _ => false,
    };
    let mut what = Vec::new();
    for step in steps.iter_mut().filter(|step| tells(step)) {
        step.cause = applied.cause(step, &wanted);
        if step.cause.is_some_and(Cause::is_drift) {
            what.push(step.title.clone());
        }
    }
    let mode = (applied.mode != running.mode.as_str())
        .then(|| format!("it was left in {}, and is now {}", applied.mode, running.words()));
    what.extend(mode);
    (!what.is_empty()).then(|| Drift {
        left: Left::of(applied, observed),
        what,
    })
}
