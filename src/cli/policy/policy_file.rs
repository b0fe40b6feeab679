use crate::ima::policy::Policy;
use std::{
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
};

/// Why a file cannot be read as a policy.
#[derive(Debug, thiserror::Error)]
pub enum PolicyFileError {
    /// The file cannot be read.
    #[error("cannot read {}: {reason}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: io::Error,
    },
    /// Bytes that are no text.
    #[error("{}:{line}:{column}: not UTF-8 text: a policy is a text file", path.display())]
    NoText {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The character in the line, from 1.
        column: usize,
    },
}

/// Reads a policy; `-` is standard input.
///
/// # Errors
/// A file that cannot be read or is no text.
pub fn read(path: &Path) -> Result<Policy, PolicyFileError> {
    let mut bytes = Vec::new();
    let outcome = if path == Path::new("-") {
        io::stdin().lock().read_to_end(&mut bytes).map(|_| ())
    } else {
        fs::read(path).map(|content| bytes = content)
    };
    outcome.map_err(|reason| PolicyFileError::Read {
        path: path.to_owned(),
        reason,
    })?;
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Policy::new(text)),
        Err(error) => {
            let valid = error
                .as_bytes()
                .get(..error.utf8_error().valid_up_to())
                .unwrap_or_default();
            let before = String::from_utf8_lossy(valid);
            let last = before.rsplit('\n').next().unwrap_or_default();
            Err(PolicyFileError::NoText {
                path: path.to_owned(),
                line: before.matches('\n').count() + 1,
                column: last.chars().count() + 1,
            })
        }
    }
}
