use crate::{
    cli::{session::CliError, whole_file},
    rollout::Member,
    tpm::Reference,
};
use std::{
    collections::BTreeMap,
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
};

/// The directory of references: a file a host.
#[derive(Debug)]
pub struct References {
    directory: PathBuf,
}

impl References {
    /// The one that is asked for, or `references` beside the inventory.
    pub fn new(directory: Option<PathBuf>, inventory: &Path) -> Self {
        let beside = || inventory.parent().unwrap_or(Path::new("")).join("references");
        Self {
            directory: directory.unwrap_or_else(beside),
        }
    }

    /// Where a host's reference is.
    pub fn path(&self, member: &Member) -> PathBuf {
        self.of(&member.target.name)
    }

    fn of(&self, host: &str) -> PathBuf {
        // A host's name is no path: it has no slash and does not begin with a dot.
        self.directory.join(format!("{host}.json"))
    }

    /// The references of these hosts, where there are any.
    ///
    /// # Errors
    /// A file that cannot be read, or is no reference.
    pub fn read<'a>(&self, hosts: impl Iterator<Item = &'a str>) -> Result<BTreeMap<String, Reference>, CliError> {
        let mut references = BTreeMap::new();
        for host in hosts {
            let path = self.of(host);
            let text = match fs::read_to_string(&path) {
                Ok(text) => text,
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                Err(error) => return Err(format!("error: cannot read {}: {error}", path.display()).into()),
            };
            let reference = serde_json::from_str(&text).map_err(|error| {
                format!(
                    "error: {} is no reference: {error}\nhelp: take it back from version control or from {}.earlier, or remove it and run attest --update",
                    path.display(),
                    path.display()
                )
            })?;
            references.insert(host.to_owned(), reference);
        }
        Ok(references)
    }
}

/// Replaces a reference in one rename; the one before is kept beside it (`.earlier`).
///
/// # Errors
/// A directory that cannot be written.
pub fn write(path: &Path, reference: &Reference) -> Result<(), CliError> {
    let text = serde_json::to_string_pretty(reference)? + "\n";
    whole_file::keep(path)
        .and_then(|()| whole_file::write(path, 0o666, &text))
        .map_err(|error| format!("error: cannot write {}: {error}", path.display()).into())
}
