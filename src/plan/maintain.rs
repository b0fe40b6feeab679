use super::{Graph, Plan, PlanError, boots};
use crate::{
    config::{Desired, Stage},
    host::Script,
    ima::Appraisal,
    resource::{Observed, Running, ScriptCall, Step, StepId, evidence, gate::Question, labels, signature},
};
use std::time::Duration;

/// A command that changes a host under enforce.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Maintenance {
    /// The command, word by word.
    pub command: Vec<String>,
    /// After this long it is stopped.
    pub timeout: Duration,
    /// What follows it.
    pub afterwards: Afterwards,
}

/// What follows a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Afterwards {
    /// The boot goes on.
    GoOn,
    /// A trial boot, by the menu that the command may have written.
    Reboot,
}

impl Plan {
    /// Works out how a command runs on a host whose labels stay complete.
    ///
    /// # Errors
    /// When the steps contradict each other; that is a fault of imaform, not of the input.
    pub fn maintain(desired: &Desired, observed: &Observed, maintenance: &Maintenance) -> Result<Self, PlanError> {
        let running = Running::of(desired, observed);
        let mut refusals = Vec::new();
        if !observed.grub.menu_snippet || !running.confirmed {
            refusals.push(format!(
                "the host is not where imaform apply brings it ({}): a command is run on hosts whose boot is confirmed",
                running.words()
            ));
        }
        if let Some(package) = &desired.kernel.package
            && observed.package_kernel.release.is_empty()
        {
            refusals.push(format!(
                "the kernel of {package}, which the playbook names, is not installed: imaform apply brings it"
            ));
        }
        let enforces = running.mode == Appraisal::Enforce;
        let mut steps = vec![command(desired, maintenance)];
        if let Some((labels, signing)) = signature::of(desired) {
            // What the probe has counted was there before the command.
            steps.push(signature::sign(labels, signing, &Observed::default()));
        }
        if enforces {
            steps.extend(desired.labels.as_ref().map(labels::verify));
            steps.push(Question::of(desired, observed).step());
        }
        if maintenance.afterwards == Afterwards::Reboot {
            steps.extend(boots::again(desired, running.mode));
        }
        steps.push(evidence::prove(desired, observed));
        Ok(Self {
            target: running.mode,
            graph: Graph::join(if refusals.is_empty() { steps } else { Vec::new() })?,
            refusals,
            ..Self::nothing(desired, observed, &running)
        })
    }
}

fn command(desired: &Desired, maintenance: &Maintenance) -> Step {
    let scope = desired.labels.as_ref().map_or("\n".to_owned(), labels::scope);
    let mut args = vec![maintenance.timeout.as_secs().to_string()];
    args.extend(maintenance.command.iter().cloned());
    // The labelling comes on top.
    let deadline = maintenance.timeout + Duration::from_secs(3600);
    Step::new(
        StepId::new("maintain", "command"),
        Stage::Prepare,
        format!("run {}", maintenance.command.join(" ")),
        "you ask for it; what it changes in scope is labelled anew",
        ScriptCall::new(Script::Maintain, args, scope).deadline(deadline).into(),
        "exit 0; each changed file has the label of its content",
    )
}
