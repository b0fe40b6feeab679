use super::Mounts;
use crate::resource::{HostPath, LabelAudit, Writer};
use std::collections::{BTreeMap, BTreeSet};

/// What `gate.sh` found on a host. Plain data.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Answer {
    /// When this boot began, in seconds since 1970.
    pub boot: u64,
    /// Files whose label was looked at.
    pub looked: u64,
    /// Those among them that were compared with their label.
    pub compared: u64,
    /// Files whose label is missing or bad, and those that reading has mended.
    pub labels: LabelAudit,
    /// What is mounted.
    pub mounts: Mounts,
    /// Of each file that is named here. One that is gone has none.
    pub facts: BTreeMap<HostPath, FileFacts>,
    /// Who owns the directories of these files.
    pub directories: BTreeMap<HostPath, u32>,
    /// Files on file systems that are not walked, and of which the kernel has said in this boot that their label is bad.
    pub recorded: BTreeSet<HostPath>,
    /// Files whose label is a hash, of those whom a rule that asks for a signature may be about.
    pub hashed: BTreeSet<HostPath>,
    /// Files that are held open for writing, and by whom.
    pub open: BTreeMap<HostPath, Writer>,
    /// Blocks that GRUB writes.
    pub grub: BTreeSet<HostPath>,
    /// As whom apt downloads; `None` without apt.
    pub apt_user: Option<String>,
}

/// What stat(2) says of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileFacts {
    /// Its owner.
    pub owner: u32,
    /// Its group.
    pub group: u32,
    /// Permission bits.
    pub mode: u32,
    /// When its content changed last, in seconds since 1970.
    pub modified: u64,
    /// When anything of it changed last.
    pub changed: u64,
}
