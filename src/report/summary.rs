use crate::{
    rollout::Outcome,
    words::{count, printable},
};
use std::fmt::Write;

/// The last screen: what each host is now, the bad ones last, where a tired person looks.
pub fn summary(outcomes: &[(String, Outcome)]) -> String {
    let mut sorted: Vec<&(String, Outcome)> = outcomes.iter().collect();
    sorted.sort_by_key(|(_, outcome)| (End::of(outcome), outcome.exit_code()));
    let width = outcomes.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let mut out = String::from("\n");
    for (name, outcome) in sorted {
        let _ = writeln!(
            out,
            "{} {name:width$}  {}",
            End::of(outcome).mark(),
            outcome.line().replace('\n', "\n           ")
        );
    }
    let ended = |end| outcomes.iter().filter(|(_, outcome)| End::of(outcome) == end).count();
    let _ = write!(
        out,
        "{}: {} as wanted, ",
        count(outcomes.len(), "host"),
        ended(End::AsWanted)
    );
    for (end, words) in [
        (End::NotBegun, "not begun"),
        (End::Stopped, "stopped as asked"),
        (End::Interrupted, "interrupted"),
    ] {
        let hosts = ended(end);
        if hosts > 0 {
            let _ = write!(out, "{hosts} {words}, ");
        }
    }
    let steps = outcomes.iter().map(|(_, outcome)| outcome.steps()).sum();
    let _ = writeln!(out, "{} not; {} done", ended(End::Failed), count(steps, "step"));
    printable(&out)
}

/// What an outcome counts as, the worst last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum End {
    AsWanted,
    NotBegun,
    Stopped,
    Interrupted,
    Failed,
}

impl End {
    fn of(outcome: &Outcome) -> Self {
        match outcome {
            Outcome::UpToDate { .. } | Outcome::Done { .. } => Self::AsWanted,
            Outcome::NotBegun { .. } => Self::NotBegun,
            Outcome::Stopped { interrupted: false, .. } => Self::Stopped,
            Outcome::Stopped { interrupted: true, .. } => Self::Interrupted,
            Outcome::Refused { .. }
            | Outcome::Locked(_)
            | Outcome::Unreachable(_)
            | Outcome::FailedBefore { .. }
            | Outcome::Failed { .. } => Self::Failed,
        }
    }

    fn mark(self) -> &'static str {
        match self {
            Self::AsWanted => "ok    ",
            Self::NotBegun => "-     ",
            Self::Stopped | Self::Interrupted => "stop  ",
            Self::Failed => "FAILED",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::HostError;

    fn last_line(outcomes: &[Outcome]) -> String {
        let named: Vec<_> = outcomes
            .iter()
            .map(|outcome| ("a".to_owned(), outcome.clone()))
            .collect();
        summary(&named).lines().last().unwrap_or_default().to_owned()
    }

    fn stopped(steps: usize, interrupted: bool) -> Outcome {
        Outcome::Stopped {
            now: "in fix mode".into(),
            steps,
            left: 5,
            interrupted,
        }
    }

    #[test]
    fn only_hosts_that_are_as_wanted_count_as_such() {
        let now = || "enforcing".to_owned();
        let up_to_date = Outcome::UpToDate { now: now() };
        let done = Outcome::Done {
            now: now(),
            steps: 19,
            reboots: 2,
        };
        let gone = Outcome::Unreachable(HostError::Lost { script: "probe" });
        for (outcomes, line) in [
            (vec![done.clone()], "1 host: 1 as wanted, 0 not; 19 steps done"),
            (vec![up_to_date.clone()], "1 host: 1 as wanted, 0 not; 0 steps done"),
            (
                vec![stopped(1, false)],
                "1 host: 0 as wanted, 1 stopped as asked, 0 not; 1 step done",
            ),
            (
                vec![stopped(3, true)],
                "1 host: 0 as wanted, 1 interrupted, 0 not; 3 steps done",
            ),
            (
                vec![up_to_date, done, stopped(1, false), gone],
                "4 hosts: 2 as wanted, 1 stopped as asked, 1 not; 20 steps done",
            ),
        ] {
            assert_eq!(last_line(&outcomes), line);
        }
    }

    #[test]
    fn the_bad_ones_are_last_and_what_they_said_is_escaped() {
        let gone = Outcome::Unreachable(HostError::Unreachable {
            reason: "\u{1b}[2Jno\u{202e}".into(),
        });
        let text = summary(&[("bad".into(), gone), ("half".into(), stopped(1, false))]);
        assert_eq!(
            text,
            "\nstop   half  stopped as asked after 1 step, 5 not begun, now in fix mode; apply again goes on\n\
             FAILED bad   unreachable: cannot connect: \\u{1b}[2Jno\\u{202e}\n\
             2 hosts: 0 as wanted, 1 stopped as asked, 1 not; 1 step done\n"
        );
    }
}
