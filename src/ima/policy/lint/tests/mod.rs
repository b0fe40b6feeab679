#![allow(clippy::unwrap_used, clippy::panic)]

mod cases;
mod pages;
mod recommended;
mod work;

use super::{Finding, Surroundings, lints};
use crate::ima::policy::{Kernel, Policy};

/// What is said of a policy on Debian's 6.12, where nothing is known of the surroundings.
fn said(text: &str) -> Vec<Finding> {
    let kernel = Kernel::stock("6.12".parse().unwrap(), "").unwrap();
    of(text, &kernel, &Surroundings::default())
}

fn of(text: &str, kernel: &Kernel, surroundings: &Surroundings) -> Vec<Finding> {
    let policy = Policy::new(text);
    let judgement = policy.judge(kernel);
    lints(&policy, &judgement, kernel, surroundings)
}

/// Line and code of each.
fn codes(findings: &[Finding]) -> Vec<(usize, &'static str)> {
    let code = |finding: &Finding| (finding.line.unwrap_or(0), finding.diagnostic.code);
    findings.iter().map(code).collect()
}
