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

    /// Whether the record says anything of an option, be it that it is not set.
    pub fn mentions(&self, option: &str) -> bool {
        self.options.contains_key(option)
    }

    /// This record, and another where this one says nothing.
    #[must_use]
    pub fn over(self, mut other: Self) -> Self {
        other.options.extend(self.options);
        other
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

/// The option that a line sets, with its value.
pub(crate) fn option_of(line: &str) -> Option<(&str, &str)> {
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
pub(crate) mod tests {
    use super::*;

    pub(crate) const RECORD: &str = "#\n# Automatically generated file; DO NOT EDIT.\n#\nCONFIG_IMA=y\n# CONFIG_IMA_WRITE_POLICY is not set\n\
                          CONFIG_IMA_DEFAULT_HASH=\"sha256\"\nCONFIG_IMA_MEASURE_PCR_IDX=10\nCONFIG_LSM=\"a,b\"\n";

    pub(crate) fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
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
}
