//! Many names of hosts in little room.

use crate::words::count;
use std::fmt::Write;

/// Names as the inventory would write them: neighbours that differ in a number only are one range (`web-[01:12]`), and
/// beyond `most` of them only how many more there are.
pub fn names<'a>(names: impl IntoIterator<Item = &'a str>, most: usize) -> String {
    let mut ranges: Vec<Range<'_>> = Vec::new();
    for name in names {
        match ranges.last_mut() {
            Some(range) if range.takes(name) => range.last = name,
            _ => ranges.push(Range {
                first: name,
                last: name,
            }),
        }
    }
    let mut text = ranges
        .iter()
        .take(most)
        .map(Range::words)
        .collect::<Vec<_>>()
        .join(", ");
    let more: usize = ranges.iter().skip(most).map(Range::len).sum();
    if more > 0 {
        let _ = write!(text, " and {}", count(more, "more host"));
    }
    text
}

struct Range<'a> {
    first: &'a str,
    last: &'a str,
}

impl Range<'_> {
    fn takes(&self, name: &str) -> bool {
        let (Some(last), Some(next)) = (Numbered::of(self.last), Numbered::of(name)) else {
            return false;
        };
        let same_form =
            last.before == next.before && last.after == next.after && last.digits.len() == next.digits.len();
        same_form
            && last
                .number()
                .zip(next.number())
                .is_some_and(|(last, next)| last.checked_add(1) == Some(next))
    }

    fn len(&self) -> usize {
        let number = |name| Numbered::of(name).and_then(|name| name.number());
        match number(self.first).zip(number(self.last)) {
            Some((first, last)) => usize::try_from(last - first + 1).unwrap_or(usize::MAX),
            None => 1,
        }
    }

    fn words(&self) -> String {
        match (Numbered::of(self.first), Numbered::of(self.last)) {
            (Some(first), Some(last)) if self.len() > 2 => {
                format!("{}[{}:{}]{}", first.before, first.digits, last.digits, first.after)
            }
            _ if self.len() == 2 => format!("{}, {}", self.first, self.last),
            _ => self.first.to_owned(),
        }
    }
}

/// A name, cut around the last number in its first label.
struct Numbered<'a> {
    before: &'a str,
    digits: &'a str,
    after: &'a str,
}

impl<'a> Numbered<'a> {
    fn of(name: &'a str) -> Option<Self> {
        let label = name.split('.').next()?;
        let end = label.rfind(|c: char| c.is_ascii_digit())? + 1;
        let start = label[..end]
            .rfind(|c: char| !c.is_ascii_digit())
            .map_or(0, |at| at + label[at..].chars().next().map_or(1, char::len_utf8));
        Some(Self {
            before: &name[..start],
            digits: &name[start..end],
            after: &name[end..],
        })
    }

    fn number(&self) -> Option<u64> {
        self.digits.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_are_ranges() {
        for (given, text) in [
            (&["web-1"][..], "web-1"),
            (&["web-1", "web-2"], "web-1, web-2"),
            (&["web-08", "web-09", "web-10", "db"], "web-[08:10], db"),
            (&["web-9", "web-10"], "web-9, web-10"),
            (
                &["n1.example.org", "n2.example.org", "n3.example.org"],
                "n[1:3].example.org",
            ),
            (&["n1.a", "n2.b", "n3.a"], "n1.a, n2.b, n3.a"),
            (&["ü7", "ü8", "ü9"], "ü[7:9]"),
            (&["a3", "a2", "a1"], "a3, a2, a1"),
            (
                &["99999999999999999999999", "99999999999999999999998"],
                "99999999999999999999999, 99999999999999999999998",
            ),
        ] {
            assert_eq!(names(given.iter().copied(), 9), text);
        }
        let many: Vec<String> = (0..500).map(|number| format!("node-{:03}", number * 2)).collect();
        assert_eq!(
            names(many.iter().map(String::as_str), 2),
            "node-000, node-002 and 498 more hosts"
        );
    }
}
