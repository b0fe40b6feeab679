//! Edits of `/etc/fstab` that leave everything but the wanted options byte for byte (fstab(5)).

use serde::{Deserialize, Serialize};

/// What becomes of `/etc/fstab`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum FstabEdit {
    /// The line has all the options.
    Unchanged,
    /// The whole new text.
    Changed(String),
}

/// Why `/etc/fstab` is not edited.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FstabError {
    /// Nothing to edit.
    #[error(
        "/etc/fstab has no line for the mount point {target}: add one (`findmnt --noheadings {target}` shows what is \
         mounted there), or take the mount point out of the playbook"
    )]
    NoLine {
        /// The mount point.
        target: String,
    },
    /// It is not clear which line counts.
    #[error("/etc/fstab has {} lines for the mount point {target} (lines {lines:?}): keep one", lines.len())]
    SeveralLines {
        /// The mount point.
        target: String,
        /// Their numbers, from 1.
        lines: Vec<usize>,
    },
    /// The wanted option is no word.
    #[error("`{0}` is not a mount option: it must not be empty or hold spaces, commas, quotes, backslashes or #")]
    BadOption(String),
    /// Options cannot follow each other with certainty.
    #[error("/etc/fstab, line {line}: the options `{options}` hold a quote; add `{wanted}` by hand")]
    Quoted {
        /// The line, from 1.
        line: usize,
        /// The fourth field.
        options: String,
        /// What was to be added.
        wanted: String,
    },
}

/// What an `iversion` in `/etc/fstab` would do on a file system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Iversion {
    /// ext4: the option is known. Since Linux 6.1 it always counts, and the option is ignored with a message.
    Option,
    /// The file system always counts; some of these refuse to be mounted with the option.
    AlreadyOn,
    /// The file system has no such option and does not count: do not write it.
    NoSuchOption,
}

/// One line that mounts something, as far as it matters here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FstabLine {
    /// The line's number, from 1.
    pub line: usize,
    /// The mount point, escapes resolved.
    pub target: String,
    /// The file system type (`ext4`, `auto`, `ext4,xfs`).
    pub fstype: String,
    /// The options, in order.
    pub options: Vec<String>,
}

impl FstabLine {
    /// What `iversion` means here; `None` for `auto` and lists of types, where the live mount must tell.
    pub fn iversion(&self) -> Option<Iversion> {
        if self.fstype == "auto" || self.fstype.contains(',') {
            None
        } else {
            Some(iversion_of(&self.fstype))
        }
    }

    /// Whether the line has this option, `iversion` and `i_version` being the same one.
    pub fn has(&self, option: &str) -> bool {
        self.options.iter().any(|found| same_option(found, option))
    }
}

/// What `iversion` means on a file system of this type, as `findmnt` names it.
///
/// libmount turns `iversion` into the mount flag MS_I_VERSION (mount(8)); XFS and btrfs set it themselves
/// (fs/xfs/xfs_super.c, fs/btrfs/super.c), network file systems keep a change counter of their own.
pub fn iversion_of(fstype: &str) -> Iversion {
    match fstype {
        "ext4" => Iversion::Option,
        "xfs" | "btrfs" | "nfs" | "nfs4" | "ceph" | "afs" => Iversion::AlreadyOn,
        _ => Iversion::NoSuchOption,
    }
}

/// The line of a mount point. Swap lines and bind mounts are not looked at.
///
/// # Errors
/// [`FstabError::NoLine`], [`FstabError::SeveralLines`].
pub fn find(text: &str, target: &str) -> Result<FstabLine, FstabError> {
    let mut matches = mounts(text)
        .filter(|(line, _)| same_target(&line.target, target))
        .map(|(line, _)| line);
    let first = matches.next().ok_or_else(|| FstabError::NoLine {
        target: target.to_owned(),
    })?;
    let mut lines: Vec<usize> = matches.map(|line| line.line).collect();
    if lines.is_empty() {
        Ok(first)
    } else {
        lines.insert(0, first.line);
        Err(FstabError::SeveralLines {
            target: target.to_owned(),
            lines,
        })
    }
}

