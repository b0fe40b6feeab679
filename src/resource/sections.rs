use crate::host::HostError;

/// The probe's answer, cut at its marks: `\n<mark> NAME [ARGUMENT]\n` and bytes.
pub struct Sections<'a> {
    sections: Vec<(&'a str, &'a str, &'a [u8])>,
}

impl<'a> Sections<'a> {
    /// Cuts the answer of `probe.sh`.
    ///
    /// # Errors
    /// When the last section, `end`, is missing: the probe was cut off.
    pub fn cut(answer: &'a [u8], mark: &str) -> Result<Self, HostError> {
        let needle = format!("\n{mark} ").into_bytes();
        let mut starts: Vec<usize> = Vec::new();
        let mut from = 0;
        while let Some(at) = find(&answer[from..], &needle) {
            starts.push(from + at);
            from += at + needle.len();
        }
        let ends = starts.iter().skip(1).copied().chain([answer.len()]);
        let mut sections = Vec::new();
        for (start, end) in starts.iter().zip(ends) {
            let body = &answer[start + needle.len()..end];
            let line_end = find(body, b"\n").unwrap_or(body.len());
            let title = std::str::from_utf8(&body[..line_end]).map_err(|_| bad("a section's name is not UTF-8"))?;
            let (name, argument) = title.split_once(' ').unwrap_or((title, ""));
            sections.push((name, argument, body.get(line_end + 1..).unwrap_or_default()));
        }
        if sections.last().is_none_or(|(name, ..)| *name != "end") {
            return Err(bad("it ends in the middle"));
        }
        Ok(Self { sections })
    }

    /// The text of a section; what is not UTF-8 is replaced.
    pub fn text(&self, name: &str) -> String {
        self.sections
            .iter()
            .find(|(found, ..)| *found == name)
            .map(|(.., bytes)| String::from_utf8_lossy(bytes).into_owned())
            .unwrap_or_default()
    }

    /// `key=value` lines of a section.
    pub fn values(&self, name: &str) -> Vec<(String, String)> {
        self.text(name)
            .lines()
            .filter_map(|line| line.split_once('='))
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .collect()
    }

    /// All sections of one name with their arguments.
    pub fn all(&self, name: &str) -> impl Iterator<Item = (&'a str, &'a [u8])> {
        self.sections
            .iter()
            .filter(move |(found, ..)| *found == name)
            .map(|(_, argument, bytes)| (*argument, *bytes))
    }
}

/// The value of a key; empty where it is absent.
pub fn value_of(values: &[(String, String)], key: &str) -> String {
    values
        .iter()
        .find(|(found, _)| found == key)
        .map(|(_, value)| value.clone())
        .unwrap_or_default()
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

fn bad(what: &str) -> HostError {
    HostError::Answer {
        script: "probe",
        what: what.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn cuts_names_arguments_and_bytes() {
        let answer = b"noise\n%%m os\nID=debian\n\n%%m file /etc/x y\nraw\n%%other\n\n\n%%m end\n";
        let sections = Sections::cut(answer, "%%m").unwrap();
        assert_eq!(sections.values("os"), [("ID".to_owned(), "debian".to_owned())]);
        assert_eq!(
            sections.all("file").collect::<Vec<_>>(),
            [("/etc/x y", &b"raw\n%%other\n\n"[..])]
        );
    }

    #[test]
    fn a_probe_that_was_cut_off_is_refused() {
        let error = Sections::cut(b"\n%%m os\nID=debian\n", "%%m").err().unwrap();
        assert_eq!(
            error.to_string(),
            "the answer of 'probe' cannot be read: it ends in the middle"
        );
    }
}
