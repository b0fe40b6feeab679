use crate::ima::KernelVersion;

/// What the policy language has learned since Linux 5.4, by the release that brought it. Between the releases whose
/// kernels were asked (tests/verdicts) the merges of the kernel's integrity tree tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Feature {
    /// `func=KEY_CHECK` and `keyrings=`.
    KeyCheck,
    /// `ima_validate_rule()`: what goes with which `func=`. Written for 5.9 and carried back to 5.8.
    Validator,
    /// What came with it in 5.9 and was not carried back: conditions beside `func=KEXEC_CMDLINE`, words in any
    /// order but for `template=`, and no empty items in lists.
    ValidatorOf59,
    /// `func=CRITICAL_DATA` and `label=`.
    CriticalData,
    /// Data without a file is measured with the template `ima-buf` and not with the default one.
    BufferTemplate,
    /// The template `evm-sig`.
    EvmSigTemplate,
    /// `func=SETXATTR_CHECK` and `appraise_algos=`.
    SetxattrCheck,
    /// `gid`, `egid` and `fgroup`.
    Groups,
    /// `digest_type=verity`, `appraise_type=sigv3` and the templates `ima-ngv2` and `ima-sigv2`.
    Verity,
    /// `func=MMAP_CHECK_REQPROT`.
    MmapCheckReqprot,
    /// SHA-3 among the names of hash algorithms (crypto/hash_info.c).
    Sha3Names,
    /// Revoked keys are always looked up, and `appraise_flag=` is read and means nothing.
    AlwaysBlacklist,
    /// `dont_audit`.
    DontAudit,
    /// `fs_subtype=`.
    FsSubtype,
    /// A comment after a rule.
    TrailingComment,
    /// `appraise_type=sigv3` without fs-verity, and `digest_type=` anywhere in the rule.
    Sigv3OnHashes,
}

impl Feature {
    /// The first release with it.
    pub const fn since(self) -> KernelVersion {
        let (major, minor) = match self {
            Self::KeyCheck => (5, 6),
            Self::Validator => (5, 8),
            Self::ValidatorOf59 => (5, 9),
            Self::BufferTemplate => (5, 11),
            Self::CriticalData => (5, 12),
            Self::EvmSigTemplate => (5, 14),
            Self::SetxattrCheck => (5, 15),
            Self::Groups => (5, 16),
            Self::Verity => (5, 19),
            Self::MmapCheckReqprot => (6, 3),
            Self::AlwaysBlacklist => (6, 6),
            Self::Sha3Names => (6, 7),
            Self::TrailingComment => (6, 14),
            Self::DontAudit | Self::FsSubtype => (6, 19),
            Self::Sigv3OnHashes => (7, 1),
        };
        KernelVersion::new(major, minor)
    }

    /// The releases in which the language changed, oldest first; the first is the oldest that is known here.
    pub const RELEASES: [KernelVersion; 15] = [
        KernelVersion::new(5, 4),
        Self::KeyCheck.since(),
        Self::Validator.since(),
        Self::ValidatorOf59.since(),
        Self::CriticalData.since(),
        Self::EvmSigTemplate.since(),
        Self::SetxattrCheck.since(),
        Self::Groups.since(),
        Self::Verity.since(),
        Self::MmapCheckReqprot.since(),
        Self::AlwaysBlacklist.since(),
        Self::Sha3Names.since(),
        Self::TrailingComment.since(),
        Self::DontAudit.since(),
        Self::Sigv3OnHashes.since(),
    ];
}
