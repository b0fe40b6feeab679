//! `imaform init`: a small inventory, playbook and templates to begin with, and the schemas by which editors check them.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

/// The files that are written, by their names in the new directory. They are the repository's own.
const FILES: [(&str, &str); 6] = [
    ("inventory.yml", include_str!("../../inventory/starter.yml")),
    ("playbook.yml", include_str!("../../playbooks/debian.yml")),
    ("templates/ima-policy.j2", include_str!("../../templates/ima-policy.j2")),
    (
        "templates/audit.rules.j2",
        include_str!("../../templates/audit.rules.j2"),
    ),
    (
        "schema/inventory.json",
        include_str!("../../docs/schema/inventory.json"),
    ),
    ("schema/playbook.json", include_str!("../../docs/schema/playbook.json")),
];

/// Where the repository's files find each other, and where these do.
const MOVED: [(&str, &str); 3] = [
    ("../playbooks/debian.yml", "playbook.yml"),
    ("../templates/", "templates/"),
    ("../docs/schema/", "schema/"),
];

/// Why nothing, or not everything, was written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Something is already there; nothing was written.
    #[error("{} already exists; imaform init overwrites nothing", .0.display())]
    Exists(PathBuf),
    /// A file or directory could not be made.
    #[error("cannot write {}: {reason}", path.display())]
    Write {
        /// What could not be made.
        path: PathBuf,
        /// Why.
        reason: io::Error,
    },
}

/// Writes the files into a directory, which is made when it is not there, and says on `out` what to do next.
///
/// # Errors
/// One of the files exists already, or cannot be written.
pub fn run(directory: &Path, out: &mut dyn Write) -> Result<(), Error> {
    if let Some(path) = FILES
        .iter()
        .map(|(name, _)| directory.join(name))
        .find(|path| path.symlink_metadata().is_ok())
    {
        return Err(Error::Exists(path));
    }
    for name in ["templates", "schema"] {
        make_directory(&directory.join(name))?;
    }
    for (name, content) in FILES {
        let content = MOVED
            .iter()
            .fold(content.to_owned(), |text, (from, to)| text.replace(from, to));
        write_new(&directory.join(name), &content)?;
    }
    report(directory, out).map_err(|reason| Error::Write {
        path: "the output".into(),
        reason,
    })
}

fn make_directory(path: &Path) -> Result<(), Error> {
    fs::create_dir_all(path).map_err(|reason| Error::Write {
        path: path.to_owned(),
        reason,
    })
}

fn write_new(path: &Path, content: &str) -> Result<(), Error> {
    let written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(path)
        .and_then(|mut file| file.write_all(content.as_bytes()));
    written.map_err(|reason| match reason.kind() {
        io::ErrorKind::AlreadyExists => Error::Exists(path.to_owned()),
        _ => Error::Write {
            path: path.to_owned(),
            reason,
        },
    })
}

fn report(directory: &Path, out: &mut dyn Write) -> io::Result<()> {
    for (name, _) in FILES {
        writeln!(out, "wrote {}", directory.join(name).display())?;
    }
    let inventory = directory.join("inventory.yml");
    let inventory = inventory.display();
    writeln!(out, "\nNext:")?;
    writeln!(out, "  1. put your hosts into {inventory}")?;
    writeln!(out, "  2. imaform inventory {inventory}   shows what it stands for")?;
    writeln!(
        out,
        "  3. imaform plan {inventory}        shows what would change; nothing is touched"
    )?;
    writeln!(
        out,
        "  4. imaform apply {inventory}       shows the plan again, asks, and carries it out"
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use crate::config::Site;

    #[test]
    fn what_is_written_loads() {
        let directory = tempfile::tempdir().unwrap();
        let new = directory.path().join("site");
        let mut out = Vec::new();
        run(&new, &mut out).unwrap();
        let site = Site::load(&new.join("inventory.yml")).unwrap_or_else(|found| panic!("{found}"));
        assert_eq!(site.targets[0].playbook, new.join("playbook.yml"));
        for (name, kind) in [("inventory.yml", "inventory"), ("playbook.yml", "playbook")] {
            let text = fs::read_to_string(new.join(name)).unwrap();
            assert!(!text.contains("../"), "{name}");
            let schema = format!("schema/{kind}.json");
            assert_eq!(
                text.lines().next(),
                Some(&*format!("# yaml-language-server: $schema={schema}"))
            );
            assert!(new.join(schema).exists());
        }
        assert!(String::from_utf8(out).unwrap().contains("imaform plan "));
    }

    #[test]
    fn nothing_is_overwritten() {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("playbook.yml"), "mine").unwrap();
        let error = run(directory.path(), &mut Vec::new()).unwrap_err();
        assert!(
            error
                .to_string()
                .ends_with("playbook.yml already exists; imaform init overwrites nothing"),
            "{error}"
        );
        assert!(!directory.path().join("inventory.yml").exists());
    }
}
