use std::fmt::{self, Write};

/// The name of a file on a host: any bytes but NUL. Shown as a shell reads it, so that it can be copied into a command.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct HostPath(Vec<u8>);

impl HostPath {
    /// The name of these bytes, which hold no NUL.
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// The directory that it lies in.
    pub fn parent(&self) -> Self {
        let at = self.0.iter().rposition(|byte| *byte == b'/').unwrap_or_default();
        Self(self.0[..at.max(1).min(self.0.len())].to_vec())
    }

    /// Reads getfattr's spelling, in which `\ooo` is a byte and every other byte stands for itself; `None` for a backslash
    /// that begins no such byte.
    pub fn from_getfattr(spelt: &[u8]) -> Option<Self> {
        let mut bytes = Vec::with_capacity(spelt.len());
        let mut rest = spelt;
        while let Some((first, after)) = rest.split_first() {
            if *first != b'\\' {
                bytes.push(*first);
                rest = after;
                continue;
            }
            let (digits, after) = after.split_first_chunk::<3>()?;
            let digits = std::str::from_utf8(digits).ok()?;
            if !digits.bytes().all(|digit| digit.is_ascii_digit()) {
                return None;
            }
            bytes.push(u8::from_str_radix(digits, 8).ok()?);
            rest = after;
        }
        Some(Self(bytes))
    }

    /// In getfattr's spelling, and nothing but ASCII: every byte out of the ordinary is `\ooo`.
    pub fn to_getfattr(&self) -> String {
        let spelt = self.0.iter().map(|byte| match byte {
            b' '..=b'~' if *byte != b'\\' => char::from(*byte).to_string(),
            other => format!("\\{other:03o}"),
        });
        spelt.collect()
    }

    /// The name itself.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for HostPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match std::str::from_utf8(&self.0) {
            Ok(text) if !text.is_empty() && text.chars().all(needs_no_quotes) => f.write_str(text),
            _ => in_dollar_quotes(&self.0, f),
        }
    }
}

fn needs_no_quotes(character: char) -> bool {
    character.is_alphanumeric() || "/._-+,:@%=".contains(character)
}

/// `$'…'` as POSIX.1-2024 has it.
fn in_dollar_quotes(bytes: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str("$'")?;
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            match character {
                '\n' => f.write_str("\\n")?,
                '\t' => f.write_str("\\t")?,
                '\r' => f.write_str("\\r")?,
                '\\' | '\'' => write!(f, "\\{character}")?,
                ' '..='~' => f.write_char(character)?,
                other if other.is_alphanumeric() => f.write_char(other)?,
                other => in_octal(other.encode_utf8(&mut [0; 4]).as_bytes(), f)?,
            }
        }
        in_octal(chunk.invalid(), f)?;
    }
    f.write_str("'")
}

/// Three digits end by themselves; after `\x` a following digit would be read with it.
fn in_octal(bytes: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    bytes.iter().try_for_each(|byte| write!(f, "\\{byte:03o}"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::process::Command;

    fn shown(bytes: &[u8]) -> String {
        HostPath(bytes.to_vec()).to_string()
    }

    #[test]
    fn reads_the_spelling_of_getfattr() {
        for (spelt, bytes) in [
            (&b"/a b\xff\t'"[..], Some(&b"/a b\xff\t'"[..])),
            (br"/n\012l\134\015", Some(b"/n\nl\\\r")),
            (br"/\134012", Some(br"/\012")),
            (br"/a\", None),
            (br"/a\12", None),
            (br"/a\n12", None),
            (br"/a\+12", None),
            (br"/a\777", None),
        ] {
            let path = HostPath::from_getfattr(spelt);
            assert_eq!(path.as_ref().map(HostPath::bytes), bytes, "{}", spelt.escape_ascii());
        }
    }

    #[test]
    fn an_ordinary_name_stays_and_any_other_stands_in_quotes() {
        for (bytes, text) in [
            (&b"/usr/bin/g++-12"[..], "/usr/bin/g++-12"),
            ("/srv/Grüße/日本".as_bytes(), "/srv/Grüße/日本"),
            (b"/a b", "$'/a b'"),
            (b"/it's \\ \"$(x)\"", r#"$'/it\'s \\ "$(x)"'"#),
            (b"/n\nl\tt\r", r"$'/n\nl\tt\r'"),
            (b"/\xff1\x1b", r"$'/\3771\033'"),
            ("/\u{202e}x".as_bytes(), r"$'/\342\200\256x'"),
            (b"", "$''"),
        ] {
            assert_eq!(shown(bytes), text);
            assert_eq!(crate::words::printable(text), text, "nothing is left to escape");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn a_shell_reads_the_same_bytes(bytes in prop::collection::vec(1u8.., 1..40)) {
            let command = format!("printf %s {}", shown(&bytes));
            let output = Command::new("bash").env("LC_ALL", "C").args(["-c", &command]).output().unwrap();
            prop_assert_eq!(output.stdout, bytes);
        }
    }

    proptest! {
        #[test]
        fn every_name_survives_the_spelling(bytes in prop::collection::vec(1u8.., 0..40)) {
            let spelt: Vec<u8> = bytes
                .iter()
                .flat_map(|byte| match byte {
                    b'\\' | b'\n' | b'\r' => format!("\\{byte:03o}").into_bytes(),
                    other => vec![*other],
                })
                .collect();
            let path = HostPath(bytes);
            let ours = path.to_getfattr();
            prop_assert_eq!(HostPath::from_getfattr(ours.as_bytes()), Some(path.clone()));
            prop_assert!(ours.bytes().all(|byte| (b' '..=b'~').contains(&byte)));
            prop_assert_eq!(HostPath::from_getfattr(&spelt), Some(path));
        }

        #[test]
        fn never_panics(spelt in prop::collection::vec(any::<u8>(), 0..40)) {
            if let Some(path) = HostPath::from_getfattr(&spelt) {
                let _ = path.to_string();
            }
        }
    }
}
