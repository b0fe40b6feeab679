use crate::config::FileContent;
use serde::{Deserialize, Serialize};

/// A file on the host.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct FileState {
    /// `stat -c %F`, or `absent`.
    pub kind: String,
    /// Permission bits.
    pub mode: u32,
    /// Owner's name.
    pub owner: String,
    /// Group's name.
    pub group: String,
    /// Content up to 1 MiB; bytes that are not UTF-8 are replaced.
    pub content: String,
    /// Whether [`Self::content`] is the file, byte for byte.
    pub whole: bool,
    /// SHA-256 of the file; empty where it could not be read.
    pub digest: String,
}

impl FileState {
    /// Reads a section of the probe's answer: a line that describes the file, then its content.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let end = bytes.iter().position(|byte| *byte == b'\n')?;
        let head = std::str::from_utf8(&bytes[..end]).ok()?;
        let content = &bytes[end + 1..];
        let text = std::str::from_utf8(content);
        let mut fields = head.split('|');
        let mut next = || fields.next().map(str::to_owned);
        let state = Self {
            kind: next()?,
            mode: u32::from_str_radix(&next()?, 8).ok()?,
            owner: next()?,
            group: next()?,
            whole: next()?.parse() == Ok(content.len()) && text.is_ok(),
            digest: next().unwrap_or_default(),
            content: String::from_utf8_lossy(content).into_owned(),
        };
        Some(state)
    }

    /// Whether it is there at all.
    pub fn exists(&self) -> bool {
        !self.kind.is_empty() && self.kind != "absent"
    }

    /// Whether it is a plain file.
    pub fn is_file(&self) -> bool {
        self.kind.starts_with("regular")
    }

    /// Why its text must not be edited and written back, and what to do about it.
    pub fn uneditable(&self, path: &str) -> Option<String> {
        if self.whole || !self.is_file() {
            return None;
        }
        Some(if self.content.is_empty() {
            format!("{path} is larger than 1 MiB; imaform does not edit it. Shorten it, or change it by hand")
        } else if self.content.contains(char::REPLACEMENT_CHARACTER) {
            format!(
                "{path} holds bytes that are not UTF-8, which imaform would damage. Convert it (iconv -f LATIN1 -t UTF-8), or take them out"
            )
        } else {
            format!("{path} changed while it was read. Run imaform again")
        })
    }

    /// The same file with another text.
    pub fn with(&self, path: &str, content: &str) -> FileContent {
        FileContent {
            path: path.to_owned(),
            content: content.to_owned(),
            owner: self.owner.clone(),
            group: self.group.clone(),
            mode: self.mode,
        }
    }

    /// What a reviewer is shown of the text that is there; an absent file has none.
    pub fn shown(self) -> Option<String> {
        let exists = self.exists();
        exists.then_some(if self.whole {
            self.content
        } else {
            "(no UTF-8 text of at most 1 MiB: not shown, and replaced whole)\n".into()
        })
    }

    /// What a script must find at the path before it replaces what a reviewer was shown: its digest, or `absent`.
    pub fn expected(&self) -> &str {
        if self.exists() { &self.digest } else { "absent" }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn read(size: usize, content: &[u8]) -> FileState {
        let head = format!("regular file|644|root|root|{size}|d1\n");
        FileState::parse(&[head.as_bytes(), content].concat()).unwrap()
    }

    #[test]
    fn a_file_is_whole_when_all_its_bytes_came_and_are_text() {
        let text = read(5, "gr\u{fc}\n".as_bytes());
        assert!(text.whole && text.content == "gr\u{fc}\n" && text.uneditable("/x").is_none());
        assert_eq!(text.expected(), "d1");
        assert_eq!(text.shown().as_deref(), Some("gr\u{fc}\n"));
        for (state, says) in [
            (read(4, b"gr\xfc\n"), "/x holds bytes that are not UTF-8"),
            (read(2_000_000, b""), "/x is larger than 1 MiB"),
            (read(9, b"half"), "/x changed while it was read"),
        ] {
            assert!(!state.whole);
            assert!(state.uneditable("/x").unwrap().starts_with(says), "{state:?}");
            assert!(state.shown().unwrap().starts_with("(no UTF-8 text"));
        }
    }

    #[test]
    fn what_is_not_there_is_expected_to_be_absent() {
        let absent = FileState::parse(b"absent|0|root|root|0|\n").unwrap();
        assert_eq!((absent.expected(), absent.uneditable("/x")), ("absent", None));
        assert_eq!(FileState::default().expected(), "absent");
        assert_eq!(absent.shown(), None);
    }
}
