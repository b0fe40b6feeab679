use super::{
    Connection, Desired, Diagnostic, Diagnostics, Group, Kubernetes, Privilege, Site, Target,
    inventory::{self, Host, Inventory},
    paths,
    playbook::Playbook,
    source::Source,
    templates::Templates,
};
use minijinja::Value;
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    path::{Path, PathBuf},
};

impl Site {
    /// Reads an inventory, its playbooks and their templates, checks everything and renders it for every host. No host
    /// is contacted.
    ///
    /// # Errors
    /// Everything that is wrong in any of the files, at once.
    pub fn load(inventory: &Path) -> Result<Self, Diagnostics> {
        match load(inventory) {
            Ok((groups, targets)) => Ok(Self {
                inventory: inventory.to_owned(),
                groups,
                targets,
            }),
            Err(found) => Err(found),
        }
    }
}

fn load(path: &Path) -> Result<(Vec<Group>, Vec<Target>), Diagnostics> {
    let source = match Source::read(path) {
        Ok(source) => source,
        Err(diagnostic) => return Err(Diagnostics::of(vec![diagnostic])),
    };
    let (Inventory { groups, hosts }, mut found) = inventory::read(&source);
    let ways = ways(&hosts);
    let directory = paths::directory_of(&source.path);
    let playbooks = read_playbooks(&hosts, &source, &mut found);
    let mut templates = Templates::default();
    let mut failures = Failures::default();
    let mut targets = Vec::with_capacity(hosts.len());
    for host in hosts {
        let Some((path, _)) = host.playbook.clone() else {
            continue;
        };
        let Some(playbook) = playbooks.get(&path) else {
            continue;
        };
        match playbook.render(&mut templates, &context(&host)) {
            Ok(desired) => {
                let kubernetes = host.kubernetes.as_ref().map(|level| {
                    let way = level.via.as_ref().and_then(|(name, _)| ways.get(name).cloned());
                    level.of(host.node.clone(), way, directory)
                });
                targets.push(target(host, playbook, desired, kubernetes));
            }
            Err(errors) => failures.add(&host.name, errors),
        }
    }
    found.extend(failures.finish());
    if found.is_empty() {
        Ok((groups, targets))
    } else {
        Err(Diagnostics::of(found))
    }
}

/// Reads every playbook once; one that is wrong is left out.
fn read_playbooks(hosts: &[Host], inventory: &Source, found: &mut Vec<Diagnostic>) -> HashMap<PathBuf, Playbook> {
    let mut playbooks = HashMap::new();
    let mut broken: Vec<&Path> = Vec::new();
    for (path, place) in hosts.iter().filter_map(|host| host.playbook.as_ref()) {
        if playbooks.contains_key(path) || broken.contains(&path.as_path()) {
            continue;
        }
        let read = Source::read(path).map_err(|diagnostic| {
            // The line that names the file is what has to be changed.
            let message = format!("the playbook {}: {}", path.display(), diagnostic.message);
            vec![inventory.diagnostic(*place, message)]
        });
        match read.and_then(Playbook::read) {
            Ok(playbook) => {
                playbooks.insert(path.clone(), playbook);
            }
            Err(errors) => {
                found.extend(errors);
                broken.push(path);
            }
        }
    }
    playbooks
}

/// How each host is reached on which kubectl runs for others.
fn ways(hosts: &[Host]) -> BTreeMap<String, (Connection, Privilege)> {
    let named = hosts.iter().filter_map(|host| host.kubernetes.as_ref()?.via.as_ref());
    let named: BTreeSet<&str> = named.map(|(name, _)| name.as_str()).collect();
    let hosts = hosts.iter().filter(|host| named.contains(host.name.as_str()));
    hosts
        .map(|host| {
            let way = (host.settings.connection(&host.name), host.settings.privilege());
            (host.name.clone(), way)
        })
        .collect()
}

fn target(host: Host, playbook: &Playbook, desired: Desired, kubernetes: Option<Kubernetes>) -> Target {
    Target {
        connection: host.settings.connection(&host.name),
        privilege: host.settings.privilege(),
        name: host.name,
        group: host.group,
        playbook: playbook.path().to_owned(),
        policy_source: playbook.policy_source().map(Path::to_owned),
        vars: host.vars.values,
        origins: host.vars.origins,
        desired,
        kubernetes,
    }
}

/// What templates see: the host's variables, `host` and `group`.
fn context(host: &Host) -> Value {
    let own = [("host", &host.name), ("group", &host.group)].map(|(name, value)| (name.to_owned(), Value::from(value)));
    host.vars
        .values
        .iter()
        .map(|(name, value)| (name.clone(), engine_value(value)))
        .chain(own)
        .collect::<BTreeMap<_, _>>()
        .into()
}

fn engine_value(value: &serde_json::Value) -> Value {
    use serde_json::Value as Json;
    match value {
        Json::Null => Value::from(()),
        Json::Bool(value) => Value::from(*value),
        Json::String(value) => Value::from(value),
        Json::Number(number) => match (number.as_i64(), number.as_u64(), number.as_f64()) {
            (Some(value), _, _) => Value::from(value),
            (_, Some(value), _) => Value::from(value),
            (_, _, value) => Value::from(value.unwrap_or_default()),
        },
        Json::Array(items) => items.iter().map(engine_value).collect(),
        Json::Object(map) => map
            .iter()
            .map(|(name, value)| (name.clone(), engine_value(value)))
            .collect::<BTreeMap<_, _>>()
            .into(),
    }
}

/// Errors of rendering, each said once with the hosts that it hits.
#[derive(Default)]
struct Failures {
    found: Vec<(Diagnostic, Vec<String>)>,
}

impl Failures {
    fn add(&mut self, host: &str, errors: Vec<Diagnostic>) {
        for error in errors {
            match self.found.iter_mut().find(|(known, _)| *known == error) {
                Some((_, hosts)) => hosts.push(host.to_owned()),
                None => self.found.push((error, vec![host.to_owned()])),
            }
        }
    }

    fn finish(self) -> impl Iterator<Item = Diagnostic> {
        self.found.into_iter().map(|(mut diagnostic, hosts)| {
            let others = hosts.len() - 1;
            let more = if others > 0 {
                format!(" and {others} more")
            } else {
                String::new()
            };
            let first = hosts.first().map_or("", String::as_str);
            diagnostic.message = format!("{} (host {first}{more})", diagnostic.message);
            diagnostic
        })
    }
}
