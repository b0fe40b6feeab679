use super::{Line, snapshot, with_diff};
use crate::ima::measurement::diff::{Relation, Snapshot, Way};
use proptest::{collection::vec, prelude::*, sample::select};
use std::collections::{BTreeMap, BTreeSet};

fn line(names: &'static [&'static str]) -> impl Strategy<Value = Line> {
    let content = prop_oneof![
        1 => Just(None),
        6 => (select(&["sha1", "sha256"][..]), 1_u8..4).prop_map(Some),
    ];
    (select(names), content).prop_map(|(name, content)| Line {
        name: name.as_bytes().to_vec(),
        content,
    })
}

/// Few names and contents, so that lists have much in common.
fn list() -> impl Strategy<Value = Vec<Line>> {
    let names = &["/usr/bin/a", "/usr/bin/b", "/etc/c", "_keys", "/var/d"][..];
    (1_u8..3, vec(line(names), 0..24)).prop_map(|(aggregate, lines)| {
        let first = Line {
            name: b"boot_aggregate".to_vec(),
            content: Some(("sha256", aggregate)),
        };
        [vec![first], lines].concat()
    })
}

/// Two lists: of different boots, or the one beginning with the other.
fn lists() -> impl Strategy<Value = [Vec<Line>; 2]> {
    prop_oneof![
        (list(), list()).prop_map(|(a, b)| [a, b]),
        (list(), list()).prop_map(|(a, more)| [a.clone(), [a, more[1..].to_vec()].concat()]),
        (list(), any::<prop::sample::Index>()).prop_map(|(a, at)| [a.clone(), a[..=at.index(a.len())].to_vec()]),
    ]
}

/// What there is to say of a name, found by looking at all entries again for each question.
struct Model<'a>(&'a [Line]);

impl Model<'_> {
    fn names(&self) -> BTreeSet<&[u8]> {
        let measured = self.0.iter().skip(1).filter(|line| line.content.is_some());
        measured.map(|line| &line.name[..]).collect()
    }

    fn contents(&self, name: &[u8], algorithm: &str) -> Vec<u8> {
        let of = self.0.iter().filter(|line| line.name == name);
        let mut contents = Vec::new();
        for (_, content) in of
            .filter_map(|line| line.content)
            .filter(|content| content.0 == algorithm)
        {
            if !contents.contains(&content) {
                contents.push(content);
            }
        }
        contents
    }

    fn violations(&self) -> BTreeMap<&[u8], u64> {
        let mut violations = BTreeMap::new();
        for line in self.0.iter().filter(|line| line.content.is_none()) {
            *violations.entry(&line.name[..]).or_default() += 1;
        }
        violations
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    Same,
    Changed(Way),
    Incomparable,
}

fn verdict(a: &Model<'_>, b: &Model<'_>, name: &[u8]) -> Verdict {
    let pairs = ["sha1", "sha256"].map(|algorithm| (a.contents(name, algorithm), b.contents(name, algorithm)));
    let common: Vec<_> = pairs.iter().filter(|(a, b)| !a.is_empty() && !b.is_empty()).collect();
    if common.is_empty() {
        Verdict::Incomparable
    } else if common.iter().any(|(a, b)| b.iter().any(|content| !a.contains(content))) {
        Verdict::Changed(Way::Other)
    } else if common.iter().any(|(a, b)| !b.contains(a.last().unwrap())) {
        Verdict::Changed(Way::Back)
    } else {
        Verdict::Same
    }
}

fn relation_is(relation: Relation, a: &[Line], b: &[Line]) -> bool {
    match relation {
        Relation::Same => a == b,
        Relation::Continued { added } => a != b && b.starts_with(a) && added == (b.len() - a.len()) as u64,
        Relation::Shortened { missing } => a != b && a.starts_with(b) && missing == (a.len() - b.len()) as u64,
        Relation::NewBoot(_) => a[0] != b[0],
        Relation::InDoubt(_) => a[0] == b[0] && !a.starts_with(b) && !b.starts_with(a),
        Relation::Contradiction => false,
    }
}

/// The kernel writes `_` for a blank.
fn name_byte() -> impl Strategy<Value = u8> {
    (1_u8..).prop_map(|byte| if byte == b' ' { b'_' } else { byte })
}

proptest! {
    #[test]
    fn finds_what_a_slow_model_finds([a, b] in lists()) {
        let (left, right) = (Model(&a), Model(&b));
        with_diff(&a, &b, |diff| {
            prop_assert!(relation_is(diff.relation, &a, &b), "{:?}", diff.relation);
            let names = |files: &[(&[u8], _)]| files.iter().map(|(name, _)| name.to_vec()).collect::<Vec<_>>();
            let owned = |names: BTreeSet<&[u8]>| names.into_iter().map(<[u8]>::to_vec).collect::<Vec<_>>();
            let (before, after) = (left.names(), right.names());
            prop_assert_eq!(names(&diff.new), owned(&after - &before));
            prop_assert_eq!(names(&diff.gone), owned(&before - &after));
            for name in before.intersection(&after) {
                let changed = diff.changed.iter().find(|changed| changed.name == *name);
                let incomparable = diff.incomparable.iter().any(|(other, ..)| other == name);
                let found = match (changed, incomparable) {
                    (Some(changed), false) => Verdict::Changed(changed.way),
                    (None, true) => Verdict::Incomparable,
                    _ => Verdict::Same,
                };
                prop_assert_eq!(found, verdict(&left, &right, name));
            }
            let known = left.violations();
            let more = right.violations().into_iter();
            let more: Vec<_> = more
                .map(|(name, count)| (name, known.get(name).copied().unwrap_or(0), count))
                .filter(|(_, before, count)| count > before)
                .collect();
            let found = diff.violations.iter().map(|more| (more.name, more.before, more.after.count));
            prop_assert_eq!(found.collect::<Vec<_>>(), more);
            Ok(())
        })?;
    }

    #[test]
    fn nothing_differs_from_itself(a in list()) {
        with_diff(&a, &a, |diff| {
            prop_assert_eq!(diff.relation, Relation::Same);
            prop_assert!(diff.is_empty());
            Ok(())
        })?;
    }

    #[test]
    fn every_name_survives_being_kept(names in vec(vec(name_byte(), 0..6), 0..8), hexes in vec("(hex:)?[0-9a-f/]{0,4}", 0..4)) {
        let names = names.into_iter().chain(hexes.into_iter().map(String::into_bytes));
        let lines = names.enumerate().map(|(at, name)| Line {
            name,
            content: (at % 3 > 0).then_some(("sha256", 7)),
        });
        let first = Line { name: b"boot_aggregate".to_vec(), content: Some(("sha256", 1)) };
        let lines: Vec<Line> = [first].into_iter().chain(lines).collect();
        let read = snapshot(&lines, None);
        let kept = serde_json::to_string_pretty(&read).unwrap();
        let back: Snapshot = serde_json::from_str(&kept).unwrap();
        prop_assert!(read.files().keys().eq(back.files().keys()));
        prop_assert!(read.violations().keys().eq(back.violations().keys()));
        prop_assert_eq!(serde_json::to_string_pretty(&back).unwrap(), kept);
    }
}
