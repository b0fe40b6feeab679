use serde::{Deserialize, Serialize};

/// The policies compiled into the kernel that a command line turns on
/// (`ima_policy=` in Documentation/admin-guide/kernel-parameters.txt). A kernel ignores the names it does not know:
/// `critical_data` came with 5.12.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct BuiltInPolicies {
    /// Measures what root executes, maps and reads; legacy `ima_tcb`.
    pub tcb: bool,
    /// Appraises all files of root; legacy `ima_appraise_tcb`.
    pub appraise_tcb: bool,
    /// Demands signatures on modules, firmware, kexec images and policies.
    pub secure_boot: bool,
    /// Not a policy but a flag in the same list: appraisal fails on file systems that cannot be verified.
    pub fail_securely: bool,
    /// Measures the kernel's own critical data.
    pub critical_data: bool,
}

impl BuiltInPolicies {
    /// The names as `ima_policy=` takes them, in the order in which the kernel adds their rules.
    pub fn names(self) -> Vec<&'static str> {
        [
            (self.tcb, "tcb"),
            (self.secure_boot, "secure_boot"),
            (self.appraise_tcb, "appraise_tcb"),
            (self.critical_data, "critical_data"),
            (self.fail_securely, "fail_securely"),
        ]
        .into_iter()
        .filter_map(|(on, name)| on.then_some(name))
        .collect()
    }

    /// Whether one of them appraises anything.
    pub fn appraises(self) -> bool {
        self.appraise_tcb || self.secure_boot
    }
}
