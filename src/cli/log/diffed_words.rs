//! How the parts of a difference of lists are written for people.

use crate::{
    ima::measurement::diff::{Content, MeasuredFile, Seen, Snapshot},
    words::printable,
};

/// How many examples of one thing.
pub const EXAMPLES: usize = 3;

/// A name on one line.
pub fn name(path: &[u8]) -> String {
    printable(&String::from_utf8_lossy(path)).replace(['\n', '\t'], "?")
}

/// A content, and where it is in the list.
pub fn of(seen: &Seen, list: &str) -> String {
    match seen.entry {
        Some(entry) => format!(
            "{} (entry {entry} of {list})",
            name(seen.content.to_string().as_bytes())
        ),
        None => name(seen.content.to_string().as_bytes()),
    }
}

/// How the first entry is written.
pub fn written(list: &Snapshot) -> String {
    let scheme = list.boot_aggregate().map(Content::scheme);
    let text = format!(
        "{} with {}",
        list.template().unwrap_or_default(),
        scheme.unwrap_or_default()
    );
    name(text.as_bytes())
}

pub fn schemes(file: &MeasuredFile) -> String {
    let mut schemes: Vec<&str> = file.seen().iter().map(|seen| seen.content.scheme()).collect();
    schemes.sort_unstable();
    schemes.dedup();
    name(schemes.join(" and ").as_bytes())
}

pub fn number(number: u64, word: &str) -> String {
    match number {
        1 => format!("1 {word}"),
        _ => match word.strip_suffix('y') {
            Some(stem) => format!("{number} {stem}ies"),
            None => format!("{number} {word}s"),
        },
    }
}

pub fn some(names: impl ExactSizeIterator<Item = String>, more: &str) -> String {
    some_of(EXAMPLES, names, more)
}

/// The first of many, and how many there are.
pub fn some_of(most: usize, names: impl ExactSizeIterator<Item = String>, more: &str) -> String {
    let all = names.len();
    let first: Vec<String> = names.take(most).collect();
    let rest = match all.saturating_sub(most) {
        0 => String::new(),
        rest => format!(" and {rest} {more}"),
    };
    first.join(", ") + &rest
}
