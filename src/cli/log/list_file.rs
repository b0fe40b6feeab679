use std::{
    fs::File,
    io::{self, Cursor, Read},
    path::{Path, PathBuf},
    sync::Arc,
};

/// A measurement list in a file; `-` is standard input, kept in memory.
#[derive(Debug)]
pub struct ListFile {
    path: PathBuf,
    stdin: Option<Arc<[u8]>>,
}

/// A file that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("error: cannot read {}: {reason}", path.display())]
pub struct FileError {
    path: PathBuf,
    reason: io::Error,
}

impl FileError {
    /// Names the file.
    pub fn of(path: &Path) -> impl Fn(io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |reason| Self {
            path: path.clone(),
            reason,
        }
    }
}

impl ListFile {
    /// The list at `path`.
    ///
    /// # Errors
    /// A file that cannot be opened.
    pub fn new(path: &Path) -> Result<Self, FileError> {
        let mut file = Self {
            path: path.to_owned(),
            stdin: None,
        };
        if path == Path::new("-") {
            let mut bytes = Vec::new();
            io::stdin()
                .lock()
                .read_to_end(&mut bytes)
                .map_err(FileError::of(path))?;
            file.stdin = Some(bytes.into());
        } else {
            file.open().map_err(FileError::of(path))?;
        }
        Ok(file)
    }

    /// Its name, for people.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The list from its beginning.
    ///
    /// # Errors
    /// A file that cannot be opened.
    pub fn open(&self) -> io::Result<Box<dyn Read>> {
        match &self.stdin {
            Some(bytes) => Ok(Box::new(Cursor::new(Arc::clone(bytes)))),
            None => Ok(Box::new(File::open(&self.path)?)),
        }
    }
}
