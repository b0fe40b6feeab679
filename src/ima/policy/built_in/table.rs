//! The rules themselves, as an administrator would write them. They are those of security/integrity/ima/ima_policy.c and
//! ima_efi.c, compared in 5.4, 5.10, 5.11, 5.15, 5.19, 6.1, 6.5, 6.8, 6.11, 6.12, 6.14, 6.17, 7.0 and 7.2. What real
//! kernels showed is in tests/built_in.

use crate::ima::{KernelVersion, policy::Kernel};

/// A rule, and what must hold for a kernel to bring it.
pub(super) type Line = (&'static str, &'static [When]);

/// What a kernel must be.
#[derive(Debug, Clone, Copy)]
pub(super) enum When {
    /// This version or a later one.
    Since(KernelVersion),
    /// An earlier version.
    Before(KernelVersion),
    /// Built with this option.
    With(&'static str),
    /// Built without it.
    Without(&'static str),
}
use When::{Before, Since, With, Without};

impl When {
    pub fn holds(self, kernel: &Kernel) -> bool {
        match self {
            Since(version) => kernel.version() >= version,
            Before(version) => kernel.version() < version,
            With(option) => kernel.built_with(option),
            Without(option) => !kernel.built_with(option),
        }
    }
}

/// Files on a tmpfs are measured when they are executed or mapped: programs are run from there (`memfd_create()`, too).
const TMPFS_ONLY_OPENED: KernelVersion = KernelVersion::new(6, 14);
/// Modules may have their signature appended: with it came the check of modules that the kernel decompresses itself.
/// Committed in November 2025, during 6.18; Ubuntu's 6.17 has it not, its 7.0 has it.
const MODULE_WITH_MODSIG: KernelVersion = KernelVersion::new(6, 19);
/// Under Secure Boot policies must be signed, where the owner's keys can be loaded. Ubuntu's 6.5 has it not, its 6.8 has
/// it.
const SIGNED_POLICY: KernelVersion = KernelVersion::new(6, 6);

/// `dont_measure_rules[]`: pseudo file systems, before the rules of either `tcb`.
pub(super) const DONT_MEASURE: &[Line] = &[
    ("dont_measure fsmagic=0x9fa0", &[]),     // proc
    ("dont_measure fsmagic=0x62656572", &[]), // sysfs
    ("dont_measure fsmagic=0x64626720", &[]), // debugfs
    ("dont_measure fsmagic=0x01021994", &[Before(TMPFS_ONLY_OPENED)]),
    (
        "dont_measure func=FILE_CHECK fsmagic=0x01021994",
        &[Since(TMPFS_ONLY_OPENED)],
    ),
    ("dont_measure fsmagic=0x1cd1", &[]),     // devpts
    ("dont_measure fsmagic=0x42494e4d", &[]), // binfmt_misc
    ("dont_measure fsmagic=0x73636673", &[]), // securityfs
    ("dont_measure fsmagic=0xf97cff8c", &[]), // SELinux
    ("dont_measure fsmagic=0x43415d53", &[]), // Smack
    ("dont_measure fsmagic=0x27e0eb", &[]),   // cgroup
    ("dont_measure fsmagic=0x63677270", &[]), // cgroup2
    ("dont_measure fsmagic=0x6e736673", &[]), // nsfs
    ("dont_measure fsmagic=0xde5e81e4", &[]), // efivarfs
];

/// `default_measurement_rules[]`
pub(super) const TCB: &[Line] = &[
    ("measure func=MMAP_CHECK mask=MAY_EXEC", &[]),
    ("measure func=BPRM_CHECK mask=MAY_EXEC", &[]),
    ("measure func=FILE_CHECK mask=^MAY_READ euid=0", &[]),
    ("measure func=FILE_CHECK mask=^MAY_READ uid=0", &[]),
    ("measure func=MODULE_CHECK", &[]),
    ("measure func=FIRMWARE_CHECK", &[]),
    ("measure func=POLICY_CHECK", &[]),
];

/// `original_measurement_rules[]`
pub(super) const ORIGINAL_TCB: &[Line] = &[
    ("measure func=MMAP_CHECK mask=MAY_EXEC", &[]),
    ("measure func=BPRM_CHECK mask=MAY_EXEC", &[]),
    ("measure func=FILE_CHECK mask=MAY_READ uid=0", &[]),
    ("measure func=MODULE_CHECK", &[]),
    ("measure func=FIRMWARE_CHECK", &[]),
];

/// `sb_arch_rules[]` of ima_efi.c; up to 5.11 of arch/x86/kernel/ima_arch.c.
pub(super) const ARCHITECTURE: &[Line] = &[
    (
        "appraise func=KEXEC_KERNEL_CHECK appraise_type=imasig",
        &[Without("CONFIG_KEXEC_SIG")],
    ),
    ("measure func=KEXEC_KERNEL_CHECK", &[]),
    (
        "appraise func=MODULE_CHECK appraise_type=imasig",
        &[Without("CONFIG_MODULE_SIG")],
    ),
    (
        "appraise func=POLICY_CHECK appraise_type=imasig",
        &[
            Since(SIGNED_POLICY),
            With("CONFIG_INTEGRITY_MACHINE_KEYRING"),
            With("CONFIG_IMA_KEYRINGS_PERMIT_SIGNED_BY_BUILTIN_OR_SECONDARY"),
        ],
    ),
    ("measure func=MODULE_CHECK", &[]),
];

/// `secure_boot_rules[]`
pub(super) const SECURE_BOOT: &[Line] = &[
    (
        "appraise func=MODULE_CHECK appraise_type=imasig",
        &[Before(MODULE_WITH_MODSIG)],
    ),
    (
        "appraise func=MODULE_CHECK appraise_type=imasig|modsig",
        &[Since(MODULE_WITH_MODSIG)],
    ),
    ("appraise func=FIRMWARE_CHECK appraise_type=imasig", &[]),
    ("appraise func=KEXEC_KERNEL_CHECK appraise_type=imasig", &[]),
    ("appraise func=POLICY_CHECK appraise_type=imasig", &[]),
];

/// `build_appraise_rules[]`
pub(super) const BUILD: &[Line] = &[
    (
        "appraise func=MODULE_CHECK appraise_type=imasig",
        &[With("CONFIG_IMA_APPRAISE_REQUIRE_MODULE_SIGS")],
    ),
    (
        "appraise func=FIRMWARE_CHECK appraise_type=imasig",
        &[With("CONFIG_IMA_APPRAISE_REQUIRE_FIRMWARE_SIGS")],
    ),
    (
        "appraise func=KEXEC_KERNEL_CHECK appraise_type=imasig",
        &[With("CONFIG_IMA_APPRAISE_REQUIRE_KEXEC_SIGS")],
    ),
    (
        "appraise func=POLICY_CHECK appraise_type=imasig",
        &[With("CONFIG_IMA_APPRAISE_REQUIRE_POLICY_SIGS")],
    ),
];

/// `default_appraise_rules[]`
pub(super) const APPRAISE_TCB: &[Line] = &[
    ("dont_appraise fsmagic=0x9fa0", &[]),     // proc
    ("dont_appraise fsmagic=0x62656572", &[]), // sysfs
    ("dont_appraise fsmagic=0x64626720", &[]), // debugfs
    ("dont_appraise fsmagic=0x01021994", &[]), // tmpfs
    ("dont_appraise fsmagic=0x858458f6", &[]), // ramfs
    ("dont_appraise fsmagic=0x1cd1", &[]),     // devpts
    ("dont_appraise fsmagic=0x42494e4d", &[]), // binfmt_misc
    ("dont_appraise fsmagic=0x73636673", &[]), // securityfs
    ("dont_appraise fsmagic=0xf97cff8c", &[]), // SELinux
    ("dont_appraise fsmagic=0x43415d53", &[]), // Smack
    ("dont_appraise fsmagic=0x6e736673", &[]), // nsfs
    ("dont_appraise fsmagic=0xde5e81e4", &[]), // efivarfs
    ("dont_appraise fsmagic=0x27e0eb", &[]),   // cgroup
    ("dont_appraise fsmagic=0x63677270", &[]), // cgroup2
    (
        "appraise func=POLICY_CHECK appraise_type=imasig",
        &[With("CONFIG_IMA_WRITE_POLICY")],
    ),
    ("appraise fowner=0", &[Without("CONFIG_IMA_APPRAISE_SIGNED_INIT")]),
    (
        "appraise fowner=0 appraise_type=imasig",
        &[With("CONFIG_IMA_APPRAISE_SIGNED_INIT")],
    ),
];

/// `critical_data_rules[]`
pub(super) const CRITICAL_DATA: &[Line] = &[("measure func=CRITICAL_DATA", &[])];
