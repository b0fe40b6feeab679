//! What has changed since imaform was last here, and by whom.

use crate::{
    config::{Desired, Stage},
    resource::{Action, Applied, Cause, Observed, Running, Step, applied},
};

/// Marks the steps that exist because somebody has changed the host, or the playbook, since the last apply; and says how the
/// host differs from what that left.
pub(super) fn tell(steps: &mut [Step], desired: &Desired, observed: &Observed, running: &Running) -> Vec<String> {
    let Some(applied) = &observed.applied else {
        return Vec::new();
    };
    let wanted = applied::wanted(desired);
    let reboots = steps.iter().any(|step| matches!(step.action, Action::Reboot(_)));
    // Behind a reboot labels are written anew, whoever made it necessary.
    let tells = |step: &Step| match step.id.resource() {
        _ if step.stage == Stage::Prepare => true,
        "policy" => true,
        "labels" => !reboots,
        _ => false,
    };
    let mut drift = Vec::new();
    for step in steps.iter_mut().filter(|step| tells(step)) {
        step.cause = applied.cause(step, &wanted);
        if step.cause.is_some_and(Cause::is_drift) {
            drift.push(step.title.clone());
        }
    }
    let mode = (applied.mode != running.mode.as_str())
        .then(|| format!("it was left in {}, and is now {}", applied.mode, running.words()));
    drift.extend(mode);
    if !drift.is_empty() {
        drift.insert(0, since(applied, observed));
    }
    drift
}

fn since(applied: &Applied, observed: &Observed) -> String {
    let Applied { run, by, at, .. } = applied;
    let other = &observed.lock.last;
    let other = match other.is_empty() || other == run {
        true => String::new(),
        false => format!("; run {other} has worked here since"),
    };
    format!("not as run {run} of {by} left it on {at}{other}:")
}
