use crate::rollout::Outcome;
use std::fmt::Write;

/// The last screen: what each host is now, the bad ones last, where a tired person looks.
pub fn summary(outcomes: &[(String, Outcome)]) -> String {
    let mut sorted: Vec<&(String, Outcome)> = outcomes.iter().collect();
    sorted.sort_by_key(|(_, outcome)| (outcome.exit_code() != 0, outcome.exit_code()));
    let width = outcomes.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let mut out = String::from("\n");
    for (name, outcome) in sorted {
        let mark = if outcome.exit_code() == 0 { "ok    " } else { "FAILED" };
        let _ = writeln!(
            out,
            "{mark} {name:width$}  {}",
            outcome.line().replace('\n', "\n           ")
        );
    }
    let failed = outcomes.iter().filter(|(_, outcome)| outcome.exit_code() != 0).count();
    let changed: usize = outcomes
        .iter()
        .map(|(_, outcome)| match outcome {
            Outcome::Done { steps, .. } | Outcome::Stopped { steps, .. } | Outcome::Failed { steps, .. } => *steps,
            _ => 0,
        })
        .sum();
    let hosts = outcomes.len();
    let plural = if hosts == 1 { "" } else { "s" };
    let _ = writeln!(
        out,
        "{hosts} host{plural}: {} as wanted, {failed} not; {changed} changes made",
        hosts - failed
    );
    out
}
