use super::{
    change::Change,
    exit::Exit,
    session::{CliError, Session},
};
use crate::{
    report::{self, JsonLines, Junit, Reporter},
    rollout::{
        Events, RolloutEvent, RunId, Work,
        journal::{Directory, Header, opening},
    },
};
use std::{env, fs::File, path::Path};
use tokio::{sync::mpsc, task::JoinHandle};

/// What is kept of a run that changes hosts: its journal, and what `--events` and `--junit` ask for.
pub struct Recording {
    /// Where its events go.
    pub events: Events,
    reporters: Vec<JoinHandle<()>>,
}

impl Recording {
    /// Begins to record. What cannot be written is said before anything is done.
    ///
    /// # Errors
    /// When a file cannot be made.
    pub fn begin(session: &Session, change: &Change, header: Header, work: &Work) -> Result<Self, CliError> {
        let mut reporters: Vec<Box<dyn Reporter>> = Vec::new();
        let run = header.run.clone();
        let command = header.command.iter().take(2).cloned().collect::<Vec<_>>().join(" ");
        let opening = opening(header, work.record());
        if let Some(path) = &change.events {
            let lines = JsonLines::create(path, &opening);
            reporters.push(Box::new(lines.map_err(|error| cannot("--events", path, &error))?));
        }
        if let Some(path) = &change.junit {
            let junit = Junit::create(path, command);
            reporters.push(Box::new(junit.map_err(|error| cannot("--junit", path, &error))?));
        }
        if work.is_worth_a_journal() {
            let (file, path) = begin_journal(&run, &opening)?;
            reporters.push(Box::new(JsonLines::journal(file, &path)));
        }
        let mut events = session.events.clone();
        let mut tasks = Vec::new();
        for reporter in reporters {
            let (sender, receiver) = mpsc::unbounded_channel();
            events = events.and(sender);
            tasks.push(report::spawn(reporter, receiver));
        }
        Ok(Self {
            events,
            reporters: tasks,
        })
    }

    /// Writes the last line, and waits until all is written.
    pub async fn end(self, exit: Exit) {
        self.events.tell_rollout(RolloutEvent::Ended { exit: exit.code() });
        drop(self.events);
        for reporter in self.reporters {
            // One that failed has said so.
            let _ = reporter.await;
        }
    }
}

fn begin_journal(run: &RunId, opening: &[u8]) -> Result<(File, std::path::PathBuf), CliError> {
    let directory = Directory::of_user().map_err(|error| format!("error: {error}"))?;
    let file = directory
        .begin(run, opening)
        .map_err(|error| format!("error: {error}"))?;
    Ok((file, directory.file(run)))
}

fn cannot(option: &str, path: &Path, error: &std::io::Error) -> CliError {
    format!("error: {option} {}: {error}", path.display()).into()
}

/// The command line, as the journal keeps it.
pub fn command() -> Vec<String> {
    let arguments = env::args_os()
        .skip(1)
        .map(|argument| argument.to_string_lossy().into_owned());
    ["imaform".to_owned()].into_iter().chain(arguments).collect()
}
