mod clusters;
mod hosts;

use super::{
    Diagnostic, Rollout, kubernetes, names,
    node::{Key, Node, Place, Value},
    paths,
    problems::Problems,
    quote, rollout,
    section::{Field, Section, unique_entries},
    settings::{Settings, local_path},
    site,
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
    /// The playbook, and where the inventory names it; `None` for hosts on which only kubectl runs.
    pub(super) playbook: Option<(PathBuf, Place)>,
    pub(super) kubernetes: Option<kubernetes::Level>,
    pub(super) node: String,
}

/// What is right in an inventory.
#[derive(Default)]
pub(super) struct Inventory {
    pub(super) groups: Vec<site::Group>,
    pub(super) hosts: Vec<Host>,
}

/// Reads an inventory: what is right, and everything that is wrong.
pub(super) fn read(source: &Source) -> (Inventory, Vec<Diagnostic>) {
    let root = match Node::parse(source) {
        Ok(root) => root,
        Err(diagnostic) => return (Inventory::default(), vec![diagnostic]),
    };
    let mut problems = Problems::of(source);
    let mut reader = Reader {
        directory: paths::directory_of(&source.path),
        found: Inventory::default(),
        seen: HashMap::new(),
        without_playbook: Vec::new(),
    };
    reader.inventory(&root, &mut problems);
    (reader.found, problems.finish())
}

struct Reader<'s> {
    directory: &'s Path,
    found: Inventory,
    /// Where each host was named first.
    seen: HashMap<String, Place>,
    /// Groups that name no playbook, and where they are.
    without_playbook: Vec<(String, Place)>,
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
    kubernetes: Option<kubernetes::Level>,
}

/// What holds for every group that says nothing else.
struct Defaults {
    level: Level,
    rollout: Option<Rollout>,
    kubernetes: Option<kubernetes::Level>,
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
        self.check_clusters(problems);
    }

    fn defaults(&self, field: Option<Field>, problems: &mut Problems) -> Defaults {
        let empty = Defaults {
            level: Level {
                settings: Settings::default(),
                vars: Variables::default(),
            },
            rollout: None,
            kubernetes: None,
        };
        let Some(field) = field.filter(|field| !matches!(field.node.value, Value::Null)) else {
            return empty;
        };
        let keys = [&["vars", rollout::KEY, kubernetes::KEY][..], &Settings::KEYS].concat();
        let Some(section) = Section::open(field.node, "`defaults`", field.key.place, &keys, problems) else {
            return empty;
        };
        let own = vars::read(section.get("vars"), problems);
        Defaults {
            level: Level {
                settings: Settings::read(&section, self.directory, &Settings::default(), problems),
                vars: Variables::default().with(&own, Origin::Defaults),
            },
            rollout: rollout::read(&section, None, problems),
            kubernetes: kubernetes::read(&section, None, problems),
        }
    }

    fn group(&mut self, key: &Key, node: &Node, defaults: &Defaults, problems: &mut Problems) {
        let what = format!("the group {}", quote(&key.name));
        let keys = [
            &["playbook", "vars", "hosts", rollout::KEY, kubernetes::KEY][..],
            &Settings::KEYS,
        ]
        .concat();
        let Some(section) = Section::open(node, what.as_str(), key.place, &keys, problems) else {
            return;
        };
        let own = vars::read(section.get("vars"), problems);
        let group = Group {
            name: &key.name,
            level: Level {
                settings: Settings::read(&section, self.directory, &defaults.level.settings, problems),
                vars: defaults.level.vars.with(&own, Origin::Group),
            },
            playbook: section
                .get("playbook")
                .and_then(|field| Some((field.string(problems)?, field.node.place)))
                .and_then(|(path, place)| Some((local_path(self.directory, path, place, problems)?, place))),
            kubernetes: kubernetes::read(&section, defaults.kubernetes.as_ref(), problems),
        };
        if let Some(level) = &group.kubernetes {
            level.check(self.directory, problems);
        }
        if section.get("playbook").is_none() {
            self.without_playbook.push((key.name.clone(), key.place));
        }
        let before = self.found.hosts.len();
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
        self.found.groups.push(site::Group {
            name: group.name.to_owned(),
            hosts: self.found.hosts.len() - before,
            rollout: rollout::read(&section, defaults.rollout.as_ref(), problems),
        });
        if before <= MOST && self.found.hosts.len() > MOST {
            problems.error(key.place, format!("the inventory stands for more than {MOST} hosts"));
        }
    }
}
