//! Patterns as `find -path` has them: fnmatch(3) without flags, so that `*` and `?` stand for `/` too.

/// Whether the pattern matches all of the name. A `[` that nothing closes stands for itself.
pub(super) fn matches(pattern: &[u8], name: &[u8]) -> bool {
    let Some((first, rest)) = pattern.split_first() else {
        return name.is_empty();
    };
    match first {
        b'*' => (0..=name.len()).any(|at| matches(rest, &name[at..])),
        b'?' => name.split_first().is_some_and(|(_, name)| matches(rest, name)),
        b'[' if set_end(rest).is_some() => {
            let (set, after) = rest.split_at(set_end(rest).unwrap_or_default());
            name.split_first()
                .is_some_and(|(byte, name)| in_set(set, *byte) && matches(&after[1..], name))
        }
        b'\\' if !rest.is_empty() => name.first() == rest.first() && matches(&rest[1..], &name[1..]),
        byte => name.first() == Some(byte) && matches(rest, &name[1..]),
    }
}

/// Where the `]` of a set is; one at its beginning is a member.
fn set_end(set: &[u8]) -> Option<usize> {
    let begin = 1 + usize::from(matches!(set.first(), Some(b'!' | b'^')));
    set.iter()
        .skip(begin)
        .position(|byte| *byte == b']')
        .map(|at| at + begin)
}

fn in_set(set: &[u8], byte: u8) -> bool {
    let (members, wanted) = match set.split_first() {
        Some((b'!' | b'^', members)) => (members, false),
        _ => (set, true),
    };
    let mut rest = members;
    let mut found = false;
    while let Some((first, after)) = rest.split_first() {
        match after {
            [b'-', last, after @ ..] => {
                found |= (*first..=*last).contains(&byte);
                rest = after;
            }
            _ => {
                found |= *first == byte;
                rest = after;
            }
        }
    }
    found == wanted
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::matches;
    use proptest::prelude::*;
    use std::{fs, os::unix::ffi::OsStrExt, process::Command};

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// find itself is the judge, of a name that is there.
        #[test]
        fn find_says_the_same(pattern in "[ab*?\\[\\]!\\\\-]{0,6}", name in "[ab!\\]\\[-]{1,4}") {
            let directory = tempfile::tempdir().unwrap();
            let path = directory.path().join(&name);
            fs::write(&path, "").unwrap();
            let whole = format!("{}/{pattern}", directory.path().display());
            let found = Command::new("find")
                .env("LC_ALL", "C")
                .arg(directory.path())
                .args(["-type", "f", "-path", &whole])
                .output()
                .unwrap();
            // glibc takes a set in more ways (ranges that end in `]`, a backslash in a set); no path is excluded so.
            let plain = !pattern.contains('[') || !pattern.contains(['\\', '-', ']']);
            if plain && !pattern.ends_with('\\') {
                prop_assert_eq!(matches(whole.as_bytes(), path.as_os_str().as_bytes()), !found.stdout.is_empty());
            }
        }

        #[test]
        fn never_panics(pattern in prop::collection::vec(any::<u8>(), 0..12), name in prop::collection::vec(any::<u8>(), 0..12)) {
            matches(&pattern, &name);
        }
    }

    #[test]
    fn sets_and_escapes() {
        for (pattern, name, expected) in [
            ("/home/*/log", "/home/a/b/log", true),
            ("/v?r", "/var", true),
            ("/[a-c]x", "/bx", true),
            ("/[!a-c]x", "/bx", false),
            ("/[]]", "/]", true),
            ("/[a", "/[a", true),
            (r"/\*", "/*", true),
            (r"/\*", "/a", false),
        ] {
            assert_eq!(
                matches(pattern.as_bytes(), name.as_bytes()),
                expected,
                "{pattern} {name}"
            );
        }
    }
}
