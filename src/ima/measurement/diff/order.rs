use super::Snapshot;

/// How much of what two lists have in common comes in the same order in both. A restart seldom repeats the order of
/// thousands of measurements; a list that was altered keeps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Order {
    /// Names with the same content in both.
    pub shared: usize,
    /// The most of them that come in the same order.
    pub kept: usize,
}

impl Order {
    pub(super) fn of(a: &Snapshot, b: &Snapshot) -> Self {
        let mut places: Vec<(u64, u64)> = Vec::new();
        for (name, file) in &a.files {
            let Some(other) = b.files.get(name) else { continue };
            for seen in &file.seen {
                let same = other.seen.iter().find(|other| other.content == seen.content);
                places.extend(seen.entry.zip(same.and_then(|same| same.entry)));
            }
        }
        places.sort_unstable();
        Self {
            shared: places.len(),
            kept: longest_ascent(places.into_iter().map(|(_, place)| place)),
        }
    }
}

/// The most numbers that ascend when the others are left out.
fn longest_ascent(numbers: impl Iterator<Item = u64>) -> usize {
    // The smallest number that an ascent of each length can end with.
    let mut ends: Vec<u64> = Vec::new();
    for number in numbers {
        let at = ends.partition_point(|end| *end < number);
        match ends.get_mut(at) {
            Some(end) => *end = number,
            None => ends.push(number),
        }
    }
    ends.len()
}

#[cfg(test)]
mod tests {
    use super::longest_ascent;

    #[test]
    fn one_that_moved_is_one_less() {
        for (numbers, kept) in [
            (&[][..], 0),
            (&[1, 2, 3, 4, 5], 5),
            (&[5, 1, 2, 3, 4], 4),
            (&[2, 1, 4, 3, 6, 5], 3),
            (&[3, 2, 1], 1),
        ] {
            assert_eq!(longest_ascent(numbers.iter().copied()), kept, "{numbers:?}");
        }
    }
}
