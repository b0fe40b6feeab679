use super::{
    Explanation, MeasuredFile, Relation, Seen, Snapshot,
    trace::{Kind, Trace, is_passing, kernel_of, staged},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Bound,
};

/// What a list tells of a package manager at work since an earlier list.
///
/// That one of its programs ran is not enough: they also run to answer questions. And one that worked in the boot before
/// left its traces in that boot's list; only its records, where both lists have them, and a new kernel tell of it then.
#[derive(Debug, Default)]
pub struct PackageManager<'a> {
    /// Since when it was at work; `None` where nothing shows that it was.
    pub start: Option<Start>,
    /// Which: `dpkg`, `rpm`; also where one was only asked something.
    pub managers: BTreeSet<&'static str>,
    /// The names that show it at work, with their entries, in the order of these.
    pub traces: Vec<(&'a [u8], Option<u64>)>,
    /// Packages that the traces name.
    pub packages: BTreeSet<String>,
    /// Releases of kernels with modules in B and none in A, where A has modules.
    pub new_kernels: BTreeSet<&'a [u8]>,
    /// Releases of kernels with modules in A and none in B, where B has modules.
    pub gone_kernels: BTreeSet<&'a [u8]>,
    /// Whether A has traces of its own in the same boot: the kernel does not measure again what has not changed.
    pub seen_before: bool,
}

/// Since when a package manager was at work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// Some time between the lists, maybe before the restart.
    Between,
    /// Since this entry of B.
    Entry(u64),
}

impl<'a> PackageManager<'a> {
    pub(super) fn of(a: &'a Snapshot, b: &'a Snapshot, relation: Relation) -> Self {
        let mut found = Self::default();
        if matches!(relation, Relation::Same | Relation::Shortened { .. }) {
            return found;
        }
        let since = relation.since(a);
        let is_since = |seen: &&Seen| seen.entry.is_none_or(|entry| entry > since);
        // Programs and archives tell when work began that something else proves.
        let mut began = Vec::new();
        let mut archives = BTreeSet::new();
        for (name, file) in &b.files {
            let Some(trace) = Trace::of(name) else { continue };
            let Some(first) = file.seen.iter().find(is_since) else {
                found.seen_before = true;
                continue;
            };
            found.managers.insert(trace.manager);
            began.push(first.entry.unwrap_or(0));
            let shows = match trace.kind {
                Kind::Work => Some(first),
                Kind::Record => rewritten(a.files.get(name), file, is_since),
                Kind::Archive => {
                    archives.extend(trace.package);
                    continue;
                }
                Kind::Program => None,
            };
            if let Some(seen) = shows {
                found.traces.push((name, seen.entry));
                found.packages.extend(trace.package);
                if trace.kind == Kind::Record && relation.may_be_restart() {
                    found.start = Some(Start::Between);
                }
            }
        }
        found.kernels(a, b, relation);
        found.traces.sort_by_key(|(_, entry)| *entry);
        if !found.traces.is_empty() {
            found.packages.extend(archives);
            let began = began.into_iter().min().unwrap_or(0);
            found.start.get_or_insert(Start::Entry(began));
        }
        found
    }

    fn kernels(&mut self, a: &'a Snapshot, b: &'a Snapshot, relation: Relation) {
        let (before, after) = (a.kernels(), b.kernels());
        if before.is_empty() || after.is_empty() {
            return;
        }
        let only = |these: &BTreeMap<&'a [u8], _>, others: &BTreeMap<&'a [u8], _>| {
            let only = these.keys().filter(|kernel| !others.contains_key(*kernel));
            only.copied().collect()
        };
        self.gone_kernels = only(&before, &after);
        self.new_kernels = only(&after, &before);
        if !relation.may_be_restart() {
            return;
        }
        for kernel in &self.new_kernels {
            if let Some(name) = after.get(kernel) {
                let first = b.files.get(*name).and_then(|file| file.seen.first());
                self.traces.push((*name, first.and_then(|seen| seen.entry)));
                self.start = Some(Start::Between);
            }
        }
    }

    /// What explains that `name` has these contents, all of them.
    pub(super) fn explains<'s>(
        &self,
        b: &Snapshot,
        name: &[u8],
        contents: impl Iterator<Item = &'s Seen> + Clone,
    ) -> Option<Explanation> {
        let was_staged = |seen: &Seen| stages(b, name).any(|staged| staged.has(&seen.content));
        let after = |start: u64| {
            let mut contents = contents.clone();
            contents.all(|seen| seen.entry.is_none_or(|entry| entry >= start))
        };
        match self.start {
            _ if contents.clone().all(was_staged) => Some(Explanation::Unpacked),
            Some(Start::Between) => Some(Explanation::PackageManager),
            Some(Start::Entry(entry)) if after(entry) => Some(Explanation::PackageManager),
            _ => None,
        }
    }

    /// Whether the name is of the package manager's own, or of a kernel that came or went: these come in numbers with
    /// every upgrade.
    pub fn accounts_for(&self, name: &[u8]) -> bool {
        let kernel = |kernel: &[u8]| self.new_kernels.contains(kernel) || self.gone_kernels.contains(kernel);
        is_passing(name) || kernel_of(name).is_some_and(kernel)
    }
}

/// Where a record has another content than before, in the list before or in its own.
fn rewritten<'a>(
    before: Option<&MeasuredFile>,
    after: &'a MeasuredFile,
    is_since: impl Fn(&&Seen) -> bool,
) -> Option<&'a Seen> {
    let mut earlier = BTreeSet::new();
    after.seen.iter().find(|seen| {
        let scheme = seen.content.scheme();
        let is_other = !earlier.insert(scheme) || before.is_some_and(|before| before.has_scheme(scheme));
        is_other && is_since(seen) && !before.is_some_and(|before| before.has(&seen.content))
    })
}

/// What was measured under names that a package manager gives to `name` while it unpacks.
fn stages<'s>(b: &'s Snapshot, name: &'s [u8]) -> impl Iterator<Item = &'s MeasuredFile> {
    b.files
        .range::<[u8], _>((Bound::Included(name), Bound::Unbounded))
        .take_while(move |(other, _)| other.starts_with(name))
        .filter(move |(other, _)| staged(other) == Some(name))
        .map(|(_, file)| file)
}
