use crate::config::{
    Apt, Mount, names,
    node::Value,
    paths,
    problems::{Complaint, Problems},
    quote,
    section::{Field, Section, unique_entries},
};

/// Reads `mounts:`.
pub(super) fn mounts(field: Field, problems: &mut Problems) -> Vec<Mount> {
    let mut mounts = Vec::new();
    for (key, node) in unique_entries(field.node, "`mounts`", problems).unwrap_or_default() {
        problems.check(key.place, paths::remote(&key.name));
        let what = format!("the mount {}", quote(&key.name));
        let Some(section) = Section::open(node, what, key.place, &["options"], problems) else {
            continue;
        };
        let Some(options) = section.require("options", problems) else {
            continue;
        };
        if matches!(&options.node.value, Value::List(items) if items.is_empty()) {
            problems.error(options.node.place, "`options`: the list is empty");
        }
        let options = checked(options, mount_option, problems);
        mounts.push(Mount {
            target: key.name.clone(),
            options,
        });
    }
    mounts
}

/// Reads `apt:`.
pub(super) fn apt(field: Field, problems: &mut Problems) -> Apt {
    let section = Section::open(field.node, "`apt`", field.key.place, &["sandbox_user"], problems);
    let sandbox_user = section
        .and_then(|section| section.get("sandbox_user"))
        .and_then(|field| {
            let name = field.string(problems)?;
            problems
                .check(field.node.place, names::user("user", name))
                .then(|| name.to_owned())
        });
    Apt { sandbox_user }
}

/// Reads `packages:`.
pub(super) fn packages(field: Field, problems: &mut Problems) -> Vec<String> {
    checked(field, names::package, problems)
}

/// Reads `services:`.
pub(super) fn services(field: Field, problems: &mut Problems) -> Vec<String> {
    checked(field, names::service, problems)
}

/// A list of names of one grammar, none of them twice.
pub(super) fn checked(
    field: Field,
    grammar: impl Fn(&str) -> Result<(), Complaint>,
    problems: &mut Problems,
) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for (name, place) in field.strings(problems) {
        if names.iter().any(|known| known == name) {
            problems.error(place, format!("`{}`: {} is listed twice", field.key.name, quote(name)));
        } else if problems.check(place, grammar(name)) {
            names.push(name.to_owned());
        }
    }
    names
}

fn mount_option(option: &str) -> Result<(), Complaint> {
    let good = !option.is_empty() && option.chars().all(|c| c.is_ascii_graphic() && !",\"'\\#".contains(c));
    if good {
        return Ok(());
    }
    Err(Complaint::new(format!("{} is no mount option", quote(option)))
        .with_help("one option an entry, without commas, spaces, quotes, `#` and backslashes"))
}
