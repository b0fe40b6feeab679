use super::{Content, Recorder, trace};
use crate::ima::measurement::{List, ListError};
use std::{collections::BTreeMap, io::Read, ops::Bound};

/// A hash over the first entries of a list.
pub(super) type History = [u8; 32];

/// What a list says of each name in it.
///
/// As JSON it is kept in files and read back: sorted, a name a line. The numbers of entries are left out there, since they
/// are others at every boot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    pub(super) boot_id: Option<String>,
    pub(super) boot_aggregate: Option<Content>,
    /// Of the first entry: the kernel's default, which does not change while it runs.
    pub(super) template: Option<String>,
    pub(super) entries: u64,
    pub(super) history: History,
    pub(super) files: BTreeMap<Vec<u8>, MeasuredFile>,
    pub(super) violations: BTreeMap<Vec<u8>, Violated>,
    /// How many entries of it another list has, and the hash over these. Not kept in files.
    pub(super) mark: Option<(u64, History)>,
}

/// What was measured under one name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MeasuredFile {
    pub(super) seen: Vec<Seen>,
    pub(super) more: u64,
}

/// One content of a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The content.
    pub content: Content,
    /// The first entry that has it; `None` where the snapshot was read back.
    pub entry: Option<u64>,
    /// When it was measured for the first time.
    pub stage: Stage,
}

/// What the file system was when a file was measured: a name in the initramfs may be that of another file afterwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// The initramfs: from `/init` on, until the host's own init is measured. Where init is not measured as `/init` (dracut),
    /// nothing tells.
    Initramfs,
    /// The host's own.
    Host,
}

/// Violations of one name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Violated {
    /// How many.
    pub count: u64,
    /// The entry of the last one; `None` where the snapshot was read back.
    pub last: Option<u64>,
}

/// Contents of one name that are kept, so that a log file that is measured a million times takes no more room.
const KEPT: usize = 16;

impl Snapshot {
    /// Reads a list to its end. `mark`: how many entries the list has that it will be compared with, where that is known;
    /// without it nothing can tell whether this one goes on where the other ended.
    ///
    /// # Errors
    /// An input that cannot be read or is no list.
    pub fn read(list: &mut List<impl Read>, mark: Option<u64>) -> Result<Self, ListError> {
        let mut recorder = Recorder::new(mark);
        while let Some(batch) = list.next_batch()? {
            recorder.add(&batch);
        }
        Ok(recorder.finish())
    }

    /// The same, known to be of this boot (`/proc/sys/kernel/random/boot_id`): no list tells.
    #[must_use]
    pub fn of_boot(self, boot_id: String) -> Self {
        Self {
            boot_id: Some(boot_id),
            ..self
        }
    }

    /// The boot that it is known to be of.
    pub fn boot_id(&self) -> Option<&str> {
        self.boot_id.as_deref()
    }

    /// What the first entry says of firmware and boot loader; `None` where the list does not begin with it.
    pub fn boot_aggregate(&self) -> Option<&Content> {
        self.boot_aggregate.as_ref()
    }

    /// The template of the first entry, the kernel's default.
    pub fn template(&self) -> Option<&str> {
        self.template.as_deref()
    }

    /// How many entries.
    pub fn entries(&self) -> u64 {
        self.entries
    }

    /// The names with their contents, in order. `boot_aggregate` is not among them.
    pub fn files(&self) -> &BTreeMap<Vec<u8>, MeasuredFile> {
        &self.files
    }

    /// The names with violations, in order.
    pub fn violations(&self) -> &BTreeMap<Vec<u8>, Violated> {
        &self.violations
    }

    /// The releases of kernels that have modules in the list, each with the first name of a file beside them.
    pub(super) fn kernels(&self) -> BTreeMap<&[u8], &[u8]> {
        let mut kernels = BTreeMap::new();
        for name in self.files.keys() {
            if let Some(kernel) = trace::kernel_of(name) {
                kernels.entry(kernel).or_insert(name.as_slice());
            }
        }
        kernels
    }

    /// What was measured under names that a package manager gives to `name` until it renames it into place.
    pub(super) fn stages<'s>(&'s self, name: &'s [u8]) -> impl Iterator<Item = &'s MeasuredFile> {
        self.files
            .range::<[u8], _>((Bound::Included(name), Bound::Unbounded))
            .take_while(move |(other, _)| other.starts_with(name))
            .filter(move |(other, _)| trace::staged(other) == Some(name))
            .map(|(_, file)| file)
    }

    /// How many violations.
    pub fn violation_count(&self) -> u64 {
        let counts = self.violations.values().map(|violated| violated.count);
        counts.fold(0, u64::saturating_add)
    }
}

impl MeasuredFile {
    pub(super) fn add(&mut self, seen: Seen) {
        if self.has(&seen.content) {
            return;
        }
        match self.seen.get_mut(KEPT - 1) {
            Some(latest) => {
                *latest = seen;
                self.more += 1;
            }
            None => {
                // Nearly all names have one content.
                self.seen.reserve_exact(1);
                self.seen.push(seen);
            }
        }
    }

    /// Its contents in the order in which they were first measured: the first ones, and the latest.
    pub fn seen(&self) -> &[Seen] {
        &self.seen
    }

    /// Measurements of contents between the first ones and the latest that were not kept.
    pub fn more(&self) -> u64 {
        self.more
    }

    /// Whether this content is among those that were kept.
    pub fn has(&self, content: &Content) -> bool {
        self.seen.iter().any(|seen| seen.content == *content)
    }
}
