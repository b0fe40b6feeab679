//! The record of a kernel's build options: `/boot/config-*` or `/proc/config.gz`.

use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt};

/// The options that a kernel was built with, as its record says. The record of another kernel, or an edited one, says
/// nothing about the running kernel.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct KernelConfig {
    options: BTreeMap<String, String>,
}

/// An option that is not what the playbook requires.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mismatch {
    /// The option's full name, `CONFIG_IMA`.
    pub option: String,
    /// The value that is required, as Kconfig writes it; `n` for not set.
    pub wanted: String,
    /// The value in the record; `n` for not set or absent.
    pub found: String,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is {}, required {}", self.option, self.found, self.wanted)
    }
}

impl KernelConfig {
    /// Reads a record's text. Lines that are no options are passed over; of a repeated option the last line counts,
    /// as in Kconfig.
    pub fn parse(text: &str) -> Self {
        let options = text
            .lines()
            .filter_map(option_of)
            .map(|(option, value)| (option.to_owned(), value.to_owned()))
            .collect();
        Self { options }
    }

    /// The value of an option as Kconfig writes it (strings with their quotes); `n` where it is not set or absent.
    pub fn get(&self, option: &str) -> &str {
        self.options.get(option).map_or("n", String::as_str)
    }

    /// Whether the text held no option at all, so that it is no record.
    pub fn is_empty(&self) -> bool {
        self.options.is_empty()
    }

    /// The requirements that the record does not meet, in the order given. Values compare as Kconfig writes them.
    pub fn missing(&self, require: &[(String, String)]) -> Vec<Mismatch> {
        require
            .iter()
            .map(|(option, wanted)| Mismatch {
                option: option.clone(),
                wanted: wanted.clone(),
                found: self.get(option).to_owned(),
            })
            .filter(|mismatch| mismatch.wanted != mismatch.found)
            .collect()
    }
}

/// The record's text with these options written into it: lines that set (or unset) them are replaced where they stand,
/// missing ones are appended, everything else stays byte for byte. This enables nothing in any kernel.
///
/// An option that is wanted as `n` is written as Kconfig does, `# CONFIG_X is not set`. Of an option that is given
/// twice, the last value counts.
pub fn edit(text: &str, edits: &[(String, String)]) -> String {
    let wanted: BTreeMap<&str, &str> = edits
        .iter()
        .map(|(option, value)| (option.as_str(), value.as_str()))
        .collect();
    let mut written = BTreeMap::new();
    let mut edited = String::with_capacity(text.len());
    for whole in text.split_inclusive('\n') {
        let line = whole.trim_end_matches(['\n', '\r']);
        let (_, ending) = whole.split_at(line.len());
        match option_of(line).and_then(|(option, value)| Some((option, value, *wanted.get(option)?))) {
            None => edited.push_str(whole),
            Some((option, value, value_wanted)) => {
                if value == value_wanted {
                    edited.push_str(line);
                } else {
                    edited.push_str(&line_of(option, value_wanted));
                }
                edited.push_str(ending);
                written.insert(option, ());
            }
        }
    }
    for (option, _) in edits {
        if written.insert(option, ()).is_none()
            && let Some(value) = wanted.get(option.as_str())
        {
            if !edited.is_empty() && !edited.ends_with('\n') {
                edited.push('\n');
            }
            edited.push_str(&line_of(option, value));
            edited.push('\n');
        }
    }
    edited
}

fn line_of(option: &str, value: &str) -> String {
    if value == "n" {
        format!("# {option} is not set")
    } else {
        format!("{option}={value}")
    }
}

