use super::sections::value_of;
use serde::{Deserialize, Serialize};

/// What the probe sees where files are to be signed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SignatureFacts {
    /// The asymmetric keys that the kernel has, in any keyring: what `/proc/keys` says of them.
    pub kernel_keys: Vec<String>,
    /// Those in `.ima`.
    pub loaded: Vec<String>,
    /// The initramfs of the running kernel beside what goes into it.
    pub initramfs: Initramfs,
    /// Files that are to be signed; `None` where nobody could look.
    pub files: Option<u64>,
    /// Those among them without a signature of the wanted key.
    pub unsigned: u64,
    /// The first of those.
    pub names: Vec<String>,
}

/// The initramfs of the running kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Initramfs {
    /// There is none.
    #[default]
    Absent,
    /// It is older than what goes into it.
    Stale,
    /// It is newer.
    Current,
}

impl SignatureFacts {
    /// Reads the probe's section.
    pub(super) fn parse(values: &[(String, String)]) -> Self {
        let all = |key: &str| {
            let found = values.iter().filter(|(name, _)| name == key);
            found.map(|(_, value)| value.clone()).collect()
        };
        Self {
            kernel_keys: all("key"),
            loaded: all("loaded"),
            initramfs: match value_of(values, "initramfs").as_str() {
                "current" => Initramfs::Current,
                "stale" => Initramfs::Stale,
                _ => Initramfs::Absent,
            },
            files: value_of(values, "files").parse().ok(),
            unsigned: value_of(values, "unsigned").parse().unwrap_or_default(),
            names: all("name"),
        }
    }

    /// Whether the key of this identifier is in `.ima`.
    pub fn is_loaded(&self, key_id: &str) -> bool {
        self.loaded.iter().any(|key| key.ends_with(&format!(": {key_id}")))
    }

    /// Whether the kernel has the key of this identifier in any keyring.
    pub fn is_known(&self, key_id: &str) -> bool {
        self.kernel_keys
            .iter()
            .any(|key| key.contains(&format!(": {key_id}: ")))
    }
}
