//! Options of the running kernel.

use super::{Change, Findings, Observed, Step, StepId, Unchanged, install_file, kernel_record, preflight};
use crate::{
    config::{Desired, Stage},
    host::Script,
    ima::KernelConfig,
};

/// Options of the kernel: what must be there, and what the guide writes into the record.
pub fn plan(desired: &Desired, observed: &Observed) -> Findings {
    let mut findings = Findings::default();
    if KernelConfig::parse(&observed.kernel_config).is_empty() && !desired.kernel.require.is_empty() {
        findings.warnings.push(format!(
            "neither /boot/config-{} nor /proc/config.gz is there: kernel.require cannot be checked",
            observed.kernel_release
        ));
    }
    findings.refusals.extend(unmet(desired, observed));
    if !desired.kernel.edit.is_empty() {
        findings.merge(edit_record(desired, observed));
    }
    findings
}

/// What the kernel should have been built with and was not, in words.
pub fn unmet(desired: &Desired, observed: &Observed) -> Option<String> {
    let record = KernelConfig::parse(&observed.kernel_config);
    let missing: Vec<String> = record
        .missing(&desired.kernel.require)
        .iter()
        .map(ToString::to_string)
        .collect();
    if record.is_empty() || missing.is_empty() {
        return None;
    }
    Some(format!(
        "kernel {} was not built as the playbook requires: {}; {}",
        observed.kernel_release,
        missing.join("; "),
        preflight::remedy(desired, "one that was")
    ))
}

fn edit_record(desired: &Desired, observed: &Observed) -> Findings {
    let path = format!("/boot/config-{}", observed.kernel_release);
    let state = observed.file(&path);
    let mut findings = Findings::default();
    findings.warnings.push(format!(
        "kernel.edit writes into {path}, which is a record of how the kernel was built: it enables nothing. Options that the running kernel lacks need another kernel package."
    ));
    if !state.is_file() {
        findings.warnings.push(format!("{path} is not there and is not made"));
        return findings;
    }
    if let Some(refusal) = state.uneditable(&path) {
        findings.refusals.push(refusal);
        return findings;
    }
    let after = kernel_record::edit(&state.content, &desired.kernel.edit);
    let id = StepId::new("kernel", "record");
    if after == state.content {
        findings.unchanged.push(Unchanged::new(&id, path));
        return findings;
    }
    let step = Step::new(
        id,
        Stage::Prepare,
        format!("change {path}"),
        "the playbook wants these lines in the record",
        install_file(Script::InstallFile, &state.with(&path, &after), &[state.expected()]),
        "the content's digest on arrival, then one rename; the earlier version is kept",
    );
    findings.steps.push(step.shows(Change::File {
        path,
        before: Some(state.content),
        after: Some(after),
    }));
    findings
}
