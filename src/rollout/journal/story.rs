use super::{Ending, Header, JournalError, Kept, Line, Planned, Record};
use jiff::Timestamp;
use std::{collections::BTreeMap, path::Path};

/// What a journal tells.
#[derive(Debug, Clone, PartialEq)]
pub struct Story {
    /// What the run is.
    pub header: Header,
    /// When it began.
    pub began: Timestamp,
    /// What it was to do, by host.
    pub hosts: Vec<Planned>,
    /// The hosts of each wave.
    pub waves: Vec<Vec<String>>,
    /// What happened.
    pub lines: Vec<Line>,
    /// Whether its process still lives.
    pub is_alive: bool,
}

/// How a run ended, as far as the journal knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// With this exit code.
    Ended(u8),
    /// It is at work.
    AtWork,
    /// Its process died.
    Died,
}

impl Story {
    /// Reads a journal. Its last line may be half written.
    pub(super) fn parse(text: &str, path: &Path, is_alive: bool) -> Result<Self, JournalError> {
        let bad = |line: usize, reason: String| JournalError::Line {
            path: path.to_owned(),
            line,
            reason,
        };
        let whole = text.rfind('\n').map_or("", |end| &text[..end]);
        let mut lines = Vec::new();
        for (index, line) in whole.lines().enumerate() {
            let line: Line = serde_json::from_str(line).map_err(|error| bad(index + 1, error.to_string()))?;
            lines.push(line);
        }
        let mut lines = lines.into_iter();
        let (
            Some(Line {
                at,
                record: Record::Run(header),
            }),
            Some(Line {
                record: Record::Plan { hosts, waves },
                ..
            }),
        ) = (lines.next(), lines.next())
        else {
            return Err(bad(1, "it does not begin with a run and its plan".into()));
        };
        if header.format_version != 1 {
            let reason = format!("it has the form {}, and this imaform reads 1", header.format_version);
            return Err(bad(1, reason));
        }
        Ok(Self {
            header,
            began: at,
            hosts,
            waves,
            lines: lines.collect(),
            is_alive,
        })
    }

    /// The wave that it was in, from 0, and until when that soaks where it is done; long ago where it has soaked.
    pub fn progress(&self) -> (usize, Option<Timestamp>) {
        let last = self.lines.iter().rev().find_map(|line| match line.record {
            Record::Wave { wave, .. } | Record::Closed { wave, .. } => Some((wave, None)),
            Record::Soak { wave, until } => Some((wave, Some(until))),
            Record::Look { wave } => Some((wave, Some(Timestamp::MIN))),
            _ => None,
        });
        last.map_or((0, None), |(wave, until)| (wave.saturating_sub(1), until))
    }

    /// Whether a wave, from 0, was begun as a canary.
    pub fn is_canary(&self, number: usize) -> bool {
        let begun =
            |line: &Line| matches!(line.record, Record::Wave { wave, canary, .. } if canary && wave == number + 1);
        self.lines.iter().any(begun)
    }

    /// How it ended.
    pub fn verdict(&self) -> Verdict {
        match self.lines.last() {
            Some(Line {
                record: Record::End { exit },
                ..
            }) => Verdict::Ended(*exit),
            _ if self.is_alive => Verdict::AtWork,
            _ => Verdict::Died,
        }
    }

    /// How each host ended that has.
    pub fn endings(&self) -> BTreeMap<&str, &Ending> {
        let endings = self.lines.iter().filter_map(|line| match &line.record {
            Record::Finished { host, ending } => Some((host.as_str(), ending)),
            _ => None,
        });
        endings.collect()
    }

    /// The hosts that failed, in the order of the inventory.
    pub fn failed(&self) -> Vec<&str> {
        let endings = self.endings();
        let failed = |host: &&str| endings.get(host).is_some_and(|ending| ending.outcome == Kept::Failed);
        self.hosts
            .iter()
            .map(|planned| planned.host.as_str())
            .filter(failed)
            .collect()
    }
}
