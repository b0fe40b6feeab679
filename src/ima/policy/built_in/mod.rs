//! The rules that a kernel brings: those that its command line turns on, those of its build, and those of the
//! architecture.

mod assembled;
mod origin;
mod table;

pub use assembled::{SecureBoot, assembled, lasting};
pub use origin::Origin;

use super::Feature;
use std::fmt;

/// A policy that is compiled into every kernel with IMA and that the command line turns on (`policy_setup()` in
/// ima_policy.c, `ima_policy=` in Documentation/admin-guide/kernel-parameters.txt). In the order in which the kernel
/// puts their rules together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BuiltIn {
    /// Measures what is executed, mapped to be executed or loaded, and what root reads.
    Tcb,
    /// The same in its first form, by the old parameter `ima_tcb`. Of the two the kernel takes the one that its command
    /// line names first.
    OriginalTcb,
    /// Asks for signatures on modules, firmware, kexec kernels and policies.
    SecureBoot,
    /// Appraises all files of root.
    AppraiseTcb,
    /// Measures state of the kernel itself.
    CriticalData,
    /// No rules but a flag: appraisal fails on file systems whose files can change unseen, FUSE above all, also where
    /// root mounted them (`IMA_FAIL_UNVERIFIABLE_SIGS` in `ima_appraise_measurement()`).
    FailSecurely,
}

impl BuiltIn {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Tcb,
        Self::OriginalTcb,
        Self::SecureBoot,
        Self::AppraiseTcb,
        Self::CriticalData,
        Self::FailSecurely,
    ];

    /// The value of `ima_policy=`; the old form is a parameter of its own.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Tcb => "tcb",
            Self::OriginalTcb => "ima_tcb",
            Self::SecureBoot => "secure_boot",
            Self::AppraiseTcb => "appraise_tcb",
            Self::CriticalData => "critical_data",
            Self::FailSecurely => "fail_securely",
        }
    }

    /// The policy of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|policy| policy.as_str() == name)
    }

    /// How the command line turns it on.
    pub fn parameter(self) -> String {
        match self {
            Self::OriginalTcb => self.as_str().to_owned(),
            _ => format!("ima_policy={self}"),
        }
    }

    /// What a kernel must have to know it; others ignore the name.
    pub fn needs(self) -> Option<Feature> {
        (self == Self::CriticalData).then_some(Feature::CriticalData)
    }
}

impl fmt::Display for BuiltIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
