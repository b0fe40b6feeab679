use super::{
    Nature,
    mounts::{PSEUDO, WALKED},
    rules::{Owners, Rules},
};
use crate::{
    config::{Desired, Labels, Stage},
    host::Script,
    resource::{Action, Observed, ScriptCall, Step, StepId, labels},
};
use serde::Serialize;

/// When the gate is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// Before anything is done: what the plan will label or set does not count.
    Foreseen,
    /// After the labels are read back.
    BeforeTrial,
}

/// What the gate asks of a host: by which rules, and which scope was labelled.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Question {
    #[serde(skip)]
    pub(super) rules: Rules,
    pub(super) labels: Option<Labels>,
    /// As whom apt will download; `None` where the playbook does not say.
    pub(super) sandbox_user: Option<String>,
}

impl Question {
    /// What must be asked before this host enforces what is wanted of it.
    pub fn of(desired: &Desired, observed: &Observed) -> Self {
        Self {
            rules: Rules::of(desired, observed),
            labels: desired.labels.clone(),
            sandbox_user: desired.apt.sandbox_user.clone(),
        }
    }

    /// The gate as a step: it says no while there is anything that enforce would deny.
    pub fn step(self) -> Step {
        Step::new(
            StepId::new("gate", "enforce"),
            Stage::Label,
            "the gate: what would enforce deny?",
            "what is denied in the trial boot may be what the boot needs",
            Action::Gate(Box::new(self)),
            "no file that the rules appraise is without a label that fits, but what was accepted with --accept",
        )
        .unknown_until(&StepId::new("labels", "verify"), "what is denied depends on the labels")
        .needs([
            StepId::new("labels", "verify"),
            StepId::new("policy", "install"),
            StepId::new("signature", "files"),
        ])
    }

    /// What collects the facts on the host.
    pub fn call(&self, moment: Moment) -> ScriptCall {
        let mut text = match moment {
            Moment::Foreseen => String::from("foreseen\n"),
            Moment::BeforeTrial => String::new(),
        };
        WALKED.iter().for_each(|fstype| text += &format!("walk {fstype}\n"));
        PSEUDO.iter().for_each(|fstype| text += &format!("ignore {fstype}\n"));
        for nature in Nature::ALL {
            let word = nature.as_str();
            for (owners, word) in [
                (self.rules.owners(nature), word.to_owned()),
                (self.rules.signing_owners(nature), format!("demand {word}")),
            ] {
                match owners {
                    Owners::Any => text += &format!("{word} any\n"),
                    Owners::These(owners) => owners.iter().for_each(|owner| text += &format!("{word} {owner}\n")),
                }
            }
        }
        text.push('\n');
        match &self.labels {
            Some(scope) => text += &labels::scope(scope),
            // No file system: nothing was labelled.
            None => text += "owner 0\n\n",
        }
        ScriptCall::new(Script::Gate, [""; 0], text).deadline(labels::LABELLING_DEADLINE)
    }

    /// Whose files the playbook labels.
    pub(super) fn labelled_owner(&self) -> Option<u32> {
        self.labels.as_ref().map(|labels| labels.owner)
    }

    /// Whether the playbook has a path signed.
    pub(super) fn signs(&self, path: &[u8]) -> bool {
        let signing = self.labels.as_ref().and_then(|labels| labels.signature.as_ref());
        let mut paths = signing.into_iter().flat_map(|signing| &signing.paths);
        let below = |wanted: &String| {
            let rest = path.strip_prefix(wanted.trim_end_matches('/').as_bytes());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(b"/"))
        };
        paths.any(below) && !self.excludes(path)
    }

    /// Whether the playbook excludes a path: then reads beneath it may be denied.
    pub(super) fn excludes(&self, path: &[u8]) -> bool {
        self.labels
            .as_ref()
            .is_some_and(|labels| labels::excludes(labels, path))
    }
}
