use super::sections::{Sections, value_of};
use serde::{Deserialize, Serialize};

/// The boot loader's files.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Grub {
    /// `/boot/grub` or `/boot/grub2`; empty without GRUB.
    pub directory: String,
    /// Disk abstractions below it (`lvm`, `mdraid1x`), which GRUB reads and cannot write.
    pub abstraction: String,
    /// Its file system as GRUB names it (`ext2`, `btrfs`).
    pub fs: String,
    /// Paths of `/etc/default/grub` and `/etc/default/grub.d/*.cfg` in the order of sourcing.
    pub files: Vec<String>,
    /// `GRUB_CMDLINE_LINUX` as the host's shell reads it.
    pub effective: String,
    /// `GRUB_CMDLINE_LINUX_DEFAULT` likewise.
    pub effective_default: String,
    /// What `grub.cfg` is made from is newer than it.
    pub menu_stale: bool,
    /// SHA-256 of `grub.cfg`; empty where it cannot be read.
    #[serde(default)]
    pub menu_digest: String,
    /// Lines of `grub.cfg` that carry it.
    pub menu_lines: u64,
    /// `grub.cfg` carries our snippet.
    pub menu_snippet: bool,
    /// `grub.cfg` is there and cannot be read: enforcing refuses it to root.
    pub menu_unreadable: bool,
}

impl Grub {
    pub(super) fn parse(sections: &Sections<'_>) -> Self {
        let values = sections.values("grub");
        let menu = sections.values("grub-menu");
        let number = |key| value_of(&menu, key).parse().unwrap_or(0);
        Self {
            directory: value_of(&values, "directory"),
            abstraction: value_of(&values, "abstraction").trim().to_owned(),
            fs: value_of(&values, "fs"),
            files: sections.text("grub-files").lines().map(str::to_owned).collect(),
            effective: sections.text("grub-effective"),
            effective_default: sections.text("grub-effective-default"),
            menu_stale: number("stale") > 0,
            menu_digest: value_of(&menu, "sha256"),
            menu_lines: number("lines"),
            menu_snippet: number("snippet") > 0,
            menu_unreadable: number("unreadable") > 0,
        }
    }
}
