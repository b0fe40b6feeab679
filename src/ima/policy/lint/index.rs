use super::context::Placed;
use crate::ima::policy::{Action, Class, Comparison, Conditions, Credential, Func, LsmField, Operator, Options};
use std::{
    collections::{BTreeSet, HashMap},
    hash::{DefaultHasher, Hash, Hasher},
};

/// The most comparisons that one policy is worth, so that a policy made to be slow is not.
const MOST: usize = 1_000_000;

/// Finds the rule that always wins over another without comparing each with each.
///
/// A rule covers another only if what it asks to be *equal* the other asks too, with the same values. So rules are kept
/// by what they ask to be equal, and a rule is looked up once for each combination of such conditions that has come up.
#[derive(Default)]
pub(super) struct Index<'a> {
    shapes: HashMap<(Class, Option<Func>), BTreeSet<Shape>>,
    buckets: HashMap<(Class, Option<Func>, Shape, u64), Vec<Placed<'a>>>,
    same: HashMap<(Action, &'a Conditions, &'a Options), usize>,
    /// How often something was compared.
    pub work: usize,
}

/// Why a rule does nothing.
pub(super) enum Shadow<'a> {
    /// It stands in this line already.
    Same(usize),
    /// Every access that it matches is matched by this one before.
    Covered(Placed<'a>),
}

/// Which conditions ask for equality, a bit each.
type Shape = u16;

impl<'a> Index<'a> {
    /// Whether so much was compared that the rest is not.
    pub fn is_spent(&self) -> bool {
        self.work >= MOST
    }

    /// What stands before this rule and leaves it nothing to match; a rule that has something to match is remembered.
    pub fn add(&mut self, placed: Placed<'a>) -> Option<Shadow<'a>> {
        let rule = placed.rule;
        let known = self
            .same
            .entry((rule.action, &rule.conditions, &rule.options))
            .or_insert(rule.line);
        if *known != rule.line {
            return Some(Shadow::Same(*known));
        }
        let equalities = Equalities::of(&rule.conditions);
        if let Some(cover) = self.cover_of(placed, &equalities) {
            return Some(Shadow::Covered(cover));
        }
        let (class, func) = (rule.action.class(), rule.conditions.func);
        let shape = equalities.shape();
        self.shapes.entry((class, func)).or_default().insert(shape);
        let key = (class, func, shape, equalities.print(shape));
        self.buckets.entry(key).or_default().push(placed);
        None
    }

    /// The earliest rule that covers this one.
    fn cover_of(&mut self, placed: Placed<'a>, equalities: &Equalities) -> Option<Placed<'a>> {
        let conditions = &placed.rule.conditions;
        let class = placed.rule.action.class();
        let own = equalities.shape();
        let mut earliest: Option<Placed<'a>> = None;
        let wider = conditions.func.is_some().then_some(None);
        for func in wider.into_iter().chain([conditions.func]) {
            for shape in self.shapes.get(&(class, func)).into_iter().flatten() {
                if self.work >= MOST {
                    return earliest;
                }
                self.work += 1;
                if shape & own != *shape {
                    continue;
                }
                let bucket = self.buckets.get(&(class, func, *shape, equalities.print(*shape)));
                for candidate in bucket.into_iter().flatten() {
                    if self.work >= MOST || earliest.is_some_and(|found| found.rule.line < candidate.rule.line) {
                        break;
                    }
                    self.work += 1;
                    if candidate.rule.conditions.covers(conditions) {
                        earliest = Some(*candidate);
                    }
                }
            }
        }
        earliest
    }
}

/// What a rule asks to be equal: a number for each condition that does.
struct Equalities([Option<u64>; 14]);

impl Equalities {
    fn of(conditions: &Conditions) -> Self {
        let mut found = [None; 14];
        let equal = |comparison: Comparison| comparison.operator == Operator::Equal;
        let credential = |credential: &Credential| equal(credential.comparison());
        let prints = [
            conditions.fsmagic.as_ref().map(print),
            conditions.fsname.as_ref().map(print),
            conditions.fs_subtype.as_ref().map(print),
            conditions.fsuuid.as_ref().map(print),
            conditions.user.as_ref().filter(|user| credential(user)).map(print),
            conditions.group.as_ref().filter(|group| credential(group)).map(print),
            conditions.fowner.as_ref().filter(|owner| equal(**owner)).map(print),
            conditions.fgroup.as_ref().filter(|group| equal(**group)).map(print),
        ];
        let labels = LsmField::ALL.map(|field| conditions.labels.get(&field).map(print));
        for (place, print) in found.iter_mut().zip(prints.into_iter().chain(labels)) {
            *place = print;
        }
        Self(found)
    }

    fn shape(&self) -> Shape {
        let bits = self.0.iter().enumerate();
        bits.filter(|(_, print)| print.is_some())
            .fold(0, |shape, (at, _)| shape | 1 << at)
    }

    /// The values of these conditions in one number. Two that agree by chance cost a comparison.
    fn print(&self, shape: Shape) -> u64 {
        let mut hasher = DefaultHasher::new();
        for (at, value) in self.0.iter().enumerate().filter(|(at, _)| shape & 1 << at != 0) {
            (at, value).hash(&mut hasher);
        }
        hasher.finish()
    }
}

fn print<T: Hash>(value: &T) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
