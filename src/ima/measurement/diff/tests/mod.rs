#![allow(clippy::unwrap_used)]

mod cases;
mod random;
mod stored;

use super::{Diff, Snapshot};
use crate::ima::{HashAlgorithm, measurement::List, pcr::PcrBank};

/// An entry of a list that is made for a test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    pub name: Vec<u8>,
    /// The hash algorithm and a byte that stands for a content; `None` for a violation.
    pub content: Option<(&'static str, u8)>,
}

impl Line {
    /// `NAME=CONTENT` with a number; `NAME!` for a violation; the hash is sha256.
    fn read(text: &str) -> Self {
        match text.split_once('=') {
            Some((name, content)) => Self {
                name: name.into(),
                content: Some(("sha256", content.parse().unwrap())),
            },
            None => Self {
                name: text.strip_suffix('!').unwrap().into(),
                content: None,
            },
        }
    }

    /// As a binary list has it, with template hashes of sha1.
    fn binary(&self) -> Vec<u8> {
        let (algorithm, byte) = self.content.unwrap_or(("sha256", 0));
        let len = HashAlgorithm::from_name(algorithm).unwrap().digest_len();
        let digest = [algorithm.as_bytes(), b":\0", &vec![byte; len]].concat();
        let data = [counted(&digest), counted(&[&self.name[..], b"\0"].concat())].concat();
        let hash = match self.content {
            Some(_) => PcrBank::Sha1.hash([&data[..]]),
            None => vec![0; 20],
        };
        [&10_u32.to_le_bytes()[..], &hash, &counted(b"ima-ng"), &counted(&data)].concat()
    }
}

fn counted(bytes: &[u8]) -> Vec<u8> {
    [&u32::try_from(bytes.len()).unwrap().to_le_bytes()[..], bytes].concat()
}

/// A snapshot of these entries.
pub(super) fn snapshot(lines: &[Line], mark: Option<usize>) -> Snapshot {
    let bytes: Vec<u8> = lines.iter().flat_map(Line::binary).collect();
    let mut list = List::open(&bytes[..]).unwrap();
    Snapshot::read(&mut list, mark.map(|mark| mark as u64)).unwrap()
}

/// Entries from a text of words, after a boot_aggregate.
fn lines(text: &str) -> Vec<Line> {
    let words = text.split_whitespace();
    ["boot_aggregate=1"].into_iter().chain(words).map(Line::read).collect()
}

/// Compares two lists as `log diff` does.
fn with_diff<T>(a: &[Line], b: &[Line], look: impl FnOnce(&Diff<'_>) -> T) -> T {
    let [a, b] = [snapshot(a, Some(b.len())), snapshot(b, Some(a.len()))];
    look(&Diff::between(&a, &b))
}
