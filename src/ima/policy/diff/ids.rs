use super::attribute::Attribute;
use crate::ima::policy::{Comparison, Operator};
use std::collections::BTreeSet;

/// Numbers of users or groups that no rule tells apart, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ids {
    pub first: u32,
    pub last: u32,
}

impl Ids {
    /// The ranges that these comparisons tell apart, of the numbers up to `last`, in order.
    pub fn told_apart(comparisons: impl Iterator<Item = Comparison>, last: u32) -> Vec<Self> {
        let mut begins = BTreeSet::from([0]);
        for Comparison { operator, id } in comparisons {
            let after = id.checked_add(1);
            match operator {
                Operator::Equal => begins.extend([Some(id), after].into_iter().flatten()),
                Operator::Less => begins.extend([id]),
                Operator::Greater => begins.extend(after),
            }
        }
        begins.retain(|begin| *begin <= last);
        let ends = begins.iter().skip(1).map(|begin| begin - 1).chain([last]);
        begins
            .iter()
            .zip(ends)
            .map(|(first, last)| Self { first: *first, last })
            .collect()
    }

    /// One of them to stand for all: the first ordinary user where he is among them.
    pub fn example(self) -> u32 {
        if (self.first..=self.last).contains(&1000) {
            1000
        } else {
            self.first
        }
    }

    /// These ranges of `all` in words, as a condition.
    pub fn describe(attribute: Attribute, these: &[Self], all: &[Self]) -> String {
        let Some(end) = all.last() else { return String::new() };
        let others: Vec<Self> = all.iter().copied().filter(|ids| !these.contains(ids)).collect();
        let (these, others) = (merged(these), merged(&others));
        if these.len() > 1 && others.iter().all(|ids| ids.first == ids.last) {
            let names: Vec<_> = others.iter().map(|ids| ids.first.to_string()).collect();
            return format!("{attribute} other than {}", names.join(" or "));
        }
        let ranges = these.iter().map(|ids| match ids {
            Self { first, last } if first == last => format!("{attribute}={first}"),
            Self { first: 0, last } => format!("{attribute}<{}", u64::from(*last) + 1),
            Self { first, last } if *last == end.last => format!("{attribute}>{}", first.saturating_sub(1)),
            Self { first, last } => format!("{attribute} from {first} to {last}"),
        });
        ranges.collect::<Vec<_>>().join(" or ")
    }
}

/// The same numbers in as few ranges as there can be.
fn merged(ranges: &[Ids]) -> Vec<Ids> {
    let mut merged: Vec<Ids> = Vec::new();
    for ids in ranges {
        match merged.last_mut() {
            Some(before) if before.last.checked_add(1) == Some(ids.first) => before.last = ids.last,
            _ => merged.push(*ids),
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_apart_what_the_comparisons_do_and_names_it_shortly() {
        let comparison = |operator, id| Comparison { operator, id };
        let all = Ids::told_apart(
            [
                comparison(Operator::Equal, 0),
                comparison(Operator::Less, 100),
                comparison(Operator::Greater, 999),
                comparison(Operator::Greater, u32::MAX - 1),
            ]
            .into_iter(),
            u32::MAX - 1,
        );
        let pairs: Vec<_> = all.iter().map(|ids| (ids.first, ids.last)).collect();
        assert_eq!(pairs, [(0, 0), (1, 99), (100, 999), (1000, u32::MAX - 1)]);
        for (these, said) in [
            (&[0][..], "fowner=0"),
            (&[0, 1], "fowner<100"),
            (&[1, 2, 3], "fowner>0"),
            (&[1], "fowner from 1 to 99"),
            (&[0, 3], "fowner=0 or fowner>999"),
        ] {
            let these: Vec<_> = these.iter().map(|at: &usize| all[*at]).collect();
            assert_eq!(Ids::describe(Attribute::Owner, &these, &all), said);
        }
        let all = Ids::told_apart([comparison(Operator::Equal, 5)].into_iter(), u32::MAX);
        assert_eq!(
            Ids::describe(Attribute::Owner, &[all[0], all[2]], &all),
            "fowner other than 5"
        );
    }
}
