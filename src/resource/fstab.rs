//! Mount options in `/etc/fstab`.

use super::{
    Change, Findings, Observed, Step, StepId, Unchanged,
    fstab_table::{self, FstabEdit, Iversion},
    install_file,
};
use crate::{
    config::{Desired, Stage},
    host::Script,
    ima::KernelVersion,
};
use std::str::FromStr;

const PATH: &str = "/etc/fstab";

/// Mount options in `/etc/fstab`.
pub fn plan(desired: &Desired, observed: &Observed) -> Findings {
    let mut findings = Findings::default();
    if desired.mounts.is_empty() {
        return findings;
    }
    let state = observed.file(PATH);
    if !state.is_file() {
        return Findings::refusal(format!(
            "{PATH} is not there, and the playbook wants mount options in it"
        ));
    }
    if let Some(refusal) = state.uneditable(PATH) {
        return Findings::refusal(refusal);
    }
    let mut text = state.content.clone();
    for mount in &desired.mounts {
        let fstype = fs_type(observed, &mount.target);
        let (options, notes) = applicable(&mount.options, &mount.target, &fstype, &observed.kernel_release);
        findings.warnings.extend(notes);
        match fstab_table::add_options(&text, &mount.target, &options) {
            Ok(FstabEdit::Unchanged) => {}
            Ok(FstabEdit::Changed(after)) => text = after,
            Err(error) => findings.refusals.push(error.to_string()),
        }
    }
    let id = StepId::new("fstab", "options");
    if text == state.content {
        findings.unchanged.push(Unchanged::new(&id, PATH));
    } else {
        let step = Step::new(
            id,
            Stage::Prepare,
            format!("change {PATH}"),
            "the mount options differ; they count from the next boot on",
            install_file(Script::InstallFstab, &state.with(PATH, &text), &[state.expected()]),
            "findmnt --verify, then one rename; the earlier version is kept",
        );
        findings.steps.push(step.shows(Change::File {
            path: PATH.into(),
            before: Some(state.content),
            after: Some(text),
        }));
    }
    findings
}

/// The type of what is mounted there now; empty where nothing is.
pub fn fs_type(observed: &Observed, target: &str) -> String {
    let fields = observed.mounts.lines().map(|line| line.split(' ').collect::<Vec<_>>());
    let of_target = fields.filter(|fields| fields.get(1).is_some_and(|found| found.replace("\\040", " ") == target));
    of_target
        .filter_map(|fields| fields.get(2).map(|kind| (*kind).to_owned()))
        .next_back()
        .unwrap_or_default()
}

/// The options that the file system knows, and what to say of the others.
fn applicable(options: &[String], target: &str, fstype: &str, kernel: &str) -> (Vec<String>, Vec<String>) {
    let mut notes = Vec::new();
    let mut kept = Vec::new();
    for option in options {
        if option != "iversion" && option != "i_version" {
            kept.push(option.clone());
            continue;
        }
        match fstab_table::iversion_of(fstype) {
            Iversion::Option => {
                if counts_always(kernel) {
                    notes.push(format!(
                        "{target}: ext4 always counts versions since Linux 6.1; iversion changes nothing"
                    ));
                }
                kept.push("iversion".into());
            }
            Iversion::AlreadyOn => notes.push(format!(
                "{target}: {fstype} always counts versions; iversion is not written"
            )),
            Iversion::NoSuchOption => {
                notes.push(format!("{target}: {fstype} has no iversion option; it is not written"));
            }
        }
    }
    (kept, notes)
}

/// Whether ext4 of this kernel counts without being asked.
pub fn counts_always(kernel_release: &str) -> bool {
    KernelVersion::from_str(kernel_release).is_ok_and(|kernel| kernel >= KernelVersion { major: 6, minor: 1 })
}
