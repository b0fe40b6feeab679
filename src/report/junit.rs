use super::Reporter;
use crate::rollout::{
    Event, EventKind, Outcome, What,
    journal::{Ending, Kept},
};
use jiff::Timestamp;
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};
use std::{
    collections::BTreeMap,
    fs::File,
    io,
    path::{Path, PathBuf},
    time::Duration,
};

/// A JUnit report, as CI systems read it: a test case a host.
pub struct Junit {
    file: File,
    path: PathBuf,
    /// What is run, `imaform apply`.
    command: String,
    began: BTreeMap<String, Timestamp>,
    /// In the order in which they ended; of two ends of a host the later one holds.
    hosts: Vec<(String, Duration, Outcome)>,
}

impl Junit {
    /// Into a file that is made anew.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn create(path: &Path, command: String) -> io::Result<Self> {
        Ok(Self {
            file: File::create(path)?,
            path: path.to_owned(),
            command,
            began: BTreeMap::new(),
            hosts: Vec::new(),
        })
    }

    fn report(&self) -> Report {
        let mut suite = TestSuite::new(self.command.clone());
        for (host, took, outcome) in &self.hosts {
            let mut case = TestCase::new(host.clone(), status(outcome));
            case.set_classname(self.command.clone()).set_time(*took);
            suite.add_test_case(case);
        }
        let mut report = Report::new("imaform");
        report.add_test_suite(suite);
        report
    }
}

fn status(outcome: &Outcome) -> TestCaseStatus {
    let Ending { outcome, line, .. } = outcome.into();
    let first = line.lines().next().unwrap_or_default().to_owned();
    match outcome {
        Kept::UpToDate | Kept::Done => TestCaseStatus::success(),
        Kept::Stopped | Kept::NotBegun => {
            let mut status = TestCaseStatus::skipped();
            status.set_message(first);
            status
        }
        Kept::Failed => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            status.set_message(first).set_description(line);
            status
        }
    }
}

impl Reporter for Junit {
    fn event(&mut self, event: &Event) {
        let What::Host { host, kind } = &event.what else { return };
        match kind {
            EventKind::Begins => {
                self.began.insert(host.clone(), event.at);
            }
            EventKind::Finished(outcome) => {
                let began = self.began.get(host).copied().unwrap_or(event.at);
                let took = Duration::try_from(event.at.duration_since(began)).unwrap_or_default();
                self.hosts.retain(|(known, ..)| known != host);
                self.hosts.push((host.clone(), took, outcome.clone()));
            }
            _ => {}
        }
    }

    fn end(&mut self) {
        let written = self.report().serialize(&mut self.file);
        if let Err(error) = written {
            eprintln!("warning: {} is not complete: {error}", self.path.display());
        }
    }
}
