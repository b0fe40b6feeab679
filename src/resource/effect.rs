use super::{Action, StepId};
use crate::host::Script;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a step does to a host, as far as it is known when it is planned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "effect")]
pub enum Effect {
    /// It changes the host.
    #[serde(rename = "will change")]
    WillChange,
    /// It looks, and leaves the host as it is.
    #[serde(rename = "no change")]
    NoChange,
    /// What it finds, or whether it changes anything, is known only later.
    #[serde(rename = "unknown")]
    Unknown {
        /// The step that tells; or what else has to happen.
        until: String,
        /// Why it is not known before.
        why: String,
    },
}

impl Effect {
    /// The effect of an action that can be told from its kind.
    pub(super) fn of(action: &Action) -> Self {
        let looks = match action {
            Action::Script(call) | Action::Confirm(call) | Action::Health(call) => matches!(
                call.script,
                Script::JudgePolicy
                    | Script::VerifyLabels
                    | Script::NoteHealth
                    | Script::CheckHealth
                    | Script::CheckCertificate
                    | Script::ProveEnforcement
                    | Script::RunCheck
            ),
            Action::Attest(_) | Action::Gate(_) => true,
            Action::Node(step) => step.looks(),
            Action::Reboot(_) | Action::Sign(_) => false,
        };
        if looks { Self::NoChange } else { Self::WillChange }
    }

    /// Not known until that step has been done.
    pub fn until(step: &StepId, why: impl Into<String>) -> Self {
        Self::Unknown {
            until: step.to_string(),
            why: why.into(),
        }
    }
}
