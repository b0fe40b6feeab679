use crate::{
    config::Stage,
    resource::{Cause, Change, Effect, Step, boot_mode, dpkg_hook},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One step of a plan, for review.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReviewedStep {
    /// Its name within the host.
    pub id: String,
    /// The stage that it belongs to.
    pub stage: Stage,
    /// What it does to the host.
    #[serde(flatten)]
    pub effect: Effect,
    /// Who has made it necessary, where something was applied before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<Cause>,
    /// What it does, in one line.
    pub title: String,
    /// Why it is needed on this host.
    pub reason: String,
    /// What is done before.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub needs: Vec<String>,
    /// How it is known to have worked.
    pub verification: String,
    /// Whether it reboots the host.
    pub reboot: bool,
    /// What changes.
    pub change: Change,
    /// What is executed, exactly: SHA-256 of the script's name, its parameters and its input.
    pub sha256: String,
}

impl ReviewedStep {
    /// A step as it is planned.
    pub(super) fn of(step: &Step) -> Self {
        Self {
            id: step.id.to_string(),
            stage: step.stage,
            effect: step.effect.clone(),
            cause: step.cause,
            title: step.title.clone(),
            reason: step.reason.clone(),
            needs: step.needs.iter().map(ToString::to_string).collect(),
            verification: step.verification.clone(),
            reboot: step.reboots(),
            change: step.change.clone(),
            sha256: step.action.digest(),
        }
    }

    /// The sign before its title.
    pub(super) fn mark(&self) -> char {
        match (&self.effect, &self.change) {
            _ if self.reboot => '!',
            (Effect::NoChange, _) => '=',
            (Effect::Unknown { .. }, _) => '?',
            (_, Change::File { before: None, .. }) => '+',
            (_, Change::File { after: None, .. }) => '-',
            (_, Change::File { .. }) => '~',
            _ => '>',
        }
    }

    /// Whether it writes a file that is the same for every host and every site: imaform's own.
    pub(super) fn writes_own_file(&self) -> bool {
        let own = [boot_mode::SNIPPET_PATH, boot_mode::GUARD_PATH, dpkg_hook::HOOK_PATH];
        matches!(&self.change, Change::File { path, .. } if own.contains(&path.as_str()))
    }
}
