use super::{BuiltIn, Origin};
use crate::ima::{
    BuiltInPolicies,
    policy::{Kernel, Rule},
};

/// Whether the firmware verified what it booted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecureBoot {
    /// It did.
    On,
    /// It did not, or there is no EFI.
    Off,
}

/// All rules that a kernel has after it booted, before it is given a policy, in its order (`ima_init_policy()` in
/// ima_policy.c, the same from 5.4 to 7.2).
pub fn assembled(which: BuiltInPolicies, kernel: &Kernel, secure_boot: SecureBoot) -> Vec<(Origin, Rule)> {
    let asked = |policies: &[BuiltIn]| {
        let policies = policies.iter().copied().filter(|policy| which.has(*policy));
        policies.map(Origin::CommandLine).collect::<Vec<_>>()
    };
    // Of the two forms of tcb there is one.
    let mut origins: Vec<Origin> = asked(&[BuiltIn::Tcb, BuiltIn::OriginalTcb])
        .into_iter()
        .take(1)
        .collect();
    origins.extend(architecture(secure_boot));
    origins.extend(asked(&[BuiltIn::SecureBoot]));
    // The rules of secure_boot hold those of the build, and the kernel takes the one or the other.
    if !which.secure_boot {
        origins.push(Origin::Build);
    }
    origins.extend(asked(&[BuiltIn::AppraiseTcb, BuiltIn::CriticalData]));
    rules_of(origins, kernel)
}

/// The rules that stay when a policy is loaded, and stand before its rules; all others go.
pub fn lasting(kernel: &Kernel, secure_boot: SecureBoot) -> Vec<(Origin, Rule)> {
    rules_of(architecture(secure_boot).into_iter().chain([Origin::Build]), kernel)
}

fn architecture(secure_boot: SecureBoot) -> Option<Origin> {
    (secure_boot == SecureBoot::On).then_some(Origin::Architecture)
}

