use super::{Group, Host, Level, MOST, Reader};
use crate::config::{
    names,
    node::{Key, Node, Place, Value},
    problems::Problems,
    quote, range,
    section::{self, Field, Section, wrong_type},
    settings::Settings,
    vars::{self, Origin},
};
use std::collections::{HashMap, HashSet};

impl Reader<'_> {
    pub(super) fn hosts(&mut self, field: Field, group: &Group, problems: &mut Problems) {
        match &field.node.value {
            Value::Map(entries) => {
                // Repeated keys are left in: a host that is given twice is said as such.
                for (key, node) in entries {
                    self.host(key, Some(node), group, problems);
                }
            }
            Value::List(items) => {
                for item in items {
                    if let Some(name) = section::string("hosts", item, problems) {
                        self.host(
                            &Key {
                                name: name.to_owned(),
                                place: item.place,
                            },
                            None,
                            group,
                            problems,
                        );
                    }
                }
            }
            _ => wrong_type("hosts", "a mapping or a list of host names", field.node, problems),
        }
    }

    fn host(&mut self, key: &Key, node: Option<&Node>, group: &Group, problems: &mut Problems) {
        let (level, node_name) = self.host_level(key, node, group, problems);
        let names = match range::expand(&key.name) {
            Ok(names) => names,
            Err(complaint) => {
                problems.check(key.place, Err(complaint));
                return;
            }
        };
        let mut complained = false;
        for name in names {
            // One complaint for a range is enough: its names differ only in a number.
            if !complained {
                complained = !problems.check(key.place, names::host(&name)) || !self.is_new(&name, key, problems);
                if group.kubernetes.is_some() && node_name.is_none() {
                    complained |= !problems.check(key.place, names::node(&name));
                }
            }
            if !complained && self.found.hosts.len() <= MOST {
                self.found.hosts.push(Host {
                    node: node_name.clone().unwrap_or_else(|| name.clone()),
                    name,
                    group: group.name.to_owned(),
                    settings: level.settings.clone(),
                    vars: level.vars.clone(),
                    playbook: group.playbook.clone(),
                    kubernetes: group.kubernetes.clone(),
                });
            }
        }
    }

    /// What a host says itself, and the name of its node where it gives one.
    fn host_level(
        &self,
        key: &Key,
        node: Option<&Node>,
        group: &Group,
        problems: &mut Problems,
    ) -> (Level, Option<String>) {
        let upper = Level {
            settings: group.level.settings.clone(),
            vars: group.level.vars.clone(),
        };
        let Some(node) = node.filter(|node| !matches!(node.value, Value::Null)) else {
            return (upper, None);
        };
        let what = format!("the host {}", quote(&key.name));
        let keys = [&["address", "vars", "node"][..], &Settings::KEYS].concat();
        let Some(section) = Section::open(node, what, key.place, &keys, problems) else {
            return (upper, None);
        };
        if let Some(address) = section.get("address").filter(|_| range::is_range(&key.name)) {
            let message = format!("the range {} gives one `address` to all its hosts", quote(&key.name));
            problems.error_with_help(address.key.place, message, "give each host its own line");
        }
        let own = vars::read(section.get("vars"), problems);
        let level = Level {
            settings: Settings::read(&section, self.directory, &upper.settings, problems),
            vars: upper.vars.with(&own, Origin::Host),
        };
        (level, node_name(&section, key, group, problems))
    }

    fn is_new(&mut self, name: &str, key: &Key, problems: &mut Problems) -> bool {
        let Some(first) = self.seen.get(name) else {
            self.seen.insert(name.to_owned(), key.place);
            return true;
        };
        let by = if range::is_range(&key.name) {
            format!(" (by the range {})", quote(&key.name))
        } else {
            String::new()
        };
        let message = format!("the host {} is given twice{by}", quote(name));
        problems.error_with_help(
            key.place,
            message,
            format!("it is already given in line {}", first.line),
        );
        false
    }

    /// Two names for one machine would change it twice at the same time.
    pub(super) fn refuse_same_machine(&self, problems: &mut Problems) {
        let mut first: HashMap<String, &str> = HashMap::new();
        let mut told: HashSet<Place> = HashSet::new();
        for host in &self.found.hosts {
            let way = host.settings.machine(&host.name);
            let Some(other) = first.get(&way) else {
                first.insert(way, &host.name);
                continue;
            };
            let place = self.seen.get(&host.name).copied().unwrap_or_default();
            // Once for a whole range.
            if told.insert(place) {
                let message = format!(
                    "the hosts {} and {} are the same machine",
                    quote(other),
                    quote(&host.name)
                );
                problems.error_with_help(place, message, format!("both are reached at {way}"));
            }
        }
    }
}

fn node_name(section: &Section, key: &Key, group: &Group, problems: &mut Problems) -> Option<String> {
    let field = section.get("node")?;
    if group.kubernetes.is_none() {
        let message = format!(
            "the host {} names a `node`, and its group has no `kubernetes`",
            quote(&key.name)
        );
        let help = "add `kubernetes: {via: HOST}` or `kubernetes: {kubeconfig: FILE}` to the group";
        problems.error_with_help(field.key.place, message, help);
    }
    if range::is_range(&key.name) {
        let message = format!("the range {} gives one `node` to all its hosts", quote(&key.name));
        problems.error_with_help(field.key.place, message, "give each host its own line");
    }
    let name = field.string(problems)?;
    problems
        .check(field.node.place, names::node(name))
        .then(|| name.to_owned())
}
