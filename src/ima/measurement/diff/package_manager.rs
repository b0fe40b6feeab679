use super::{
    Changed, Explanation, MeasuredFile, Relation, Seen, Snapshot,
    trace::{Kind, Trace, is_passing, kernel_of},
};
use std::collections::{BTreeMap, BTreeSet};

/// What a list tells of a package manager at work since an earlier list.
///
/// That one of its programs ran is not enough: they also run to answer questions. And one that worked in the boot before
/// left its traces in that boot's list; only its records, where both lists have them, and a new kernel tell of it then.
#[derive(Debug, Default)]
pub struct PackageManager<'a> {
    /// Since when it was at work; `None` where nothing shows that it was.
    pub start: Option<Start>,
    /// Which: `dpkg`, `rpm`.
    pub managers: BTreeSet<&'static str>,
    /// Those of which something was measured, and nothing that shows them at work.
    pub asked: BTreeSet<&'static str>,
    /// The names that show it at work, with their entries, in the order of these.
    pub traces: Vec<(&'a [u8], Option<u64>)>,
    /// Packages that the traces name.
    pub packages: BTreeSet<String>,
    /// Releases of kernels with modules in B and none in A, where A has modules.
    pub new_kernels: BTreeSet<&'a [u8]>,
    /// Releases of kernels with modules in A and none in B, where B has modules.
    pub gone_kernels: BTreeSet<&'a [u8]>,
    /// Whether A has traces in the same boot: the kernel does not measure again what has not changed.
    pub seen_before: bool,
    /// The last entry of A that shows one at work, where the host may have been restarted since: it may explain what A had
    /// measured before.
    pub earlier: Option<u64>,
    /// Records that it rewrote in a work that is known.
    records: BTreeSet<&'a [u8]>,
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
        let (works_before, work_ended) = works(a);
        found.seen_before = works_before && !relation.may_be_restart();
        found.earlier = work_ended.filter(|_| relation.may_be_restart());
        let since = relation.since(a);
        let is_since = |seen: &&Seen| seen.entry.is_none_or(|entry| entry > since);
        let (mut rewritten, mut archives) = (Vec::new(), BTreeSet::new());
        for (name, file) in &b.files {
            let Some(trace) = Trace::of(name) else { continue };
            let Some(first) = file.seen.iter().find(is_since) else {
                continue;
            };
            found.asked.insert(trace.manager);
            match trace.kind {
                Kind::Work => found.add(name, first, trace),
                Kind::Record => {
                    let other = Rewritten::of(a.files.get(name), file, is_since);
                    rewritten.extend(other.map(|other| (name, other, trace)));
                }
                Kind::Archive => archives.extend(trace.package),
                Kind::Program => {}
            }
        }
        let began = found.traces.iter().filter_map(|(_, entry)| *entry).min();
        found.start = (!found.traces.is_empty()).then(|| Start::Entry(began.unwrap_or(0)));
        for (name, record, trace) in rewritten {
            // That of a work that is known is no sign of another.
            if began.is_some_and(|began| record.now.entry.is_none_or(|now| began < now))
                || work_ended.is_some_and(|ended| record.before.is_none_or(|before| before < ended))
            {
                found.packages.extend(trace.package);
                found.records.insert(name);
                continue;
            }
            found.add(name, record.now, trace);
            found.start = Some(Start::Between);
        }
        found.kernels(a, b, relation);
        found.asked = &found.asked - &found.managers;
        found.traces.sort_by_key(|(_, entry)| *entry);
        if !found.traces.is_empty() {
            found.packages.extend(archives);
        }
        found
    }

    fn add(&mut self, name: &'a [u8], seen: &Seen, trace: Trace) {
        self.traces.push((name, seen.entry));
        self.managers.insert(trace.manager);
        self.packages.extend(trace.package);
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

    /// What explains a change, all of it.
    pub(super) fn explains(&self, lists: [&Snapshot; 2], changed: &Changed<'_>) -> Option<Explanation> {
        let was_staged = |seen: &Seen| {
            let mut stages = lists.iter().flat_map(|list| list.stages(changed.name));
            stages.any(|staged| staged.has(&seen.content))
        };
        if changed.new_contents().all(was_staged) {
            return Some(Explanation::Unpacked);
        }
        let is_after = |start: u64| {
            let mut contents = changed.new_contents();
            contents.all(|seen| seen.entry.is_none_or(|entry| entry >= start))
        };
        let now = match self.start {
            Some(Start::Between) => true,
            Some(Start::Entry(entry)) => is_after(entry),
            None => false,
        };
        let old = changed.old_contents().filter_map(|seen| seen.entry).max();
        let earlier = self.earlier.zip(old).is_some_and(|(work, old)| old < work);
        let record = self.records.contains(changed.name);
        (now || earlier || record).then_some(Explanation::PackageManager)
    }

    /// Whether the name is of the package manager's own, or of a kernel that came or went: these come in numbers with
    /// every upgrade.
    pub fn accounts_for(&self, name: &[u8]) -> bool {
        let kernel = |kernel: &[u8]| self.new_kernels.contains(kernel) || self.gone_kernels.contains(kernel);
        is_passing(name) || kernel_of(name).is_some_and(kernel)
    }
}

/// A record that has another content than before, in the list before or in its own.
struct Rewritten<'a> {
    /// The entry of the content before, where it is known.
    before: Option<u64>,
    now: &'a Seen,
}

impl<'a> Rewritten<'a> {
    fn of(
        before: Option<&'a MeasuredFile>,
        after: &'a MeasuredFile,
        is_since: impl Fn(&&Seen) -> bool,
    ) -> Option<Self> {
        let known = before.map(MeasuredFile::seen).unwrap_or_default();
        let others = after.seen.iter().enumerate().filter(|(_, seen)| {
            let is_other = known.iter().all(|known| known.content != seen.content);
            is_other && is_since(seen)
        });
        let mut rewritten = others.filter_map(|(at, now)| {
            let of_scheme = |seen: &&Seen| seen.content.scheme() == now.content.scheme();
            let earlier = after.seen.iter().take(at).rfind(of_scheme);
            let before = earlier.or_else(|| known.iter().rfind(of_scheme))?.entry;
            Some(Self { before, now })
        });
        rewritten.next()
    }
}

/// Whether a list shows a package manager at work, and the last entry that does.
fn works(list: &Snapshot) -> (bool, Option<u64>) {
    let works = list
        .files
        .iter()
        .filter(|(name, _)| Trace::of(name).is_some_and(|trace| trace.kind == Kind::Work));
    let mut works = works.flat_map(|(_, file)| &file.seen).map(|seen| seen.entry).peekable();
    (works.peek().is_some(), works.flatten().max())
}
