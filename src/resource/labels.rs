//! `security.ima` on files.

use super::{Change, FaultyFile, LabelCount, ScriptCall, Step, StepId, wildcards};
use crate::{
    config::{LabelMethod, Labels, Stage},
    host::Script,
    words::count,
};
use std::{fmt::Write, time::Duration};

/// A day: the kernel hashes every byte in scope, and disks are large.
pub(super) const LABELLING_DEADLINE: Duration = Duration::from_secs(24 * 3600);

/// The scope as the scripts read it from standard input.
pub fn scope(labels: &Labels) -> String {
    let mut text = format!("owner {}\n", labels.owner);
    for filesystem in &labels.filesystems {
        let _ = writeln!(text, "filesystem {filesystem}");
    }
    for path in &labels.exclude {
        let _ = writeln!(text, "exclude {path}");
    }
    text.push('\n');
    text
}

/// Labels every file in scope whose label is missing or wrong: opens it in fix mode, so that the kernel does it, or hashes
/// it and sets the label, in any mode.
pub fn files(labels: &Labels) -> Step {
    let (script, how) = match labels.method {
        LabelMethod::Fix => (Script::LabelFiles, ""),
        LabelMethod::Setxattr => (Script::SetLabels, " from userspace (setxattr)"),
    };
    Step::new(
        StepId::new("labels", "files"),
        Stage::Label,
        format!("label {}{how}", scope_words(labels)),
        "files that changed while nothing was appraised have no valid label",
        ScriptCall::new(script, [""; 0], scope(labels))
            .deadline(LABELLING_DEADLINE)
            .into(),
        "the labels are read back",
    )
}

/// Sets the labels that are missing from userspace, where the running mode writes none.
pub fn from_userspace(labels: &Labels, found: &LabelCount) -> Step {
    let count = found.lacking();
    Step::new(
        StepId::new("labels", "files"),
        Stage::Label,
        format!("label {count} files from userspace"),
        "they have no label, and under enforce they are denied; look at the list before you bless them",
        ScriptCall::new(Script::LabelMissing, [found.unlabelled.to_string()], scope(labels))
            .deadline(LABELLING_DEADLINE)
            .into(),
        "the labels are read back",
    )
    .shows(Change::Lines(found.missing.clone()))
}

/// Labels these files from userspace, whatever they hold now.
pub fn mend(labels: &Labels, files: &[&FaultyFile]) -> Step {
    let mut input = scope(labels);
    for file in files {
        let _ = writeln!(input, "{}", file.path.to_getfattr());
    }
    Step::new(
        StepId::new("labels", "mend"),
        Stage::Label,
        format!(
            "bless {}: set the labels anew from userspace",
            count(files.len(), "file")
        ),
        "their labels do not fit; look at the list, since the content is taken as it is, whoever wrote it",
        ScriptCall::new(Script::MendLabels, [files.len().to_string()], input)
            .deadline(LABELLING_DEADLINE)
            .into(),
        "each label is read back, and the file stood still meanwhile",
    )
    .shows(Change::Lines(
        files
            .iter()
            .map(|file| format!("{}: {}", file.path, file.fault))
            .collect(),
    ))
}

/// Reads every label in scope back.
pub fn verify(labels: &Labels) -> Step {
    Step::new(
        StepId::new("labels", "verify"),
        Stage::Label,
        "read the labels back",
        "nothing in scope may be without a label before enforce",
        ScriptCall::new(Script::VerifyLabels, [""; 0], scope(labels))
            .deadline(LABELLING_DEADLINE)
            .into(),
        "no file in scope is without a label, but those that are being written",
    )
    .needs([StepId::new("labels", "files")])
}

/// Whether the playbook leaves a path without a label.
pub fn excludes(labels: &Labels, path: &[u8]) -> bool {
    let mut patterns = labels.exclude.iter().map(String::as_bytes);
    patterns.any(|pattern| wildcards::matches(pattern, path) || wildcards::matches(&[pattern, b"/*"].concat(), path))
}

/// The scope for people.
pub fn scope_words(labels: &Labels) -> String {
    let mut words = format!(
        "every file of uid {} on {}",
        labels.owner,
        labels.filesystems.join(", ")
    );
    match labels.exclude.len() {
        0 => {}
        1 => words.push_str(" (1 path excluded)"),
        count => {
            let _ = write!(words, " ({count} paths excluded)");
        }
    }
    words
}