fn rules_of(origins: impl IntoIterator<Item = Origin>, kernel: &Kernel) -> Vec<(Origin, Rule)> {
    let rules = |origin: Origin| origin.rules(kernel).into_iter().map(move |rule| (origin, rule));
    origins.into_iter().flat_map(rules).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::ima::{KernelConfig, KernelVersion};

    const RELEASES: [(u32, u32); 9] = [
        (5, 4),
        (5, 11),
        (5, 12),
        (6, 5),
        (6, 6),
        (6, 13),
        (6, 14),
        (6, 18),
        (6, 19),
    ];

    fn kernel(version: (u32, u32), config: &str) -> Kernel {
        let version = KernelVersion::new(version.0, version.1);
        Kernel::new(version, KernelConfig::parse(config)).unwrap()
    }

    fn rules(origin: Origin, version: (u32, u32), config: &str) -> Vec<String> {
        let rules = origin.rules(&kernel(version, config));
        rules.iter().map(ToString::to_string).collect()
    }

    /// The releases whose rules from there have this one.
    fn having(origin: Origin, config: &str, rule: &str) -> Vec<(u32, u32)> {
        let has = |version: &(u32, u32)| rules(origin, *version, config).iter().any(|own| own == rule);
        RELEASES.into_iter().filter(has).collect()
    }

    #[test]
    fn every_rule_of_the_tables_is_read() {
        let config = "CONFIG_EFI=y\nCONFIG_IMA_ARCH_POLICY=y\nCONFIG_IMA_WRITE_POLICY=y\n\
                      CONFIG_IMA_APPRAISE_REQUIRE_MODULE_SIGS=y\nCONFIG_IMA_APPRAISE_REQUIRE_FIRMWARE_SIGS=y\n\
                      CONFIG_IMA_APPRAISE_REQUIRE_KEXEC_SIGS=y\nCONFIG_IMA_APPRAISE_REQUIRE_POLICY_SIGS=y\n\
                      CONFIG_INTEGRITY_MACHINE_KEYRING=y\n\
                      CONFIG_IMA_KEYRINGS_PERMIT_SIGNED_BY_BUILTIN_OR_SECONDARY=y\n";
        let counts = |version| {
            let policies = BuiltIn::ALL.into_iter().map(Origin::CommandLine);
            let origins = policies.chain([Origin::Architecture, Origin::Build]);
            origins
                .map(|origin| rules(origin, version, config).len())
                .collect::<Vec<_>>()
        };
        assert_eq!(counts((5, 4)), [20, 18, 4, 16, 0, 0, 4, 4]);
        assert_eq!(counts((7, 2)), [20, 18, 4, 16, 1, 0, 5, 4]);
    }

    #[test]
    fn releases_differ() {
        let tcb = Origin::CommandLine(BuiltIn::Tcb);
        let secure_boot = Origin::CommandLine(BuiltIn::SecureBoot);
        let critical_data = Origin::CommandLine(BuiltIn::CriticalData);
        assert_eq!(having(tcb, "", "dont_measure fsmagic=0x1021994"), RELEASES[..6]);
        assert_eq!(
            having(tcb, "", "dont_measure func=FILE_CHECK fsmagic=0x1021994"),
            RELEASES[6..]
        );
        let modsig = "appraise func=MODULE_CHECK appraise_type=imasig|modsig";
        // Built in or not: the table of the kernel does not ask.
        assert_eq!(having(secure_boot, "", modsig), RELEASES[8..]);
        assert_eq!(having(critical_data, "", "measure func=CRITICAL_DATA"), RELEASES[2..]);
        let keys = "CONFIG_EFI=y\nCONFIG_IMA_ARCH_POLICY=y\nCONFIG_INTEGRITY_MACHINE_KEYRING=y\n\
                    CONFIG_IMA_KEYRINGS_PERMIT_SIGNED_BY_BUILTIN_OR_SECONDARY=y\n";
        let signed = "appraise func=POLICY_CHECK appraise_type=imasig";
        assert_eq!(having(Origin::Architecture, keys, signed), RELEASES[4..]);
    }

    #[test]
    fn builds_differ() {
        let appraise_tcb = Origin::CommandLine(BuiltIn::AppraiseTcb);
        let last = |config| {
            let mut rules = rules(appraise_tcb, (6, 1), config);
            rules.split_off(14)
        };
        assert_eq!(last(""), ["appraise fowner=0"]);
        assert_eq!(
            last("CONFIG_IMA_WRITE_POLICY=y\nCONFIG_IMA_APPRAISE_SIGNED_INIT=y\n"),
            [
                "appraise func=POLICY_CHECK appraise_type=imasig",
                "appraise fowner=0 appraise_type=imasig"
            ]
        );
        let architecture = |config| rules(Origin::Architecture, (6, 1), config);
        assert!(architecture("CONFIG_EFI=y\n").is_empty());
        assert_eq!(
            architecture("CONFIG_EFI=y\nCONFIG_IMA_ARCH_POLICY=y\nCONFIG_MODULE_SIG=y\n"),
            [
                "appraise func=KEXEC_KERNEL_CHECK appraise_type=imasig",
                "measure func=KEXEC_KERNEL_CHECK",
                "measure func=MODULE_CHECK"
            ]
        );
    }

    #[test]
    fn the_rules_of_the_build_wait_behind_secure_boot_for_a_loaded_policy() {
        let kernel = kernel((6, 1), "CONFIG_IMA_APPRAISE_REQUIRE_MODULE_SIGS=y\n");
        let origins = |policies: &[BuiltIn]| {
            let rules = assembled(policies.iter().copied().collect(), &kernel, SecureBoot::Off);
            let mut origins: Vec<Origin> = rules.into_iter().map(|(origin, _)| origin).collect();
            origins.dedup();
            origins
        };
        let of = Origin::CommandLine;
        assert_eq!(
            origins(&[BuiltIn::AppraiseTcb, BuiltIn::Tcb]),
            [of(BuiltIn::Tcb), Origin::Build, of(BuiltIn::AppraiseTcb)]
        );
        assert_eq!(
            origins(&[BuiltIn::AppraiseTcb, BuiltIn::SecureBoot]),
            [of(BuiltIn::SecureBoot), of(BuiltIn::AppraiseTcb)]
        );
        assert_eq!(lasting(&kernel, SecureBoot::Off).len(), 1);
    }
}
