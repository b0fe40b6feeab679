use super::policy::BuiltIn;
use serde::{Deserialize, Serialize};

/// The policies compiled into the kernel that a command line turns on
/// (`ima_policy=` in Documentation/admin-guide/kernel-parameters.txt). A kernel ignores the names it does not know:
/// `critical_data` came with 5.12. What rules they are: [`assembled`](super::policy::assembled).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct BuiltInPolicies {
    /// Measures what root executes, maps and reads.
    pub tcb: bool,
    /// Legacy `ima_tcb`: an earlier form of `tcb`, beside which it does not count here.
    #[serde(default)]
    pub original_tcb: bool,
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
    /// Whether this one is among them.
    pub fn has(self, policy: BuiltIn) -> bool {
        match policy {
            BuiltIn::Tcb => self.tcb,
            BuiltIn::OriginalTcb => self.original_tcb,
            BuiltIn::SecureBoot => self.secure_boot,
            BuiltIn::AppraiseTcb => self.appraise_tcb,
            BuiltIn::CriticalData => self.critical_data,
            BuiltIn::FailSecurely => self.fail_securely,
        }
    }

    /// These and this one.
    #[must_use]
    pub fn with(mut self, policy: BuiltIn) -> Self {
        *match policy {
            BuiltIn::Tcb => &mut self.tcb,
            BuiltIn::OriginalTcb => &mut self.original_tcb,
            BuiltIn::SecureBoot => &mut self.secure_boot,
            BuiltIn::AppraiseTcb => &mut self.appraise_tcb,
            BuiltIn::CriticalData => &mut self.critical_data,
            BuiltIn::FailSecurely => &mut self.fail_securely,
        } = true;
        self
    }

    /// The names as the command line takes them, in the order in which the kernel adds their rules.
    pub fn names(self) -> Vec<&'static str> {
        let policies = BuiltIn::ALL.into_iter().filter(|policy| self.has(*policy));
        policies.map(BuiltIn::as_str).collect()
    }

    /// Whether one of them appraises anything.
    pub fn appraises(self) -> bool {
        self.appraise_tcb || self.secure_boot
    }
}

impl FromIterator<BuiltIn> for BuiltInPolicies {
    fn from_iter<T: IntoIterator<Item = BuiltIn>>(policies: T) -> Self {
        policies.into_iter().fold(Self::default(), Self::with)
    }
}
