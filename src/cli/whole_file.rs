//! Files that are there whole or not at all.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, ErrorKind, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

/// Writes a file in one rename, its directory too where it is not there. `mode` is that of a file which nobody has made wider
/// or narrower (the umask counts).
///
/// # Errors
/// A directory that cannot be written.
pub fn write(path: &Path, mode: u32, text: &str) -> io::Result<()> {
    let directory = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    fs::create_dir_all(directory)?;
    let new = beside(path, &format!(".{}", std::process::id()));
    let mut options = OpenOptions::new();
    let mut file = options.write(true).create(true).truncate(true).mode(mode).open(&new)?;
    let written = file
        .write_all(text.as_bytes())
        .and_then(|()| file.sync_all())
        .and_then(|()| fs::rename(&new, path))
        .and_then(|()| File::open(directory)?.sync_all());
    if written.is_err() {
        let _ = fs::remove_file(&new);
    }
    written
}

/// Keeps what is there as FILE.earlier; a link, so that there is a file at every moment.
///
/// # Errors
/// A directory that cannot be written.
pub fn keep(path: &Path) -> io::Result<()> {
    let earlier = beside(path, ".earlier");
    if path.exists() {
        match fs::remove_file(&earlier) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => fs::hard_link(path, &earlier)?,
        }
    }
    Ok(())
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}
