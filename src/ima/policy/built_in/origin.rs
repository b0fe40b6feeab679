use super::{
    BuiltIn,
    table::{self, Line},
};
use crate::ima::policy::{Kernel, Policy, Rule};
use std::fmt;

/// Where rules come from that a kernel has without being given a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// The command line.
    CommandLine(BuiltIn),
    /// The architecture, under Secure Boot: `arch_get_ima_policy()` in ima_efi.c, with `CONFIG_IMA_ARCH_POLICY`. That is
    /// x86, and since 5.12 every architecture with EFI; those of PowerPC are others and not known here.
    Architecture,
    /// The build: `CONFIG_IMA_APPRAISE_REQUIRE_…_SIGS`.
    Build,
}

impl Origin {
    /// Its name in JSON: the policy's, `architecture` or `build`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CommandLine(policy) => policy.as_str(),
            Self::Architecture => "architecture",
            Self::Build => "build",
        }
    }

    /// Whether its rules stay when a policy is loaded; all others go (`IMA_CUSTOM_POLICY` in `ima_init_policy()`).
    pub fn stays(self) -> bool {
        matches!(self, Self::Architecture | Self::Build)
    }

    /// The rules that this kernel has from there, in its order, as if they were asked for.
    pub fn rules(self, kernel: &Kernel) -> Vec<Rule> {
        let brings = |(_, conditions): &&Line| conditions.iter().all(|when| when.holds(kernel));
        let lines = self.lines(kernel).into_iter().flatten().filter(brings);
        let text: Vec<&str> = lines.map(|(text, _)| *text).collect();
        // Not read as this kernel reads what it is given: its own rules ask for `modsig` whether it was built in or not.
        let policy = Policy::new(text.join("\n"));
        let judgement = policy.judge(&Kernel::permissive());
        let own = |rule: &Rule| Rule {
            line: 0,
            ..rule.clone()
        };
        judgement.rules().map(own).collect()
    }

    fn lines(self, kernel: &Kernel) -> Vec<&'static [Line]> {
        let knows = |policy: BuiltIn| policy.needs().is_none_or(|feature| kernel.has(feature));
        match self {
            Self::CommandLine(policy) if !knows(policy) => Vec::new(),
            Self::CommandLine(BuiltIn::Tcb) => vec![table::DONT_MEASURE, table::TCB],
            Self::CommandLine(BuiltIn::OriginalTcb) => vec![table::DONT_MEASURE, table::ORIGINAL_TCB],
            Self::CommandLine(BuiltIn::SecureBoot) => vec![table::SECURE_BOOT],
            Self::CommandLine(BuiltIn::AppraiseTcb) => vec![table::APPRAISE_TCB],
            Self::CommandLine(BuiltIn::CriticalData) => vec![table::CRITICAL_DATA],
            Self::CommandLine(BuiltIn::FailSecurely) => Vec::new(),
            Self::Architecture => {
                let built = kernel.built_with("CONFIG_EFI") && kernel.built_with("CONFIG_IMA_ARCH_POLICY");
                if built { vec![table::ARCHITECTURE] } else { Vec::new() }
            }
            Self::Build => vec![table::BUILD],
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CommandLine(policy) => f.write_str(&policy.parameter()),
            Self::Architecture => f.write_str("the architecture, only under Secure Boot"),
            Self::Build => f.write_str("the kernel's build"),
        }
    }
}
