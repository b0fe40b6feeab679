use super::{
    Changed, Content, Coverage, MeasuredFile, PackageManager, Relation, Snapshot, Violated, Way,
    changed::{Comparison, Explanation},
    trace,
};

/// What changed from a list A to a later list B of the same host.
#[derive(Debug)]
pub struct Diff<'a> {
    /// The earlier list.
    pub a: &'a Snapshot,
    /// The later list.
    pub b: &'a Snapshot,
    /// How B stands to A.
    pub relation: Relation,
    /// Whether names that only one of them has tell anything.
    pub coverage: Coverage,
    /// What tells of packages that were unpacked.
    pub package_manager: PackageManager<'a>,
    /// Names with another content, in order.
    pub changed: Vec<Changed<'a>>,
    /// Names in both, of whose contents no two are of the same hash algorithm: before, after.
    pub incomparable: Vec<(&'a [u8], &'a MeasuredFile, &'a MeasuredFile)>,
    /// Names with more violations than before.
    pub violations: Vec<MoreViolations<'a>>,
    /// Names that only B has.
    pub new: Vec<(&'a [u8], &'a MeasuredFile)>,
    /// Names that only A has. What a boot has not measured may still be there.
    pub gone: Vec<(&'a [u8], &'a MeasuredFile)>,
}

/// A name with more violations in B than in A. Which of the two kinds they are, no list tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MoreViolations<'a> {
    /// The name. Nothing protects it: the kernel extends ones whatever the entry says.
    pub name: &'a [u8],
    /// How many A has.
    pub before: u64,
    /// Those in B.
    pub after: Violated,
}

impl<'a> Diff<'a> {
    /// Compares two lists. `b` must have been read with the number of entries of `a` as its mark.
    pub fn between(a: &'a Snapshot, b: &'a Snapshot) -> Self {
        let relation = Relation::of(a, b);
        let mut diff = Self {
            a,
            b,
            relation,
            coverage: Coverage::of(a, b),
            package_manager: PackageManager::of(a, b, relation),
            changed: Vec::new(),
            incomparable: Vec::new(),
            violations: Vec::new(),
            new: Vec::new(),
            gone: Vec::new(),
        };
        for (name, after) in &b.files {
            let before = a.files.get(name);
            match (before, trace::staged(name)) {
                (_, Some(final_name)) => diff.compare_staged(name, final_name, before, after),
                (Some(before), None) => diff.compare(name, before, after),
                (None, None) => match a.stages(name).next() {
                    Some(before) => diff.compare(name, before, after),
                    None => diff.new.push((name, after)),
                },
            }
        }
        diff.changed.sort_by_key(|changed| changed.name);
        let is_in_b = |name: &[u8]| b.files.contains_key(name);
        let gone = a
            .files
            .iter()
            .filter(|(name, _)| !is_in_b(name) && !trace::staged(name).is_some_and(is_in_b));
        diff.gone = gone.map(|(name, file)| (name.as_slice(), file)).collect();
        for (name, after) in &b.violations {
            let before = a.violations.get(name).map_or(0, |violated| violated.count);
            if after.count > before {
                diff.violations.push(MoreViolations {
                    name,
                    before,
                    after: *after,
                });
            }
        }
        diff
    }

    /// Compares what was measured before it was renamed into place. The kernel does not measure it again then, so that the
    /// name before may be all that a list has.
    fn compare_staged(
        &mut self,
        name: &'a [u8],
        final_name: &'a [u8],
        before: Option<&'a MeasuredFile>,
        after: &'a MeasuredFile,
    ) {
        let seen_in_place = self.b.files.get(final_name).zip(self.a.files.get(final_name));
        match (seen_in_place, self.a.files.get(final_name).or(before)) {
            // Then it is told under that name.
            (Some((b, a)), _) if Comparison::of(a, b) != Comparison::Same => {}
            (_, Some(before)) => self.compare(final_name, before, after),
            (_, None) => self.new.push((name, after)),
        }
    }

    fn compare(&mut self, name: &'a [u8], before: &'a MeasuredFile, after: &'a MeasuredFile) {
        let way = match Comparison::of(before, after) {
            Comparison::Same => return,
            Comparison::Incomparable => return self.incomparable.push((name, before, after)),
            Comparison::Changed(way) => way,
        };
        let mut changed = Changed {
            name,
            way,
            before,
            after,
            explanation: None,
        };
        changed.explanation = self.package_manager.explains([self.a, self.b], &changed);
        self.changed.push(changed);
    }

    /// The two values of `boot_aggregate`, where they are of one algorithm and differ.
    pub fn boot_aggregates(&self) -> Option<(&'a Content, &'a Content)> {
        let (a, b) = self.a.boot_aggregate.as_ref().zip(self.b.boot_aggregate.as_ref())?;
        (a != b && a.scheme() == b.scheme()).then_some((a, b))
    }

    /// Whether nothing differs but, maybe, how often and in which boot the same was measured.
    pub fn is_empty(&self) -> bool {
        self.changed.is_empty()
            && self.incomparable.is_empty()
            && self.violations.is_empty()
            && self.new.is_empty()
            && self.gone.is_empty()
            && self.boot_aggregates().is_none()
            && self.relation != Relation::Contradiction
    }

    /// Changes that nothing explains, of the one way or the other.
    pub fn unexplained(&self, way: Way) -> impl Iterator<Item = &Changed<'a>> {
        let of = move |changed: &&Changed<'a>| changed.way == way && changed.explanation.is_none();
        self.changed.iter().filter(of)
    }

    /// Changes with an explanation.
    pub fn explained(&self) -> impl Iterator<Item = (&Changed<'a>, Explanation)> {
        let changed = self.changed.iter();
        changed.filter_map(|changed| Some((changed, changed.explanation?)))
    }
}
