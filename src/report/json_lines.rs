use super::Reporter;
use crate::rollout::{Event, EventKind, What, journal::Line};
use std::{
    fs::File,
    io::{self, Write},
    path::{Path, PathBuf},
};

/// Events as JSON, one a line: for `--events`, and for the journal of the run.
pub struct JsonLines {
    file: File,
    path: PathBuf,
    purpose: Purpose,
    lines: Vec<u8>,
    /// Why nothing more is written.
    failed: Option<io::Error>,
}

/// Who reads them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    /// A program, as they come.
    Stream,
    /// Whoever goes on with the run: on the disk before it is forgotten, and without what is only on its way.
    Journal,
}

impl JsonLines {
    /// All events, into a file that is made anew and begins with `opening`.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn create(path: &Path, opening: &[u8]) -> io::Result<Self> {
        let mut file = File::create(path)?;
        file.write_all(opening)?;
        Ok(Self::new(file, path, Purpose::Stream))
    }

    /// What a run leaves behind.
    pub fn journal(file: File, path: &Path) -> Self {
        Self::new(file, path, Purpose::Journal)
    }

    fn new(file: File, path: &Path, purpose: Purpose) -> Self {
        Self {
            file,
            path: path.to_owned(),
            purpose,
            lines: Vec::new(),
            failed: None,
        }
    }

    fn write(&mut self) -> io::Result<()> {
        self.file.write_all(&self.lines)?;
        if self.purpose == Purpose::Journal {
            self.file.sync_data()?;
        }
        Ok(())
    }
}

impl Reporter for JsonLines {
    fn event(&mut self, event: &Event) {
        let passes = matches!(
            event.what,
            What::Host {
                kind: EventKind::StepProgress { .. } | EventKind::Probing | EventKind::Probed,
                ..
            }
        );
        if self.failed.is_some() || passes && self.purpose == Purpose::Journal {
            return;
        }
        self.lines.extend(Line::from(event).to_json());
    }

    fn flush(&mut self) {
        if self.failed.is_none() && !self.lines.is_empty() {
            self.failed = self.write().err();
            self.lines.clear();
        }
    }

    fn end(&mut self) {
        self.flush();
        if let Some(error) = &self.failed {
            eprintln!("warning: {} is not complete: {error}", self.path.display());
        }
    }
}
