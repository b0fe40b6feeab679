use super::{Change, Effect, Outcome, attribute::Attribute, partition::Partition, region::Region};
use crate::ima::policy::{Access, Class, Rule};
use std::{collections::BTreeMap, ptr};

/// The accesses about which two policies decide otherwise, by the rules that decide.
#[derive(Default)]
pub(super) struct Groups<'a> {
    groups: Vec<Group<'a>>,
}

struct Group<'a> {
    sides: [Outcome<'a>; 2],
    region: Region,
    example: Access,
}

impl<'a> Groups<'a> {
    /// Adds accesses; the first of a group are its example.
    pub fn add(&mut self, sides: [Outcome<'a>; 2], region: Region, example: Access) {
        // What belongs together is found one after the other.
        match self.groups.iter_mut().rfind(|group| group.is_of(&sides)) {
            Some(group) => group.region.join(&region),
            None => self.groups.push(Group { sides, region, example }),
        }
    }

    /// The changes in this class that they are.
    pub fn into_changes(self, class: Class, partitions: &BTreeMap<Attribute, Partition>) -> Vec<Change<'a>> {
        let changes = self.groups.into_iter().map(|group| {
            let conditions = group
                .region
                .describe(partitions, [group.sides[0].rule, group.sides[1].rule]);
            let [before, after] = group.sides;
            Change {
                class,
                before,
                after,
                conditions,
                example: group.example,
            }
        });
        changes.collect()
    }
}

impl Group<'_> {
    fn is_of(&self, sides: &[Outcome<'_>; 2]) -> bool {
        let mut pairs = self.sides.iter().zip(sides);
        pairs.all(|(one, other)| is_same_rule(one.rule, other.rule))
    }
}

/// Whether it is the same one of the file, and not only one like it.
fn is_same_rule(one: Option<&Rule>, other: Option<&Rule>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => ptr::eq(one, other),
        (one, other) => one.is_none() && other.is_none(),
    }
}

impl<'a> Outcome<'a> {
    pub(super) fn new(rule: Option<&'a Rule>, effect: Effect) -> Self {
        Self { rule, effect }
    }
}
