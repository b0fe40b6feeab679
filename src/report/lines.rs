use super::{Reporter, eta::Eta};
use crate::{
    host::Progress,
    rollout::{Event, EventKind},
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
        let host = &event.host;
        match &event.kind {
            EventKind::Probing => eprintln!("{host}: looking"),
            EventKind::Probed => {}
            EventKind::Started { steps } => eprintln!("{host}: {steps} steps"),
            EventKind::StepStarted { stage, title, .. } => eprintln!("{host}: {stage}: {title}"),
            EventKind::StepProgress { progress, .. } => {
                let now = Instant::now();
                let (last, eta) = self
                    .progress
                    .entry(host.clone())
                    .or_insert_with(|| (now, Eta::start(*progress)));
                if now.duration_since(*last) >= QUIET {
                    *last = now;
                    eprintln!("{host}:   {}", progress_words(*progress, *eta));
                }
            }
            EventKind::StepDone {
                evidence, took, title, ..
            } => {
                self.progress.remove(host);
                eprintln!("{host}:   done in {}: {title}", seconds(*took));
                for line in evidence {
                    eprintln!("{host}:     {line}");
                }
            }
            EventKind::Finished(outcome) => eprintln!("{host}: {}", outcome.line().replace('\n', "\n    ")),
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
