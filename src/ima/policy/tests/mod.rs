#![allow(clippy::unwrap_used)]

mod any_text;
mod faults;
mod meaning;

use super::*;
use crate::ima::{KernelConfig, KernelVersion};

fn kernel(version: &str) -> Kernel {
    Kernel::stock(version.parse().unwrap(), version).unwrap()
}

/// What Linux 6.1 as Debian builds it says to a text, a line `LINE:COLUMN CODE MESSAGE HELP` for each fault.
fn faults(text: &str, kernel: &Kernel) -> Vec<String> {
    let policy = Policy::new(text);
    let judgement = policy.judge(kernel);
    let say = |line: &RuleLine<'_>, at: &FaultAt| {
        let help = at.fault.help().unwrap_or_default();
        format!(
            "{}:{} {} {} ({help})",
            line.number,
            at.column,
            at.fault.code(),
            at.fault
        )
    };
    judgement
        .lines
        .iter()
        .flat_map(|(line, verdict)| {
            verdict
                .as_ref()
                .err()
                .into_iter()
                .flatten()
                .map(move |at| say(line, at))
        })
        .collect()
}

fn rule(text: &str) -> Rule {
    let policy = Policy::new(text);
    policy.judge(&kernel("7.2")).rules().next().unwrap().clone()
}
