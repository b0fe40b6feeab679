//! Files beside IMA.

use super::{Findings, Observed, StepId, managed_file, packages};
use crate::config::{Desired, FileContent};

/// Files beside IMA that the site wants. Root's come before the packages, whose sources and settings they may be; those of
/// another owner come after, since a package may make that owner, and perhaps this very file.
pub fn plan(desired: &Desired, observed: &Observed) -> Findings {
    let mut findings = Findings::default();
    let installs = packages::installs(desired, observed);
    for file in &desired.files {
        let mut found = managed_file::plan(id(file), file, observed, "");
        if !is_roots(file) && installs {
            for step in &mut found.steps {
                step.needs.push(StepId::new("packages", "install"));
                if !observed.file(&file.path).exists() {
                    packages::may_bring(step, file);
                }
            }
        }
        findings.merge(found);
    }
    findings
}

/// The steps that must come before packages are installed.
pub fn before_packages(desired: &Desired) -> impl Iterator<Item = StepId> {
    of_root(desired).map(id)
}

/// Those of root: sources of packages and settings may be among them.
pub fn of_root(desired: &Desired) -> impl Iterator<Item = &FileContent> {
    desired.files.iter().filter(|file| is_roots(file))
}

fn id(file: &FileContent) -> StepId {
    StepId::new("files", &file.path)
}

fn is_roots(file: &FileContent) -> bool {
    ["root", "0"].contains(&file.owner.as_str()) && ["root", "0"].contains(&file.group.as_str())
}
