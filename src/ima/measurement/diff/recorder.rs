use super::{
    Content, MeasuredFile, Seen, Snapshot, Stage,
    snapshot::{History, Violated},
};
use crate::ima::measurement::{Batch, Entry};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// What an initramfs starts at its end.
const INITS: [&[u8]; 4] = [
    b"/usr/lib/systemd/systemd",
    b"/lib/systemd/systemd",
    b"/usr/sbin/init",
    b"/sbin/init",
];

/// Makes a [`Snapshot`] of a list while it is read.
#[derive(Debug, Default)]
pub struct Recorder {
    boot_aggregate: Option<Content>,
    template: Option<String>,
    entries: u64,
    stage: Option<Stage>,
    /// Over what was measured, and not over the template hashes, which are others in each bank.
    history: Sha256,
    files: BTreeMap<Vec<u8>, MeasuredFile>,
    violations: BTreeMap<Vec<u8>, Violated>,
    mark: Option<u64>,
    at_mark: Option<(u64, History)>,
}

impl Recorder {
    /// Begins. `mark` as in [`Snapshot::read`].
    pub fn new(mark: Option<u64>) -> Self {
        Self {
            mark,
            ..Self::default()
        }
    }

    /// Takes in what follows.
    pub fn add(&mut self, batch: &Batch) {
        for entry in batch.entries() {
            self.add_entry(&entry);
        }
    }

    /// What all of it says.
    pub fn finish(self) -> Snapshot {
        Snapshot {
            boot_id: None,
            boot_aggregate: self.boot_aggregate,
            template: self.template,
            entries: self.entries,
            history: self.history.finalize().into(),
            files: self.files,
            violations: self.violations,
            mark: self.at_mark,
        }
    }

    fn add_entry(&mut self, entry: &Entry<'_>) {
        self.entries += 1;
        self.remember(entry);
        self.template.get_or_insert_with(|| entry.layout.name().to_owned());
        if self.mark == Some(self.entries) {
            self.at_mark = Some((self.entries, self.history.clone().finalize().into()));
        }
        let name = entry.path();
        if entry.is_violation() {
            self.violate(name);
        } else if self.entries == 1 && name == b"boot_aggregate" {
            self.boot_aggregate = Some(Content::of(entry));
        } else {
            self.pass(name);
            self.measure(name, Content::of(entry));
        }
    }

    fn remember(&mut self, entry: &Entry<'_>) {
        let [first, second, third] = entry.hashed();
        let kind = [u8::from(entry.is_violation())];
        let name = entry.layout.name().as_bytes();
        for part in [&entry.pcr.to_be_bytes()[..], &kind, name, first, second, third] {
            self.history.update((part.len() as u64).to_be_bytes());
            self.history.update(part);
        }
    }

    fn violate(&mut self, name: &[u8]) {
        let last = Some(self.entries);
        match self.violations.get_mut(name) {
            Some(violated) => {
                violated.count += 1;
                violated.last = last;
            }
            None => _ = self.violations.insert(name.to_owned(), Violated { count: 1, last }),
        }
    }

    /// Takes note of the first file, and of the host's own init.
    fn pass(&mut self, name: &[u8]) {
        let first = || match name {
            b"/init" => Some(Stage::Initramfs),
            [b'/', ..] => Some(Stage::Host),
            _ => None,
        };
        self.stage = match self.stage {
            Some(Stage::Initramfs) if INITS.contains(&name) => Some(Stage::Host),
            None => first(),
            stage => stage,
        };
    }

    fn measure(&mut self, name: &[u8], content: Content) {
        let seen = Seen {
            content,
            entry: Some(self.entries),
            stage: self.stage.unwrap_or(Stage::Host),
        };
        // A key is made for a new name only: most entries of a long list have one that is known.
        match self.files.get_mut(name) {
            Some(file) => file.add(seen),
            None => self.files.entry(name.to_owned()).or_default().add(seen),
        }
    }
}
