//! What imaform last applied to a host. It decides nothing: it tells who has changed what differs.

use super::{Change, Observed, ScriptCall, Step, sha256_hex, sha256_json};
use crate::{config::Desired, host::Script, ima::Appraisal};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt::Write};

/// What the host keeps of the last run that brought it to what was wanted.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Applied {
    /// The run.
    pub run: String,
    /// Who started it, `user@machine`.
    pub by: String,
    /// When it was done (UTC).
    pub at: String,
    /// The mode that it left the host in; empty where that cannot be read.
    pub mode: String,
    /// What was wanted, resource by resource: SHA-256.
    pub wanted: BTreeMap<String, String>,
    /// The files that concern imaform as the run left them: SHA-256 by path.
    pub files: BTreeMap<String, String>,
}

/// Who has made a host differ from what is wanted of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// Somebody else than imaform has changed the host.
    Drift,
    /// What is wanted has changed since the last apply.
    Playbook,
    /// Both.
    PlaybookAndDrift,
}

impl Cause {
    /// For people.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Drift => "drift",
            Self::Playbook => "playbook",
            Self::PlaybookAndDrift => "playbook and drift",
        }
    }

    /// Whether somebody else has changed the host.
    pub fn is_drift(self) -> bool {
        self != Self::Playbook
    }
}

impl Applied {
    /// Reads the lines of the host's file; `None` where they name no run.
    pub fn parse(values: &[(String, String)]) -> Option<Self> {
        let mut applied = Self::default();
        for (key, value) in values {
            let entry = || {
                value
                    .split_once(' ')
                    .map(|(digest, name)| (name.to_owned(), digest.to_owned()))
            };
            match key.as_str() {
                "run" => applied.run.clone_from(value),
                "by" => applied.by.clone_from(value),
                "at" => applied.at.clone_from(value),
                "mode" => applied.mode.clone_from(value),
                "wanted" => applied.wanted.extend(entry()),
                "file" => applied.files.extend(entry()),
                _ => {}
            }
        }
        (!applied.run.is_empty()).then_some(applied)
    }

    /// Why a step is needed that changes what was applied once; `None` where that cannot be told, or follows from other steps.
    pub fn cause(&self, step: &Step, wanted: &BTreeMap<String, String>) -> Option<Cause> {
        let key = key_of(step);
        let intent = self.wanted.get(&key) != wanted.get(&key);
        let drift = match &step.change {
            Change::File { path, before, .. } => {
                let before = before.as_deref().map(sha256_hex);
                self.files
                    .get(path)
                    .is_some_and(|recorded| before.as_ref() != Some(recorded))
            }
            _ => wanted.contains_key(&key) && !intent,
        };
        match (drift, intent) {
            (true, true) => Some(Cause::PlaybookAndDrift),
            (true, false) => Some(Cause::Drift),
            (false, true) => Some(Cause::Playbook),
            (false, false) => None,
        }
    }
}

/// Notes on the host what it is now, at the end of a run that brought it there.
pub fn record(desired: &Desired, observed: &Observed, mode: Appraisal, run: &str, by: &str) -> ScriptCall {
    let mut text = format!("mode={mode}\n");
    for (name, digest) in wanted(desired) {
        let _ = writeln!(text, "wanted={digest} {name}");
    }
    for (path, state) in observed.files.iter().filter(|(_, state)| state.is_file()) {
        let _ = writeln!(text, "file={} {path}", state.digest);
    }
    ScriptCall::new(Script::RecordApplied, [run, by], text)
}

/// What is wanted, resource by resource: SHA-256.
pub fn wanted(desired: &Desired) -> BTreeMap<String, String> {
    let signature = desired.labels.as_ref().and_then(|labels| labels.signature.as_ref());
    let mut wanted = BTreeMap::from([
        ("kernel".to_owned(), sha256_json(&desired.kernel)),
        ("grub".to_owned(), sha256_json(&desired.boot.cmdline)),
        ("fstab".to_owned(), sha256_json(&desired.mounts)),
        ("packages".to_owned(), sha256_json(&(&desired.packages, &desired.apt))),
        ("services".to_owned(), sha256_json(&desired.services)),
        ("policy".to_owned(), sha256_json(&desired.policy)),
        ("audit".to_owned(), sha256_json(&desired.audit)),
        ("labels".to_owned(), sha256_json(&desired.labels)),
        ("signature".to_owned(), sha256_json(&signature)),
        ("appraisal".to_owned(), sha256_json(&desired.appraisal)),
    ]);
    let files = desired.files.iter();
    wanted.extend(files.map(|file| (format!("files/{}", file.path), sha256_json(file))));
    wanted
}

/// What of [`wanted`] a step serves: its resource, or of a file of the site's own that file.
fn key_of(step: &Step) -> String {
    match step.id.resource() {
        "files" => step.id.to_string(),
        resource => resource.to_owned(),
    }
}
