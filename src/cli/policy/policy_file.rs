use crate::ima::policy::Policy;
use std::{
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
};

/// A file that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("cannot read {}: {reason}", path.display())]
pub struct PolicyFileError {
    path: PathBuf,
    reason: io::Error,
}

/// Reads a policy; `-` is standard input. A byte that is no UTF-8 becomes a replacement character: the kernel takes any
/// byte in the same places as that one.
///
/// # Errors
/// A file that cannot be read.
pub fn read(path: &Path) -> Result<Policy, PolicyFileError> {
    let mut bytes = Vec::new();
    let outcome = if path == Path::new("-") {
        io::stdin().lock().read_to_end(&mut bytes).map(|_| ())
    } else {
        fs::read(path).map(|content| bytes = content)
    };
    outcome.map_err(|reason| PolicyFileError {
        path: path.to_owned(),
        reason,
    })?;
    Ok(Policy::new(String::from_utf8_lossy(&bytes)))
}
