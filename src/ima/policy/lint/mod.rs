//! What the kernel accepts and is unwise. A lint says only what is certain from the policy, the kernel and what is known
//! of the surroundings; what rests on something that is not known it says with an `if`. docs/policy has a page for each.

mod code;
mod context;
mod exclusions;
mod files;
mod finding;
mod impossible;
mod index;
mod programs;
mod reach;
mod signatures;
mod surroundings;
mod unknowns;
mod whole;
mod writing;

#[cfg(test)]
mod tests;

pub use code::Lint;
pub use finding::Finding;
pub use surroundings::{CommandLine, Containers, Surroundings};

use super::{Judgement, Kernel, Policy};
use context::{Context, Placed};

/// What is unwise in a policy that this kernel has judged: first what is about the whole of it, then line by line.
pub fn lints(policy: &Policy, judgement: &Judgement<'_>, kernel: &Kernel, surroundings: &Surroundings) -> Vec<Finding> {
    let rules = judgement.lines.iter().filter_map(|(line, verdict)| {
        let rule = verdict.as_ref().ok()?;
        Some(Placed { text: line.text, rule })
    });
    let mut context = Context {
        policy,
        judgement,
        kernel,
        surroundings,
        rules: rules.collect(),
        live: Vec::new(),
    };
    // What can do nothing needs no more to be said of it.
    let mut findings = reach::lint(&mut context);
    for lint in [
        whole::lint,
        exclusions::lint,
        files::lint,
        programs::lint,
        signatures::lint,
        unknowns::lint,
        writing::lint,
    ] {
        findings.extend(lint(&context));
    }
    findings.sort_by_key(|finding| (finding.line, finding.diagnostic.column, finding.diagnostic.code));
    findings
}
