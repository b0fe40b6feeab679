use super::{
    attribute::{Attribute, Part},
    partition::{Partition, Value, masks},
};
use crate::ima::policy::{Credential, Rule};
use std::collections::{BTreeMap, BTreeSet};

/// Accesses by what is known of them: of each attribute the values that they may have, by their places in its
/// [`Partition`]. An attribute that is not there may have any.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Region {
    known: BTreeMap<Attribute, BTreeSet<usize>>,
}

impl Region {
    /// These accesses, where the attribute has one of these values.
    pub fn with(&self, attribute: Attribute, values: BTreeSet<usize>) -> Self {
        let mut known = self.known.clone();
        known.insert(attribute, values);
        Self { known }
    }

    /// Takes others in: what remains known is what is known of all.
    pub fn join(&mut self, other: &Self) {
        self.known.retain(|attribute, values| {
            let others = other.known.get(attribute);
            values.extend(others.into_iter().flatten());
            others.is_some()
        });
    }

    /// What all these accesses have in common, as conditions. All of them match `deciding` too: `euid` and `egid` are
    /// met in several ways, so that no value may be common to all.
    pub fn describe(&self, partitions: &BTreeMap<Attribute, Partition>, deciding: [Option<&Rule>; 2]) -> String {
        let mut conditions = BTreeSet::new();
        for (attribute, values) in &self.known {
            let Some(partition) = partitions.get(attribute) else {
                continue;
            };
            let any =
                values.len() == partition.values.len() || *attribute == Attribute::Mask && self.any_mask(partitions);
            if !any {
                conditions.insert((*attribute, partition.describe(values)));
            }
        }
        let told: BTreeSet<Attribute> = conditions.iter().map(|(attribute, _)| *attribute).collect();
        let effective = deciding.into_iter().flatten().flat_map(effective_of);
        conditions.extend(effective.filter(|(attribute, _)| !told.contains(attribute)));
        if conditions.is_empty() {
            return "every access".to_owned();
        }
        let conditions: Vec<_> = conditions.into_iter().map(|(_, condition)| condition).collect();
        conditions.join(", ")
    }

    /// Whether these are all masks with which its hooks ask.
    fn any_mask(&self, partitions: &BTreeMap<Attribute, Partition>) -> bool {
        let masked = self.values(Attribute::Mask, partitions);
        self.values(Attribute::Func, partitions).iter().all(|func| match func {
            Value::Func(func) => masks(*func)
                .into_iter()
                .all(|mask| masked.contains(&&Value::Mask(mask))),
            _ => true,
        })
    }

    fn values<'p>(&self, attribute: Attribute, partitions: &'p BTreeMap<Attribute, Partition>) -> Vec<&'p Value> {
        let known = self.known.get(&attribute).zip(partitions.get(&attribute));
        known
            .into_iter()
            .flat_map(|(places, partition)| places.iter().filter_map(|at| partition.values.get(*at)))
            .collect()
    }
}

/// The conditions of a rule on what a process acts as.
fn effective_of(rule: &Rule) -> impl Iterator<Item = (Attribute, String)> {
    [
        (Attribute::User(Part::Effective), rule.conditions.user),
        (Attribute::Group(Part::Effective), rule.conditions.group),
    ]
    .into_iter()
    .filter_map(|(attribute, credential)| match credential {
        Some(Credential::Effective(comparison)) => Some((attribute, format!("{attribute}{comparison}"))),
        _ => None,
    })
}