/// The option that a line sets, with its value.
fn option_of(line: &str) -> Option<(&str, &str)> {
    let line = line.trim_end();
    let (option, value) = match line.strip_prefix("# ") {
        Some(comment) => (comment.strip_suffix(" is not set")?, "n"),
        None => line.split_once('=')?,
    };
    let name = option.strip_prefix("CONFIG_")?;
    let valid = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    valid.then_some((option, value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const RECORD: &str = "#\n# Automatically generated file; DO NOT EDIT.\n#\nCONFIG_IMA=y\n# CONFIG_IMA_WRITE_POLICY is not set\n\
                          CONFIG_IMA_DEFAULT_HASH=\"sha256\"\nCONFIG_IMA_MEASURE_PCR_IDX=10\nCONFIG_LSM=\"a,b\"\n";

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
    }

    #[test]
    fn compares_as_kconfig_writes() {
        let config = KernelConfig::parse(RECORD);
        assert!(
            config
                .missing(&pairs(&[
                    ("CONFIG_IMA", "y"),
                    ("CONFIG_IMA_DEFAULT_HASH", "\"sha256\""),
                    ("CONFIG_IMA_MEASURE_PCR_IDX", "10"),
                    ("CONFIG_IMA_WRITE_POLICY", "n"),
                    ("CONFIG_NOWHERE", "n"),
                ]))
                .is_empty()
        );
        let missing = config.missing(&pairs(&[
            ("CONFIG_IMA", "n"),
            ("CONFIG_IMA_DEFAULT_HASH", "sha256"),
            ("CONFIG_IMA_READ_POLICY", "y"),
        ]));
        assert_eq!(missing.len(), 3);
        assert_eq!(
            missing.last().map(ToString::to_string),
            Some("CONFIG_IMA_READ_POLICY is n, required y".to_owned())
        );
    }

    #[test]
    fn edits_in_place_and_appends() {
        let edited = edit(
            RECORD,
            &pairs(&[
                ("CONFIG_IMA_WRITE_POLICY", "y"),
                ("CONFIG_IMA", "n"),
                ("CONFIG_IMA_NEW", "y"),
                ("CONFIG_NO", "n"),
            ]),
        );
        let wanted = RECORD
            .replace("# CONFIG_IMA_WRITE_POLICY is not set", "CONFIG_IMA_WRITE_POLICY=y")
            .replace("CONFIG_IMA=y", "# CONFIG_IMA is not set")
            + "CONFIG_IMA_NEW=y\n# CONFIG_NO is not set\n";
        assert_eq!(edited, wanted);
    }

    #[test]
    fn a_last_line_without_an_end_gets_one_only_when_something_follows() {
        assert_eq!(edit("CONFIG_A=y", &pairs(&[("CONFIG_A", "m")])), "CONFIG_A=m");
        assert_eq!(
            edit("CONFIG_A=y", &pairs(&[("CONFIG_B", "y")])),
            "CONFIG_A=y\nCONFIG_B=y\n"
        );
        assert_eq!(edit("CONFIG_A=y\r\n", &pairs(&[("CONFIG_A", "m")])), "CONFIG_A=m\r\n");
    }

    proptest! {
        #[test]
        fn idempotent_and_complete(
            lines in prop::collection::vec("CONFIG_[ABC]=[ymn]|# CONFIG_[ABC] is not set|#? ?\\PC{0,12}", 0..8),
            edits in prop::collection::vec(("CONFIG_[ABCD]", "[ymn]"), 0..4),
            end in "\n?",
        ) {
            let text = lines.join("\n") + &end;
            let once = edit(&text, &edits);
            prop_assert_eq!(&edit(&once, &edits), &once);
            let last: BTreeMap<_, _> = edits.iter().cloned().collect();
            let wanted: Vec<_> = last.into_iter().collect();
            prop_assert_eq!(KernelConfig::parse(&once).missing(&wanted), vec![]);
            let foreign = |text: &str| -> Vec<String> {
                text.lines()
                    .filter(|line| option_of(line).is_none_or(|(option, _)| edits.iter().all(|(name, _)| name != option)))
                    .map(str::to_owned)
                    .collect()
            };
            prop_assert_eq!(foreign(&once), foreign(&text));
        }
    }
}
