use super::{Desired, Kubernetes, Origin, Rollout};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use std::{collections::BTreeMap, path::PathBuf, time::Duration};

/// An inventory with everything that it names: read, checked, rendered. Nothing in it can be wrong any more but the hosts.
#[derive(Debug, Clone)]
pub struct Site {
    /// The inventory's path as given.
    pub inventory: PathBuf,
    /// Every group, in the order of the inventory.
    pub groups: Vec<Group>,
    /// Every host, in the order of the inventory.
    pub targets: Vec<Target>,
}

impl Site {
    /// Stands for everything that inventory, playbooks and templates say: SHA-256 in hex. It differs between versions of imaform.
    pub fn fingerprint(&self) -> String {
        let digest = Sha256::digest(format!("{:?}{:?}", self.groups, self.targets));
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// A group of hosts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Its name.
    pub name: String,
    /// How many hosts it has.
    pub hosts: usize,
    /// How they are taken; `None` where the inventory says nothing of it.
    pub rollout: Option<Rollout>,
}

/// One host: how to reach it and what is wanted of it.
#[derive(Debug, Clone)]
pub struct Target {
    /// The inventory's name for it; also the address where none is given.
    pub name: String,
    /// Its group.
    pub group: String,
    /// The way to it.
    pub connection: Connection,
    /// How to become root there.
    pub privilege: Privilege,
    /// The playbook's path.
    pub playbook: PathBuf,
    /// The file in which the rules of its policy are written: a template or the playbook; `None` without a policy.
    pub policy_source: Option<PathBuf>,
    /// Variables merged from defaults to group to host.
    pub vars: Map<String, Value>,
    /// Which level each variable's value comes from.
    pub origins: BTreeMap<String, Origin>,
    /// What is wanted.
    pub desired: Desired,
    /// What it is to its cluster; `None` where it is in none.
    pub kubernetes: Option<Kubernetes>,
}

/// The way to a host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Connection {
    /// This machine, without SSH: `connection: local`.
    Local,
    /// The system's ssh.
    Ssh(SshConnection),
}

/// What is handed to ssh; everything absent is left to `~/.ssh/config`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SshConnection {
    /// Host name or address, or an alias of `~/.ssh/config`.
    pub address: String,
    /// TCP port.
    pub port: Option<u16>,
    /// Remote user.
    pub user: Option<String>,
    /// Private key; absolute or relative to the working directory.
    pub identity_file: Option<PathBuf>,
    /// `ProxyJump`.
    pub jump_host: Option<String>,
    /// `UserKnownHostsFile`.
    pub known_hosts: Option<PathBuf>,
    /// `ssh -F`.
    pub ssh_config: Option<PathBuf>,
    /// How long one attempt to connect may take.
    pub connect_timeout: Duration,
}

/// How commands get root's rights on the host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Privilege {
    /// The user already is root (`become: none`).
    None,
    /// `sudo`, with a password where it asks for one (`become: sudo`).
    Sudo {
        /// Where the password comes from; never the argument list.
        password: Option<PasswordSource>,
    },
}

/// Where a sudo password comes from (`become_password:`).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PasswordSource {
    /// Asked for on the terminal, once a run.
    Ask,
    /// The first line of a file.
    File(PathBuf),
    /// An environment variable of imaform.
    Env(String),
}
