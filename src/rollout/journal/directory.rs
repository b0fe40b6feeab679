use super::Story;
use crate::rollout::RunId;
use std::{
    env,
    fs::{self, DirBuilder, File, OpenOptions, TryLockError},
    io::{self, Read, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};
use thiserror::Error;

/// Where journals are kept: a file a run.
#[derive(Debug, Clone)]
pub struct Directory {
    path: PathBuf,
}

/// Why a journal cannot be written or read.
#[derive(Debug, Error)]
pub enum JournalError {
    /// Neither `XDG_STATE_HOME` nor `HOME` says where.
    #[error("there is no place for the journal of the run: set HOME, or XDG_STATE_HOME")]
    NoPlace,
    /// A file or directory cannot be made, written or read.
    #[error("the journal {}: {reason}", path.display())]
    Io {
        /// Which one.
        path: PathBuf,
        /// Why.
        reason: io::Error,
    },
    /// There is no such run.
    #[error("no run {run} is known here; `imaform runs` lists those that are")]
    Unknown {
        /// As it was asked for.
        run: String,
    },
    /// There is no run of an inventory.
    #[error("no run of {} is known here; `imaform runs` lists those that are", inventory.display())]
    NoRun {
        /// The inventory.
        inventory: PathBuf,
    },
    /// A line is none.
    #[error("the journal {}, line {line}: {reason}", path.display())]
    Line {
        /// Which one.
        path: PathBuf,
        /// From 1.
        line: usize,
        /// Why.
        reason: String,
    },
}

impl Directory {
    /// `$XDG_STATE_HOME/imaform/runs`, by default in `~/.local/state` (XDG Base Directory Specification 0.8).
    ///
    /// # Errors
    /// When the environment says neither.
    pub fn of_user() -> Result<Self, JournalError> {
        let absolute = |name: &str| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let state = absolute("XDG_STATE_HOME")
            .or_else(|| absolute("HOME").map(|home| home.join(".local/state")))
            .ok_or(JournalError::NoPlace)?;
        Ok(Self::at(&state.join("imaform/runs")))
    }

    /// This one.
    pub fn at(path: &Path) -> Self {
        Self { path: path.to_owned() }
    }

    /// Begins the journal of a run with its [`opening`], which is on the disk when this returns.
    ///
    /// # Errors
    /// When it cannot be written, or there is one already.
    pub fn begin(&self, run: &RunId, opening: &[u8]) -> Result<File, JournalError> {
        let path = self.file(run);
        self.begin_at(&path, opening)
            .map_err(|reason| JournalError::Io { path, reason })
    }

    /// Under its name, it is whole: a process can die while it writes.
    fn begin_at(&self, path: &Path, opening: &[u8]) -> io::Result<File> {
        DirBuilder::new().recursive(true).mode(0o700).create(&self.path)?;
        let new = path.with_extension("new");
        let mut file = OpenOptions::new()
            .append(true)
            .create_new(true)
            .mode(0o600)
            .open(&new)?;
        // As long as the process lives; whoever would go on with the run looks.
        file.lock()?;
        file.write_all(opening)?;
        file.sync_all()?;
        fs::hard_link(&new, path)?;
        fs::remove_file(&new)?;
        File::open(&self.path)?.sync_all()?;
        Ok(file)
    }

    /// The runs that are known here, the oldest first.
    ///
    /// # Errors
    /// When the directory is there and cannot be read.
    pub fn runs(&self) -> Result<Vec<RunId>, JournalError> {
        let io = |reason| JournalError::Io {
            path: self.path.clone(),
            reason,
        };
        let entries = match fs::read_dir(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(io)?,
        };
        let mut runs = Vec::new();
        for entry in entries {
            let name = entry.map_err(io)?.file_name();
            let run = name.to_str().and_then(|name| name.strip_suffix(".jsonl"));
            runs.extend(run.and_then(|run| run.parse().ok()));
        }
        // Of two that began in the same second, the one that was written to last is the later one.
        let second = |run: &RunId| run.as_str().split('-').next().unwrap_or_default().to_owned();
        let written = |run: &RunId| fs::metadata(self.file(run)).and_then(|file| file.modified()).ok();
        runs.sort_by_cached_key(|run: &RunId| (second(run), written(run)));
        Ok(runs)
    }

    /// What is kept of a run.
    ///
    /// # Errors
    /// When there is none, or it cannot be read.
    pub fn read(&self, run: &RunId) -> Result<Story, JournalError> {
        let path = self.file(run);
        let read = || -> io::Result<(String, bool)> {
            let mut file = File::open(&path)?;
            let is_alive = matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock));
            let mut text = String::new();
            file.read_to_string(&mut text)?;
            Ok((text, is_alive))
        };
        match read() {
            Ok((text, is_alive)) => Story::parse(&text, &path, is_alive),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Err(JournalError::Unknown { run: run.to_string() })
            }
            Err(reason) => Err(JournalError::Io { path, reason }),
        }
    }

    /// The last run of an inventory.
    ///
    /// # Errors
    /// When there is none, or a journal cannot be read.
    pub fn last_of(&self, inventory: &Path) -> Result<Story, JournalError> {
        for run in self.runs()?.iter().rev() {
            let story = self.read(run)?;
            if story.header.inventory == inventory {
                return Ok(story);
            }
        }
        Err(JournalError::NoRun {
            inventory: inventory.to_owned(),
        })
    }

    /// The journal of a run.
    pub fn file(&self, run: &RunId) -> PathBuf {
        self.path.join(format!("{run}.jsonl"))
    }
}
