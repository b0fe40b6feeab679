use crate::guest::Guest;
use std::collections::{BTreeMap, BTreeSet};

/// Every file of a host: kind, mode, owner, group, and of files size and last change of the content; of those that people and
/// packages configure, and of imaform's, the digest.
const FILES: &str = r"find / -xdev -type d \( -path /proc -o -path /sys -o -path /run -o -path /dev \) -prune -o \( -type d -printf '%y %m %u:%g\t%p\n' -o -type l -printf '%y %l\t%p\n' -o -printf '%y %m %u:%g %s %T@\t%p\n' \)
find /etc /boot /root /opt /usr/local /usr/lib/imaform -xdev -type f -exec sha256sum {} + 2>/dev/null | sed 's/^\([0-9a-f]*\) [ *]/\1\t/'";

/// A host at one moment.
pub struct Snapshot {
    files: BTreeMap<String, Vec<String>>,
    packages: BTreeSet<String>,
    enabled: BTreeSet<String>,
    running: BTreeSet<String>,
    /// `/proc/cmdline`, word by word.
    pub cmdline: Vec<String>,
}

impl Snapshot {
    pub fn of(guest: &Guest) -> Self {
        let mut files: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for line in guest.ssh(FILES).lines() {
            let (facts, path) = line.split_once('\t').unwrap();
            files.entry(path.to_owned()).or_default().push(facts.to_owned());
        }
        let set = |command: &str| guest.ssh(command).lines().map(str::to_owned).collect();
        Self {
            files,
            packages: set("dpkg-query -W -f '${Package} ${db:Status-Status}\\n' | sed -n 's/ installed$//p'"),
            enabled: set("systemctl list-unit-files --state=enabled --no-legend --plain | awk '{print $1}'"),
            running: set("systemctl list-units --type=service --state=running --no-legend --plain | awk '{print $1}'"),
            cmdline: guest
                .ssh("cat /proc/cmdline")
                .split_whitespace()
                .map(str::to_owned)
                .collect(),
        }
    }

    /// Paths that are not as they were.
    pub fn changed(&self, after: &Self) -> BTreeSet<String> {
        let paths = self.files.keys().chain(after.files.keys());
        paths
            .filter(|path| self.files.get(*path) != after.files.get(*path))
            .cloned()
            .collect()
    }

    /// Packages that came and went.
    pub fn packages(&self, after: &Self) -> BTreeSet<String> {
        self.packages.symmetric_difference(&after.packages).cloned().collect()
    }

    /// Units that are enabled or run, and were or did not.
    pub fn units(&self, after: &Self) -> BTreeSet<String> {
        let enabled = self.enabled.symmetric_difference(&after.enabled);
        enabled
            .chain(self.running.symmetric_difference(&after.running))
            .cloned()
            .collect()
    }
}