/// The text with these options on the line of this mount point. Options that the line has, also under their other
/// spelling, stay as they are; missing ones are appended in order, `defaults` being kept before them: it asks for the
/// defaults of what is not said otherwise, so `defaults,iversion` means what it says. An option that
/// contradicts (`noiversion`) is taken out.
///
/// # Errors
/// What [`FstabError`] lists. Whether the file system has such an option is the caller's question: [`find`] gives the
/// type, [`FstabLine::iversion`] the answer.
pub fn add_options(text: &str, target: &str, wanted: &[String]) -> Result<FstabEdit, FstabError> {
    if let Some(bad) = wanted.iter().find(|option| !is_option(option)) {
        return Err(FstabError::BadOption(bad.clone()));
    }
    let line = find(text, target)?;
    let mut options: Vec<String> = line
        .options
        .iter()
        .filter(|option| !wanted.iter().any(|want| contradicts(option, want)))
        .cloned()
        .collect();
    for option in wanted {
        if !options.iter().any(|found| same_option(found, option)) {
            options.push(option.clone());
        }
    }
    if options == line.options {
        return Ok(FstabEdit::Unchanged);
    }
    let field = mounts(text)
        .find(|(found, _)| found.line == line.line)
        .map(|(_, field)| field);
    let Some((before, field, after)) = field.and_then(|field| {
        Some((
            text.get(..field.start)?,
            text.get(field.clone())?,
            text.get(field.end..)?,
        ))
    }) else {
        return Err(FstabError::NoLine {
            target: target.to_owned(),
        });
    };
    // A comma inside quotes (SELinux contexts) is no separator.
    if field.contains('"') {
        let wanted = wanted.join(",");
        return Err(FstabError::Quoted {
            line: line.line,
            options: field.to_owned(),
            wanted,
        });
    }
    let separator = if field.is_empty() { " " } else { "" };
    Ok(FstabEdit::Changed(format!(
        "{before}{separator}{}{after}",
        options.join(",")
    )))
}

/// The lines that mount something at a place of its own, each with where its options stand in the text.
fn mounts(text: &str) -> impl Iterator<Item = (FstabLine, std::ops::Range<usize>)> {
    let mut start = 0;
    text.split_inclusive('\n')
        .enumerate()
        .filter_map(move |(number, line)| {
            let offset = start;
            start += line.len();
            if line.trim_start().starts_with('#') {
                return None;
            }
            let mut fields = fields(line);
            let (_, _) = fields.next()?;
            let (_, target) = fields.next()?;
            let (type_at, fstype) = fields.next()?;
            // The fourth field may be missing; it then begins where the third ends.
            let (at, options) = fields.next().unwrap_or((type_at + fstype.len(), ""));
            let options_list: Vec<String> = options
                .split(',')
                .filter(|option| !option.is_empty())
                .map(str::to_owned)
                .collect();
            let bind = options_list.iter().any(|option| option == "bind" || option == "rbind");
            if bind || fstype == "swap" || target == "none" {
                return None;
            }
            let found = FstabLine {
                line: number + 1,
                target: unescape(target),
                fstype: fstype.to_owned(),
                options: options_list,
            };
            Some((found, offset + at..offset + at + options.len()))
        })
}

/// The fields of a line, each with its place.
fn fields(line: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    line.split([' ', '\t', '\n', '\r']).filter_map(move |field| {
        let start = at;
        at += field.len() + 1;
        (!field.is_empty()).then_some((start, field))
    })
}

/// Resolves `\040` and the like (getmntent(3)).
fn unescape(field: &str) -> String {
    let mut bytes = Vec::with_capacity(field.len());
    let mut rest = field.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let octal = match rest {
            [b'\\', a @ b'0'..=b'3', b @ b'0'..=b'7', c @ b'0'..=b'7', ..] => {
                Some((a - b'0') * 64 + (b - b'0') * 8 + (c - b'0'))
            }
            _ => None,
        };
        bytes.push(octal.unwrap_or(*first));
        rest = if octal.is_some() {
            rest.get(4..).unwrap_or_default()
        } else {
            after
        };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn same_target(one: &str, other: &str) -> bool {
    let trim = |path: &str| {
        if path.len() > 1 {
            path.trim_end_matches('/').to_owned()
        } else {
            path.to_owned()
        }
    };
    trim(one) == trim(other)
}

fn is_option(option: &str) -> bool {
    !option.is_empty()
        && !option
            .chars()
            .any(|c| c.is_whitespace() || c.is_control() || matches!(c, ',' | '"' | '\\' | '#'))
}

fn spelling(option: &str) -> &str {
    match option {
        "i_version" => "iversion",
        "noi_version" => "noiversion",
        other => other,
    }
}

fn same_option(one: &str, other: &str) -> bool {
    spelling(one) == spelling(other)
}

fn contradicts(found: &str, wanted: &str) -> bool {
    spelling(wanted) == "iversion" && spelling(found) == "noiversion"
}

#[cfg(test)]
#[path = "fstab_table_tests.rs"]
mod tests;
