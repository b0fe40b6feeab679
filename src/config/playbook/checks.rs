use crate::config::{
    Check, CheckTime, Stage, duration, names,
    node::Value,
    problems::Problems,
    section::{Field, Section, wrong_type},
};
use std::time::Duration;

const KEYS: [&str; 5] = ["name", "before", "after", "command", "timeout"];

/// Reads `checks:`.
pub(super) fn read(field: Field, problems: &mut Problems) -> Vec<Check> {
    let Value::List(items) = &field.node.value else {
        wrong_type("checks", "a list", field.node, problems);
        return Vec::new();
    };
    items
        .iter()
        .filter_map(|item| {
            let section = Section::open(item, "the check", item.place, &KEYS, problems)?;
            check(&section, problems)
        })
        .collect()
}

fn check(section: &Section, problems: &mut Problems) -> Option<Check> {
    let name = section.require("name", problems).and_then(|field| {
        let name = field.string(problems)?;
        problems
            .check(field.node.place, names::title("name", name))
            .then(|| name.to_owned())
    });
    let stage = section.one_of(&["before", "after"], problems).and_then(|field| {
        let when = if field.key.name == "before" {
            CheckTime::Before
        } else {
            CheckTime::After
        };
        let word = field.word(&Stage::ALL.map(Stage::as_str), problems)?;
        Some((when, Stage::ALL.into_iter().find(|stage| stage.as_str() == word)?))
    });
    let command = section.require("command", problems).and_then(|field| {
        let command = field.string(problems)?;
        if command.trim().is_empty() {
            problems.error(field.node.place, "`command`: the command is empty");
        }
        if command.contains('\0') {
            problems.error(field.node.place, "`command`: the command holds a NUL character");
        }
        Some(command.to_owned())
    });
    let timeout = match section.get("timeout") {
        Some(field) => duration::read(field, problems),
        None => Some(Duration::from_secs(60)),
    };
    let (when, stage) = stage?;
    Some(Check {
        name: name?,
        stage,
        when,
        command: command?,
        timeout: timeout?,
    })
}
