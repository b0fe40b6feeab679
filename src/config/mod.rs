//! What is wanted: inventory and playbooks, read from YAML, checked and rendered before any host is contacted.

mod desired;
mod site;

pub use desired::{
    Apt, Audit, Boot, Check, CheckTime, Desired, FileContent, Kernel, Labels, Mount, Policy, PolicyLoad, Stage, Token,
};
pub use site::{Connection, PasswordSource, Privilege, Site, SshConnection, Target};
