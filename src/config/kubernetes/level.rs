use super::{Cluster, Drain, Kubectl, Kubernetes, Via};
use crate::config::{
    Connection, Privilege, duration, names,
    node::{Place, Value},
    paths,
    problems::{Complaint, Problems},
    quote,
    section::Section,
};
use std::{path::Path, time::Duration};

/// The key under which `defaults` and groups have it.
pub(crate) const KEY: &str = "kubernetes";

const KEYS: [&str; 5] = ["via", "kubeconfig", "context", "drain", "ready_timeout"];

const DRAIN_KEYS: [&str; 5] = ["ignore_daemonsets", "force", "delete_emptydir_data", "grace", "timeout"];

/// `kubernetes:` as one level of the inventory says it, on top of the one above.
#[derive(Debug, Clone)]
pub(crate) struct Level {
    /// The host on which kubectl runs, and where it is named.
    pub(crate) via: Option<(String, Place)>,
    kubeconfig: Option<(String, Place)>,
    context: Option<String>,
    drain: Drain,
    ready_timeout: Duration,
    place: Place,
}

impl Level {
    /// What it means for a host. `way` leads to the host that [`Self::via`] names.
    pub(crate) fn of(&self, node: String, way: Option<(Connection, Privilege)>, directory: &Path) -> Kubernetes {
        let kubectl = match (&self.via, way) {
            (Some((name, _)), Some((connection, privilege))) => Kubectl::Host(Box::new(Via {
                name: name.clone(),
                connection,
                privilege,
            })),
            _ => Kubectl::Here,
        };
        let kubeconfig = self.kubeconfig.as_ref().map(|(path, _)| match kubectl {
            Kubectl::Host(_) => path.clone(),
            Kubectl::Here => local(directory, path).unwrap_or_else(|_| path.clone()),
        });
        Kubernetes {
            node,
            cluster: Cluster {
                kubectl,
                kubeconfig,
                context: self.context.clone(),
            },
            drain: self.drain.clone(),
            ready_timeout: self.ready_timeout,
        }
    }

    fn names_cluster(&self) -> bool {
        self.via.is_some() || self.kubeconfig.is_some()
    }

    /// What tells its cluster from others.
    pub(crate) fn cluster(&self) -> &str {
        let named = self.via.as_ref().or(self.kubeconfig.as_ref());
        named.map_or("", |(name, _)| name)
    }

    /// Checks what only the last level can tell.
    pub(crate) fn check(&self, directory: &Path, problems: &mut Problems) {
        let verdict = match (&self.via, &self.kubeconfig) {
            (None, None) => {
                let complaint =
                    Complaint::new("`kubernetes` does not say which cluster: it needs `via` or `kubeconfig`");
                let help = "write `via: HOST`, a host of this inventory on which kubectl runs, or `kubeconfig: FILE` of this machine";
                problems.check(self.place, Err(complaint.with_help(help)));
                return;
            }
            (_, None) => return,
            (Some(_), Some((path, place))) => (paths::remote(path), place),
            (None, Some((path, place))) => (is_file(directory, path), place),
        };
        problems.check(*verdict.1, verdict.0);
    }
}

fn local(directory: &Path, path: &str) -> Result<String, Complaint> {
    Ok(paths::local(directory, path)?.to_string_lossy().into_owned())
}

fn is_file(directory: &Path, path: &str) -> Result<(), Complaint> {
    let path = local(directory, path)?;
    if Path::new(&path).is_file() {
        return Ok(());
    }
    Err(Complaint::new(format!("`kubeconfig`: {} does not exist", quote(&path)))
        .with_help("it is a file of this machine; for one of a host, name that host with `via`"))
}

/// Reads one level's `kubernetes:` and puts it on top of the one above; `None` where neither says anything.
pub(crate) fn read(level: &Section, upper: Option<&Level>, problems: &mut Problems) -> Option<Level> {
    let Some(field) = level.get(KEY).filter(|field| !matches!(field.node.value, Value::Null)) else {
        // Settings alone make no nodes of the hosts of every group.
        return upper.filter(|upper| upper.names_cluster()).cloned();
    };
    let section = Section::open(field.node, "`kubernetes`", field.key.place, &KEYS, problems)?;
    let text = |key: &str, check: &dyn Fn(&str) -> Result<(), Complaint>, problems: &mut Problems| {
        let field = section.get(key)?;
        let value = field.string(problems)?;
        problems
            .check(field.node.place, check(value))
            .then(|| (value.to_owned(), field.node.place))
    };
    let upper = upper.cloned();
    let time = |key: &str, problems: &mut Problems| section.get(key).and_then(|field| duration::read(field, problems));
    Some(Level {
        via: text("via", &names::host, problems).or(upper.as_ref().and_then(|upper| upper.via.clone())),
        kubeconfig: text("kubeconfig", &|path| names::title("kubeconfig", path), problems)
            .or(upper.as_ref().and_then(|upper| upper.kubeconfig.clone())),
        context: text("context", &names::context, problems)
            .map(|(name, _)| name)
            .or(upper.as_ref().and_then(|upper| upper.context.clone())),
        ready_timeout: time("ready_timeout", problems)
            .or(upper.as_ref().map(|upper| upper.ready_timeout))
            .unwrap_or(Duration::from_secs(300)),
        drain: drain(&section, upper.map(|upper| upper.drain).unwrap_or_default(), problems),
        place: field.key.place,
    })
}

fn drain(section: &Section, upper: Drain, problems: &mut Problems) -> Drain {
    let Some(field) = section.get("drain") else {
        return upper;
    };
    let Some(section) = Section::open(field.node, "`drain`", field.key.place, &DRAIN_KEYS, problems) else {
        return upper;
    };
    let flag = |key: &str, problems: &mut Problems| section.get(key).and_then(|field| field.boolean(problems));
    let time = |key: &str, problems: &mut Problems| section.get(key).and_then(|field| duration::read(field, problems));
    Drain {
        ignore_daemonsets: flag("ignore_daemonsets", problems).unwrap_or(upper.ignore_daemonsets),
        force: flag("force", problems).unwrap_or(upper.force),
        delete_emptydir_data: flag("delete_emptydir_data", problems).unwrap_or(upper.delete_emptydir_data),
        grace: time("grace", problems).or(upper.grace),
        timeout: time("timeout", problems).unwrap_or(upper.timeout),
    }
}
