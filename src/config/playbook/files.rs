use super::content::{file_path, plain_line, text};
use crate::config::{
    FileContent, names,
    node::Value,
    problems::Problems,
    quote,
    section::{Field, Section, wrong_type},
    templates::Text,
};
use std::path::Path;

const KEYS: [&str; 6] = ["path", "template", "content", "owner", "group", "mode"];

/// Reads `files:`.
pub(super) fn read(field: Field, directory: &Path, problems: &mut Problems) -> Vec<(FileContent, Text)> {
    let Value::List(items) = &field.node.value else {
        wrong_type("files", "a list", field.node, problems);
        return Vec::new();
    };
    items
        .iter()
        .filter_map(|item| {
            let section = Section::open(item, "the file", item.place, &KEYS, problems)?;
            file(&section, directory, problems)
        })
        .collect()
}

fn file(section: &Section, directory: &Path, problems: &mut Problems) -> Option<(FileContent, Text)> {
    let path = section
        .require("path", problems)
        .and_then(|field| file_path(field, problems));
    let text = text(section, &["template", "content"], plain_line, directory, problems);
    let mut name = |key: &str| match section.get(key) {
        Some(field) => owner(field, problems),
        None => Some("root".to_owned()),
    };
    let (owner, group) = (name("owner"), name("group"));
    let mode = match section.get("mode") {
        Some(field) => mode(field, problems),
        None => Some(0o644),
    };
    Some((
        FileContent {
            path: path?,
            content: String::new(),
            owner: owner?,
            group: group?,
            mode: mode?,
        },
        text?,
    ))
}

fn owner(field: Field, problems: &mut Problems) -> Option<String> {
    if let Value::Integer(id) = &field.node.value
        && (0..i128::from(u32::MAX)).contains(id)
    {
        return Some(id.to_string());
    }
    let name = field.string(problems)?;
    problems
        .check(field.node.place, names::user(&field.key.name, name))
        .then(|| name.to_owned())
}

/// Permission bits in octal. Without quotes YAML versions disagree on what `0644` is, so quotes are asked for.
fn mode(field: Field, problems: &mut Problems) -> Option<u32> {
    let node = field.node;
    let digits = |text: &str| (3..=4).contains(&text.len()) && text.bytes().all(|b| (b'0'..=b'7').contains(&b));
    match &node.value {
        Value::String(text) if digits(text) && !node.is_plain() => u32::from_str_radix(text, 8).ok(),
        Value::String(text) if digits(text) => {
            unquoted(&node.raw, field, problems);
            None
        }
        Value::String(text) => {
            let message = format!("`mode`: {} is no octal mode", quote(text));
            problems.error_with_help(node.place, message, "three or four octal digits in quotes: \"0644\"");
            None
        }
        Value::Integer(_) | Value::Float(_) => {
            unquoted(&node.raw, field, problems);
            None
        }
        _ => {
            wrong_type("mode", "an octal mode in quotes", node, problems);
            None
        }
    }
}

fn unquoted(raw: &str, field: Field, problems: &mut Problems) {
    let message = format!("`mode`: expected a string, found the number {raw}");
    let octal = if raw.starts_with('0') {
        raw.to_owned()
    } else {
        format!("0{raw}")
    };
    problems.error_with_help(field.node.place, message, format!("put it in quotes: \"{octal}\""));
}
