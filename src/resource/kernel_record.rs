//! The record of a kernel's build options: `/boot/config-*` or `/proc/config.gz`.

use crate::ima::kernel_option;
use std::collections::BTreeMap;

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
        match kernel_option(line).and_then(|(option, value)| Some((option, value, *wanted.get(option)?))) {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ima::{
        KernelConfig,
        kernel_config_tests::{RECORD, pairs},
    };
    use proptest::prelude::*;

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
                    .filter(|line| kernel_option(line).is_none_or(|(option, _)| edits.iter().all(|(name, _)| name != option)))
                    .map(str::to_owned)
                    .collect()
            };
            prop_assert_eq!(foreign(&once), foreign(&text));
        }
    }
}
