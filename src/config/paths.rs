//! Paths: on a host they must be absolute and plain, on this machine they are relative to the file that names them.

use super::{names, problems::Complaint, quote};
use std::{
    env,
    path::{Component, Path, PathBuf},
};

/// Checks a path on a host.
pub(super) fn remote(path: &str) -> Result<(), Complaint> {
    names::no_control("path", path)?;
    if !path.starts_with('/') {
        return Err(Complaint::new(format!("the path {} is not absolute", quote(path)))
            .with_help("a path on a host begins with `/`"));
    }
    if path.split('/').any(|part| matches!(part, "." | "..")) {
        return Err(
            Complaint::new(format!("the path {} holds `.` or `..`", quote(path))).with_help("write the path as it is")
        );
    }
    if path.len() > 1 && (path.ends_with('/') || path.contains("//")) {
        return Err(Complaint::new(format!("the path {} holds a `/` too many", quote(path))));
    }
    if path.len() > 4000 {
        return Err(Complaint::new("the path is longer than 4000 bytes"));
    }
    Ok(())
}

/// Checks the path of a file that imaform would write on a host.
pub(super) fn remote_file(path: &str) -> Result<(), Complaint> {
    remote(path)?;
    if path == "/" {
        return Err(Complaint::new("the path \"/\" is no file"));
    }
    let below = |directory: &str| path.strip_prefix(directory).is_some_and(|rest| rest.starts_with('/'));
    for directory in ["/proc", "/sys", "/dev"] {
        if below(directory) {
            return Err(Complaint::new(format!(
                "the path {} is the kernel's: no file can be kept there",
                quote(path)
            )));
        }
    }
    if below("/var/lib/imaform") {
        return Err(Complaint::new(format!(
            "the path {} is where imaform keeps its own state",
            quote(path)
        )));
    }
    Ok(())
}

/// A path on this machine, as a file in `directory` names it: `~/` is the home, the rest is relative to the directory.
pub(super) fn local(directory: &Path, path: &str) -> Result<PathBuf, Complaint> {
    if path.is_empty() {
        return Err(Complaint::new("the path is empty"));
    }
    names::no_control("path", path)?;
    if let Some(rest) = path.strip_prefix("~/") {
        return match env::var_os("HOME").filter(|home| !home.is_empty()) {
            Some(home) => Ok(Path::new(&home).join(rest)),
            None => Err(Complaint::new(format!("{} needs HOME, which is not set", quote(path)))),
        };
    }
    if path.starts_with('~') {
        return Err(
            Complaint::new(format!("the path {} names another user's home", quote(path)))
                .with_help("only `~/` is known: write the whole path"),
        );
    }
    Ok(tidy(&directory.join(path)))
}

/// Takes `.` and `..` out where that names the same file, so that messages and plans show short paths.
fn tidy(path: &Path) -> PathBuf {
    let mut short = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if matches!(short.components().next_back(), Some(Component::Normal(_))) => {
                short.pop();
            }
            part => short.push(part),
        }
    }
    let same = match (path.canonicalize(), short.canonicalize()) {
        (Ok(long), Ok(short)) => long == short,
        _ => false,
    };
    // Through a symbolic link to a directory, `..` is another place than it looks.
    if same { short } else { path.to_owned() }
}

/// The directory that a file's relative paths are relative to.
pub(super) fn directory_of(file: &Path) -> &Path {
    match file.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new(""),
    }
}
