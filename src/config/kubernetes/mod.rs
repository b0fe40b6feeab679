//! Hosts that are nodes of a Kubernetes cluster: `kubernetes:` in the inventory.

mod level;

pub(super) use level::{KEY, Level, read};

use super::{Connection, Privilege, names};
use std::time::Duration;

/// Whether a text can be the name of an object: a DNS subdomain, which kubectl cannot take for an option either.
pub fn is_kubernetes_name(text: &str) -> bool {
    names::node(text).is_ok()
}

/// What a host is to its cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kubernetes {
    /// The node's name (`node:`); the host's where none is given.
    pub node: String,
    /// Where the cluster is asked.
    pub cluster: Cluster,
    /// How pods leave the node before a reboot.
    pub drain: Drain,
    /// How long the node may take to be Ready after a reboot.
    pub ready_timeout: Duration,
}

/// Where a cluster is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cluster {
    /// Where kubectl runs.
    pub kubectl: Kubectl,
    /// kubectl's `--kubeconfig`, a path there; `None`: the first that is found in the usual places.
    pub kubeconfig: Option<String>,
    /// kubectl's `--context`.
    pub context: Option<String>,
}

/// Where kubectl runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kubectl {
    /// On this machine.
    Here,
    /// On a host of the inventory (`via:`).
    Host(Box<Via>),
}

impl Kubectl {
    /// The machine, for people.
    pub fn at(&self) -> &str {
        match self {
            Self::Here => "this machine",
            Self::Host(via) => &via.name,
        }
    }
}

/// A host on which kubectl runs for others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Via {
    /// Its name.
    pub name: String,
    /// The way to it.
    pub connection: Connection,
    /// How to become root there.
    pub privilege: Privilege,
}

/// `kubernetes.drain:`, by the names of kubectl-drain(1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drain {
    /// Pods of daemon sets stay.
    pub ignore_daemonsets: bool,
    /// Pods that no controller will make anew are deleted.
    pub force: bool,
    /// So are pods whose emptyDir volumes end with them.
    pub delete_emptydir_data: bool,
    /// How long a pod may take to end; `None`: what each pod says itself.
    pub grace: Option<Duration>,
    /// How long it may take until all are gone.
    pub timeout: Duration,
}

impl Default for Drain {
    fn default() -> Self {
        Self {
            ignore_daemonsets: true,
            force: false,
            delete_emptydir_data: false,
            grace: None,
            timeout: Duration::from_secs(600),
        }
    }
}

impl Drain {
    /// kubectl's own options.
    pub fn options(&self) -> Vec<String> {
        let mut options = Vec::new();
        for (wanted, option) in [
            (self.ignore_daemonsets, "--ignore-daemonsets"),
            (self.force, "--force"),
            (self.delete_emptydir_data, "--delete-emptydir-data"),
        ] {
            if wanted {
                options.push(option.to_owned());
            }
        }
        options.extend(self.grace.map(|grace| format!("--grace-period={}", grace.as_secs())));
        options
    }
}
