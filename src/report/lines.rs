use super::{Reporter, eta::Eta};
use crate::{
    host::Progress,
    rollout::{Event, EventKind, RolloutEvent, What},
    words::{count, printable},
};
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

/// Plain lines on standard error, for logs and pipes.
#[derive(Debug, Default)]
pub struct Lines {
    progress: BTreeMap<String, (Instant, Eta)>,
}

/// Between two lines of progress of one host.
const QUIET: Duration = Duration::from_secs(10);

impl Reporter for Lines {
    fn event(&mut self, event: &Event) {
        eprint!("{}", self.text(event));
    }
}

impl Lines {
    fn text(&mut self, event: &Event) -> String {
        printable(&match &event.what {
            What::Host { host, kind } => {
                let lines = self.lines(host, kind).into_iter();
                lines.map(|line| format!("{host}: {line}\n")).collect()
            }
            What::Rollout(RolloutEvent::Ended { .. }) => String::new(),
            What::Rollout(event) => format!("{event}\n"),
        })
    }

    fn lines(&mut self, host: &str, kind: &EventKind) -> Vec<String> {
        match kind {
            EventKind::Probing => vec!["looking".to_owned()],
            EventKind::Probed | EventKind::Begins => Vec::new(),
            EventKind::Started { steps } => vec![count(*steps, "step")],
            EventKind::Planned { text } => text.lines().map(str::to_owned).collect(),
            EventKind::StepStarted { stage, title, .. } => vec![format!("{stage}: {title}")],
            EventKind::StepProgress { progress, .. } => {
                let now = Instant::now();
                let (last, eta) = self
                    .progress
                    .entry(host.to_owned())
                    .or_insert_with(|| (now, Eta::start(*progress)));
                if now.duration_since(*last) < QUIET {
                    return Vec::new();
                }
                *last = now;
                vec![format!("  {}", progress_words(*progress, *eta))]
            }
            EventKind::StepDone {
                evidence, took, title, ..
            } => {
                self.progress.remove(host);
                let mut lines = vec![format!("  done in {}: {title}", seconds(*took))];
                lines.extend(evidence.iter().map(|line| format!("    {line}")));
                lines
            }
            EventKind::Finished(outcome) => vec![outcome.line().replace('\n', "\n    ")],
        }
    }
}

/// `8012 of 12544 files, 310 of 512 MiB, 12 s left`.
pub fn progress_words(progress: Progress, eta: Eta) -> String {
    let mib = |bytes: u64| bytes / (1 << 20);
    let left = eta
        .left(progress)
        .map_or_else(String::new, |left| format!(", {} left", seconds(left)));
    format!(
        "{} of {} files, {} of {} MiB{left}",
        progress.files,
        progress.files_total,
        mib(progress.bytes),
        mib(progress.bytes_total)
    )
}

/// `4.2 s`, `3 min 20 s`.
pub fn seconds(took: Duration) -> String {
    let whole = took.as_secs();
    if whole < 60 {
        format!("{:.1} s", took.as_secs_f64())
    } else {
        format!("{} min {} s", whole / 60, whole % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{config::Stage, resource::StepId, rollout::Outcome};
    use jiff::Timestamp;

    fn shown(kind: EventKind) -> String {
        let (at, host) = (Timestamp::UNIX_EPOCH, "a".into());
        let event = Event {
            at,
            what: What::Host { host, kind },
        };
        Lines::default().text(&event)
    }

    #[test]
    fn every_line_begins_with_its_host() {
        assert_eq!(shown(EventKind::Started { steps: 1 }), "a: 1 step\n");
        assert_eq!(
            shown(EventKind::StepDone {
                id: StepId::new("labels", "verify"),
                title: "read the labels back".into(),
                evidence: vec!["5 files".into()],
                took: Duration::from_secs(63),
            }),
            "a:   done in 1 min 3 s: read the labels back\na:     5 files\n"
        );
        assert_eq!(shown(EventKind::Probed), "");
    }

    #[test]
    fn what_a_host_says_is_shown_escaped() {
        let evil = || "\u{1b}]0;owned\u{7}\u{202e}".to_owned();
        let escaped = "\\u{1b}]0;owned\\u{7}\\u{202e}";
        let id = || StepId::new("check", "x");
        for kind in [
            EventKind::StepStarted {
                id: id(),
                stage: Stage::Prepare,
                title: evil(),
            },
            EventKind::StepDone {
                id: id(),
                title: "t".into(),
                evidence: vec![evil()],
                took: Duration::ZERO,
            },
            EventKind::Finished(Outcome::Refused { reasons: vec![evil()] }),
        ] {
            let text = shown(kind);
            assert!(text.contains(escaped), "{text:?}");
        }
    }
}
