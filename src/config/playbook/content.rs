use super::policy_rule;
use crate::config::{
    Audit, Diagnostic, Policy, PolicyLoad,
    node::{Node, Place, Value},
    paths,
    problems::Problems,
    quote,
    section::{self, Field, Section},
    settings::local_path,
    source::Source,
    templates::Text,
};
use std::path::Path;

/// The only policy that systemd loads by itself.
const BOOT_PATH: &str = "/etc/ima/ima-policy";

/// Reads `policy:`.
pub(super) fn policy(field: Field, directory: &Path, problems: &mut Problems) -> Option<(Policy, Text)> {
    let keys = ["template", "rules", "content", "path", "load"];
    let section = Section::open(field.node, "`policy`", field.key.place, &keys, problems)?;
    let text = text(
        &section,
        &["template", "rules", "content"],
        policy_rule::line,
        directory,
        problems,
    );
    let path = match section.get("path") {
        Some(field) => file_path(field, problems)?,
        None => BOOT_PATH.to_owned(),
    };
    let load = match section.get("load") {
        Some(field) => match field.word(&["boot", "once"], problems)? {
            "boot" if path != BOOT_PATH => {
                let message = format!("`load: boot` does not work with {}", quote(&path));
                let help = format!("systemd loads only {BOOT_PATH}; leave `path` out, or write `load: once`");
                problems.error_with_help(field.node.place, message, help);
                PolicyLoad::Boot
            }
            "boot" => PolicyLoad::Boot,
            _ => PolicyLoad::Once,
        },
        None if path == BOOT_PATH => PolicyLoad::Boot,
        None => PolicyLoad::Once,
    };
    if load == PolicyLoad::Once
        && path == BOOT_PATH
        && let Some(field) = section.get("load")
    {
        let message = format!("`load: once` does not work with {BOOT_PATH}");
        problems.error_with_help(
            field.node.place,
            message,
            "systemd loads this file in every boot: choose another `path`",
        );
    }
    Some((
        Policy {
            path,
            content: String::new(),
            load,
        },
        text?,
    ))
}

/// Reads `audit:`.
pub(super) fn audit(field: Field, directory: &Path, problems: &mut Problems) -> Option<(Audit, Text)> {
    let keys = ["template", "rules", "content", "path"];
    let section = Section::open(field.node, "`audit`", field.key.place, &keys, problems)?;
    let text = text(
        &section,
        &["template", "rules", "content"],
        plain_line,
        directory,
        problems,
    );
    let field = section.require("path", problems)?;
    let path = file_path(field, problems)?;
    let name = path
        .strip_prefix("/etc/audit/rules.d/")
        .filter(|name| !name.contains('/'));
    if !name.is_some_and(|name| name.ends_with(".rules") && name != ".rules") {
        let message = format!("`audit.path`: {} is not read by augenrules", quote(&path));
        problems.error_with_help(field.node.place, message, "write /etc/audit/rules.d/NAME.rules");
    }
    Some((
        Audit {
            path,
            content: String::new(),
        },
        text?,
    ))
}

/// A path to write on the host.
pub(super) fn file_path(field: Field, problems: &mut Problems) -> Option<String> {
    let path = field.string(problems)?;
    problems
        .check(field.node.place, paths::remote_file(path))
        .then(|| path.to_owned())
}

/// Reads one item of `rules:`.
pub(super) type ReadLine = fn(&Node, &mut Problems) -> Option<(String, Place)>;

/// A rule that is a line of text.
pub(super) fn plain_line(node: &Node, problems: &mut Problems) -> Option<(String, Place)> {
    section::string("rules", node, problems).map(|line| (line.to_owned(), node.place))
}

/// Exactly one of the ways to give a text.
pub(super) fn text(
    section: &Section,
    ways: &[&str],
    line: ReadLine,
    directory: &Path,
    problems: &mut Problems,
) -> Option<Text> {
    let field = section.one_of(ways, problems)?;
    match field.key.name.as_str() {
        "template" => {
            let path = field.string(problems)?;
            Some(Text::File(
                local_path(directory, path, field.node.place, problems)?,
                field.node.place,
            ))
        }
        "rules" => {
            let Value::List(items) = &field.node.value else {
                let message = format!("`rules`: expected a list, found {}", field.node.kind());
                let help = "write a list of lines, or `content: |` for a text";
                problems.error_with_help(field.node.place, message, help);
                return None;
            };
            if items.is_empty() {
                problems.error(field.node.place, "`rules`: the list is empty");
            }
            Some(Text::Lines(
                items.iter().filter_map(|item| line(item, problems)).collect(),
            ))
        }
        _ => Some(Text::Inline(field.string(problems)?.to_owned(), field.node.place)),
    }
}

/// Says something of a text as a whole.
pub(super) fn diagnostic(text: &Text, source: &Source, message: String) -> Diagnostic {
    match text {
        Text::File(path, _) => Diagnostic::of_file(path, message),
        Text::Inline(_, place) => source.diagnostic(*place, message),
        Text::Lines(lines) => match lines.first() {
            Some((_, place)) => source.diagnostic(*place, message),
            None => Diagnostic::of_file(&source.path, message),
        },
    }
}
