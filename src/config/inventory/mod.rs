mod hosts;

use super::{
    Diagnostic, names,
    node::{Key, Node, Place, Value},
    paths,
    problems::Problems,
    quote,
    section::{Field, Section, unique_entries},
    settings::{Settings, local_path},
    source::Source,
    vars::{self, Origin, Variables},
};
use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

/// More hosts than one run can mean.
const MOST: usize = 10_000;

/// A host as the inventory describes it; its playbook is not read yet.
pub(super) struct Host {
    pub(super) name: String,
    pub(super) group: String,
    pub(super) settings: Settings,
    pub(super) vars: Variables,
    pub(super) playbook: PathBuf,
    /// Where the inventory names the playbook.
    pub(super) playbook_place: Place,
}

/// Reads an inventory: the hosts that are right, and everything that is wrong.
pub(super) fn read(source: &Source) -> (Vec<Host>, Vec<Diagnostic>) {
    let root = match Node::parse(source) {
        Ok(root) => root,
        Err(diagnostic) => return (Vec::new(), vec![diagnostic]),
    };
    let mut problems = Problems::of(source);
    let mut reader = Reader {
        directory: paths::directory_of(&source.path),
        hosts: Vec::new(),
        seen: HashMap::new(),
    };
    reader.inventory(&root, &mut problems);
    (reader.hosts, problems.finish())
}

struct Reader<'s> {
    directory: &'s Path,
    hosts: Vec<Host>,
    /// Where each host was named first.
    seen: HashMap<String, Place>,
}

/// What a level hands down to the next one.
struct Level {
    settings: Settings,
    vars: Variables,
}

/// A group's own part.
struct Group<'n> {
    name: &'n str,
    level: Level,
    playbook: Option<(PathBuf, Place)>,
}

impl Reader<'_> {
    fn inventory(&mut self, root: &Node, problems: &mut Problems) {
        let Some(top) = Section::open(root, "the inventory", root.place, &["defaults", "groups"], problems) else {
            return;
        };
        let defaults = self.defaults(top.get("defaults"), problems);
        let Some(groups) = top.require("groups", problems) else {
            return;
        };
        let entries = unique_entries(groups.node, "`groups`", problems).unwrap_or_default();
        if entries.is_empty() && matches!(groups.node.value, Value::Map(_)) {
            problems.error(groups.key.place, "the inventory has no groups");
        }
        for (key, node) in entries {
            problems.check(key.place, names::group(&key.name));
            self.group(key, node, &defaults, problems);
        }
        self.refuse_same_machine(problems);
    }

    fn defaults(&self, field: Option<Field>, problems: &mut Problems) -> Level {
        let empty = Level {
            settings: Settings::default(),
            vars: Variables::default(),
        };
        let Some(field) = field.filter(|field| !matches!(field.node.value, Value::Null)) else {
            return empty;
        };
        let keys = [&["vars"][..], &Settings::KEYS].concat();
        let Some(section) = Section::open(field.node, "`defaults`", field.key.place, &keys, problems) else {
            return empty;
        };
        let own = vars::read(section.get("vars"), problems);
        Level {
            settings: Settings::read(&section, self.directory, &Settings::default(), problems),
            vars: Variables::default().with(&own, Origin::Defaults),
        }
    }

    fn group(&mut self, key: &Key, node: &Node, defaults: &Level, problems: &mut Problems) {
        let what = format!("the group {}", quote(&key.name));
        let keys = [&["playbook", "vars", "hosts"][..], &Settings::KEYS].concat();
        let Some(section) = Section::open(node, what.as_str(), key.place, &keys, problems) else {
            return;
        };
        let own = vars::read(section.get("vars"), problems);
        let group = Group {
            name: &key.name,
            level: Level {
                settings: Settings::read(&section, self.directory, &defaults.settings, problems),
                vars: defaults.vars.with(&own, Origin::Group),
            },
            playbook: section
                .get("playbook")
                .and_then(|field| Some((field.string(problems)?, field.node.place)))
                .and_then(|(path, place)| Some((local_path(self.directory, path, place, problems)?, place))),
        };
        if section.get("playbook").is_none() {
            let help = "add `playbook: PATH`, relative to the inventory";
            problems.error_with_help(key.place, format!("{what} has no `playbook`"), help);
        }
        let before = self.hosts.len();
        match section
            .get("hosts")
            .filter(|field| !matches!(field.node.value, Value::Null))
        {
            Some(field) => match &field.node.value {
                Value::Map(entries) if entries.is_empty() => {
                    problems.error(field.key.place, format!("{what} has no hosts"))
                }
                Value::List(items) if items.is_empty() => {
                    problems.error(field.key.place, format!("{what} has no hosts"))
                }
                _ => self.hosts(field, &group, problems),
            },
            None => problems.error(key.place, format!("{what} has no hosts")),
        }
        if before <= MOST && self.hosts.len() > MOST {
            problems.error(key.place, format!("the inventory stands for more than {MOST} hosts"));
        }
    }
}
