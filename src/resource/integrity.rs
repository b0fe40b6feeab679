use super::sections::value_of;
use serde::{Deserialize, Serialize};

/// What securityfs, sysfs and `/run/imaform` say.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Integrity {
    /// securityfs is mounted.
    pub securityfs: bool,
    /// The kernel has IMA.
    pub ima: bool,
    /// Whether a policy can still be loaded in this boot.
    pub door: Door,
    /// How often the kernel said `ima: policy update completed`, as far as its log reaches back.
    pub policy_updates: u64,
    /// `/etc/ima/ima-policy` changed after this boot began, so it is not what systemd loaded in it.
    pub policy_after_boot: bool,
    /// Entries of the measurement list.
    pub measurements: Option<u64>,
    /// Violations.
    pub violations: Option<u64>,
    /// `/sys/kernel/security/lsm`.
    pub lsm: String,
    /// EVM's state bits; empty where the kernel has no EVM.
    pub evm: String,
    /// Major version of the TPM; empty where there is none.
    pub tpm: String,
    /// UEFI Secure Boot is on.
    pub secure_boot: bool,
    /// Digest of the policy that imaform loaded in this boot.
    pub loaded: String,
    /// The kind of container that this is; empty on a machine.
    pub container: String,
}

/// `/sys/kernel/security/ima/policy`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Door {
    /// No IMA.
    #[default]
    Absent,
    /// A policy can be loaded.
    Open,
    /// A policy was loaded; the next one needs a reboot.
    Closed,
}

impl Integrity {
    pub(super) fn parse(values: &[(String, String)]) -> Self {
        let get = |key| value_of(values, key);
        Self {
            securityfs: get("securityfs") == "mounted",
            ima: get("ima") == "present",
            door: match get("door").as_str() {
                "open" => Door::Open,
                "closed" => Door::Closed,
                _ => Door::Absent,
            },
            policy_updates: get("policy_updates").parse().unwrap_or(0),
            policy_after_boot: get("policy_after_boot") == "1",
            measurements: get("measurements").parse().ok(),
            violations: get("violations").parse().ok(),
            lsm: get("lsm"),
            evm: get("evm"),
            tpm: get("tpm"),
            secure_boot: get("secure_boot") == "1",
            loaded: get("loaded"),
            container: get("container"),
        }
    }
}
