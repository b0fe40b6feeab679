//! Files beside IMA.

use super::{Findings, Observed, StepId, managed_file};
use crate::config::Desired;

/// Files beside IMA that the site wants.
pub fn plan(desired: &Desired, observed: &Observed) -> Findings {
    let mut findings = Findings::default();
    for file in &desired.files {
        findings.merge(managed_file::plan(StepId::new("files", &file.path), file, observed, ""));
    }
    findings
}
