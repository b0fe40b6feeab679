use std::fmt;

/// `/proc/sys/kernel/random/boot_id`: a UUID that the kernel makes anew at each boot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BootId(String);

impl BootId {
    /// Reads an id; `None` for anything that is not a UUID, since only a valid *and* changed id proves a reboot.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let groups: Vec<&str> = text.split('-').collect();
        let lengths = [8, 4, 4, 4, 12];
        let valid = groups.len() == lengths.len()
            && groups
                .iter()
                .zip(lengths)
                .all(|(group, length)| group.len() == length && group.bytes().all(|byte| byte.is_ascii_hexdigit()));
        valid.then(|| Self(text.to_owned()))
    }
}

impl fmt::Display for BootId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_uuid_is_a_boot_id() {
        assert!(BootId::parse("dd8f9ac6-4f5c-4d0e-9d1e-0f4b7f1f0c11\n").is_some());
        for bad in [
            "",
            "dd8f9ac6",
            "dd8f9ac6-4f5c-4d0e-9d1e-0f4b7f1f0c1g",
            "dd8f9ac6-4f5c-4d0e-9d1e-0f4b7f1f0c11-aa",
        ] {
            assert_eq!(BootId::parse(bad), None, "{bad}");
        }
    }
}
