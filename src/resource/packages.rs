//! Distribution packages.

use super::{Effect, Findings, Observed, ScriptCall, Step, StepId, Unchanged, files, managed_file};
use crate::{
    config::{Desired, FileContent, Stage},
    host::Script,
};
use std::time::Duration;

/// Where the apt setting goes.
pub const APT_SETTINGS: &str = "/etc/apt/apt.conf.d/50imaform";

/// Lets the step that makes a file take what it finds: a package that is installed before may have brought it.
pub(super) fn may_bring(step: &mut Step, file: &FileContent) {
    step.action = managed_file::action(file, &["any"]);
    step.effect = Effect::until(
        &StepId::new("packages", "install"),
        "a package may bring this very file",
    );
}

/// Distribution packages and apt's own behaviour under appraisal.
pub fn plan(desired: &Desired, observed: &Observed) -> Findings {
    let mut findings = Findings::default();
    if let Some(file) = apt_settings(desired).filter(|_| observed.has_tool("apt-get")) {
        let why = "apt downloads as another user and gives its files to root, so they have no label";
        findings.merge(managed_file::plan(StepId::new("packages", "apt"), &file, observed, why));
    }
    let id = StepId::new("packages", "install");
    let missing = missing(desired, observed);
    let installed = wanted(desired).into_iter().filter(|name| !missing.contains(name));
    let installed = installed.map(|name| Unchanged::new(&id, format!("package {name}")));
    findings.unchanged.extend(installed);
    if missing.is_empty() {
        return findings;
    }
    if !["apt-get", "dnf", "zypper"].iter().any(|tool| observed.has_tool(tool)) {
        let names = missing.join(", ");
        findings.refusals.push(format!(
            "{names} must be installed, and none of apt-get, dnf and zypper is there"
        ));
        return findings;
    }
    let step = Step::new(
        id,
        Stage::Prepare,
        format!("install {}", missing.join(" ")),
        "not installed",
        ScriptCall::new(Script::InstallPackages, missing, "")
            .deadline(Duration::from_secs(3600))
            .into(),
        "the package database says installed",
    );
    let mut needs = findings.ids();
    needs.extend(files::before_packages(desired));
    findings.steps.push(step.needs(needs));
    findings
}

/// Whether packages will be installed.
pub fn installs(desired: &Desired, observed: &Observed) -> bool {
    !missing(desired, observed).is_empty()
}

fn missing(desired: &Desired, observed: &Observed) -> Vec<String> {
    wanted(desired)
        .into_iter()
        .filter(|name| !observed.packages.contains_key(name))
        .collect()
}

/// The playbook's packages, its kernel among them, and what imaform itself needs to read labels and to load certificates.
pub fn wanted(desired: &Desired) -> Vec<String> {
    let mut wanted = desired.packages.clone();
    let kernel = desired
        .kernel
        .package
        .iter()
        .filter(|name| !desired.packages.contains(name));
    wanted.extend(kernel.cloned());
    if desired.labels.is_some() && !wanted.iter().any(|name| name == "attr") {
        wanted.push("attr".into());
    }
    let needs_keyctl = super::signature::of(desired).is_some() && !wanted.iter().any(|name| name == "keyutils");
    wanted.extend(needs_keyctl.then(|| "keyutils".to_owned()));
    wanted
}

/// The file that carries `apt.sandbox_user`.
pub fn apt_settings(desired: &Desired) -> Option<FileContent> {
    let user = desired.apt.sandbox_user.as_ref()?;
    Some(managed_file::root_file(
        APT_SETTINGS,
        &format!("APT::Sandbox::User \"{user}\";\n"),
    ))
}
