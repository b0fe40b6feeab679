//! dpkg's own hooks: what it installs has its labels before anybody runs it, whoever called dpkg.

use super::{Findings, Observed, StepId, labels, managed_file, packages};
use crate::{
    config::{Desired, FileContent, LabelHook, Labels},
    host::Script,
};

/// What dpkg runs.
pub const HOOK_PATH: &str = "/usr/lib/imaform/dpkg-hook";

/// What the hook reads: a mark, by which imaform's scripts know where their input begins, and the scope of the labels.
const SCOPE_PATH: &str = "/usr/lib/imaform/label-scope";

/// By what dpkg knows of the hook.
const SETTINGS_PATH: &str = "/etc/dpkg/dpkg.cfg.d/imaform";

/// A hook that fails makes dpkg fail, and a package half installed is worse than a file without a label.
const SETTINGS: &str = r"pre-invoke=[ ! -x /usr/lib/imaform/dpkg-hook ] || /usr/lib/imaform/dpkg-hook before || true
post-invoke=[ ! -x /usr/lib/imaform/dpkg-hook ] || /usr/lib/imaform/dpkg-hook after || true
";

/// Installs the hook where the playbook asks for it and dpkg is there.
pub fn plan(desired: &Desired, observed: &Observed) -> Findings {
    let mut findings = Findings::default();
    let Some(labels) = wanted(desired) else {
        return findings;
    };
    if !observed.has_tool("dpkg") {
        findings.warnings.push(
            "labels.hooks names dpkg, which this host has not: what its packages bring is labelled by the next apply"
                .into(),
        );
        return findings;
    }
    let id = |name| StepId::new("labels", name);
    let part = |name, file, why| managed_file::plan(id(name), &file, observed, why);
    findings.merge(part(
        "hook-scope",
        scope(labels),
        "the hook labels what the playbook's scope names",
    ));
    findings.merge(part("hook", hook(), "it labels what a run of dpkg changed"));
    let mut needs = findings.ids();
    if packages::installs(desired, observed) {
        // It needs what is being installed.
        needs.push(StepId::new("packages", "install"));
    }
    let mut settings = part("dpkg", settings(), "dpkg runs the hook before and after its work");
    for step in &mut settings.steps {
        step.needs.extend(needs.iter().cloned());
    }
    findings.merge(settings);
    findings
}

/// The paths of its files, where it is wanted.
pub fn paths(desired: &Desired) -> impl Iterator<Item = String> {
    let paths = [HOOK_PATH, SCOPE_PATH, SETTINGS_PATH].map(str::to_owned);
    wanted(desired).into_iter().flat_map(move |_| paths.clone())
}

fn wanted(desired: &Desired) -> Option<&Labels> {
    let labels = desired.labels.as_ref()?;
    labels.hooks.contains(&LabelHook::Dpkg).then_some(labels)
}

fn scope(labels: &Labels) -> FileContent {
    let text = format!("%%imaform data hook\n{}", labels::scope(labels));
    managed_file::root_file(SCOPE_PATH, &text)
}

fn hook() -> FileContent {
    let text = format!(
        "#!/bin/sh\n# Written by imaform (labels.hooks). Called by {SETTINGS_PATH}.\nexec <{SCOPE_PATH} >/dev/null\n{}",
        Script::DpkgHook.text()
    );
    managed_file::root_program(HOOK_PATH, &text)
}

fn settings() -> FileContent {
    managed_file::root_file(SETTINGS_PATH, SETTINGS)
}
