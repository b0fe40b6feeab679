use super::{Order, Snapshot, changed::Comparison};

/// How a list B stands to an earlier list A of the same host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// They have the same entries.
    Same,
    /// The same boot: B begins with all of A, and goes on.
    Continued {
        /// Entries of B after those of A.
        added: u64,
    },
    /// B is the beginning of A: the older of the two, or cut off.
    Shortened {
        /// Entries of A after those of B.
        missing: u64,
    },
    /// Another boot.
    NewBoot(Restart),
    /// Nothing in the lists tells a restart of an unchanged machine from a list that was altered: `boot_aggregate` is the
    /// same, or not there, and neither list is the beginning of the other.
    InDoubt(Order),
    /// They are known to be of one boot, and B does not go on where A ended: one of them was altered.
    Contradiction,
}

/// What tells that the host was restarted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Restart {
    /// The kernel's identifier of the boot is another one.
    BootId,
    /// `boot_aggregate` is another one: firmware, its settings, boot loader, or what it loaded.
    BootAggregate,
    /// `boot_aggregate` is in another template or of another hash algorithm: `ima_template=`, `ima_hash=`, or the defaults of
    /// another kernel.
    Template,
    /// Another kernel runs: it measured another version of itself, or has all its modules in another directory.
    Kernel,
}

impl Relation {
    pub(super) fn of(a: &Snapshot, b: &Snapshot) -> Self {
        let known = a.boot_id.as_ref().zip(b.boot_id.as_ref()).map(|(a, b)| a == b);
        if known == Some(false) {
            return Self::NewBoot(Restart::BootId);
        }
        if (a.entries, a.history) == (b.entries, b.history) {
            return Self::Same;
        }
        if b.mark == Some((a.entries, a.history)) {
            return Self::Continued {
                added: b.entries - a.entries,
            };
        }
        if known == Some(true) {
            return Self::Contradiction;
        }
        if a.mark == Some((b.entries, b.history)) {
            return Self::Shortened {
                missing: a.entries - b.entries,
            };
        }
        match (&a.boot_aggregate, &b.boot_aggregate) {
            (Some(one), Some(other)) if one.scheme() != other.scheme() => Self::NewBoot(Restart::Template),
            (Some(one), Some(other)) if one != other => Self::NewBoot(Restart::BootAggregate),
            (Some(_), Some(_)) if a.template != b.template => Self::NewBoot(Restart::Template),
            _ if is_other_kernel(a, b) => Self::NewBoot(Restart::Kernel),
            _ => Self::InDoubt(Order::of(a, b)),
        }
    }

    /// The entry of A after which B tells of something that A does not: what is before it is the same in both.
    pub(super) fn since(self, a: &Snapshot) -> u64 {
        match self {
            Self::Continued { .. } => a.entries,
            _ => 0,
        }
    }

    /// Whether the host may have been restarted between the two lists.
    pub(super) fn may_be_restart(self) -> bool {
        matches!(self, Self::NewBoot(_) | Self::InDoubt(_))
    }
}

fn is_other_kernel(a: &Snapshot, b: &Snapshot) -> bool {
    // `ima_policy=critical_data` measures it, at boot.
    let version = |list: &Snapshot| list.files.get(&b"kernel_version"[..]).cloned();
    let other_version = version(a)
        .zip(version(b))
        .is_some_and(|(a, b)| matches!(Comparison::of(&a, &b), Comparison::Changed(_)));
    let (before, after) = (a.kernels(), b.kernels());
    let none_in_both =
        !before.is_empty() && !after.is_empty() && !after.keys().any(|kernel| before.contains_key(kernel));
    other_version || none_in_both
}
