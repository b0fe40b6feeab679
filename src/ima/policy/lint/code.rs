/// What can be unwise in a policy; each has a page in docs/policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lint {
    /// No rule at all.
    EmptyPolicy,
    /// The last line is not ended.
    NoFinalNewline,
    /// An earlier rule of the same class always wins.
    NeverMatches,
    /// The same rule again.
    DuplicateRule,
    /// Conditions that no access meets.
    Impossible,
    /// The policy is so large that not all rules were compared.
    TooManyToCompare,
    /// File systems of the kernel itself are measured, appraised or audited.
    NoExclusion,
    /// The root file systems of containers are appraised.
    NoOverlayExclusion,
    /// Files that change while they are in use are appraised.
    AppraisesChangingFiles,
    /// Nothing is appraised once the policy is loaded.
    EndsAppraisal,
    /// Ordinary users can make the measurement list grow.
    UnboundedMeasurement,
    /// Files are to be appraised, and the kernel cannot.
    KernelCannotAppraise,
    /// Programs are looked at, and not the libraries that they map.
    NoLibraries,
    /// A mask that must be equal, where files are opened with others too.
    ExactMask,
    /// Policies must be signed.
    NeedsSignedPolicy,
    /// Ordinary files must be signed.
    NeedsSignatures,
    /// A condition that the kernel reads and passes over.
    NoEffect,
    /// Only the host's own security policy knows the label.
    LabelOfAnotherHost,
    /// A character in a value that cannot be seen.
    ControlCharacter,
    /// A condition given again, which takes the place of the first.
    ReplacedCondition,
    /// An old name of a hook.
    LegacyName,
    /// The build options of the kernel are assumed.
    AssumedConfig,
    /// A kernel that came after this program.
    NewerKernel,
}

impl Lint {
    /// All of them.
    pub const ALL: [Self; 23] = [
        Self::EmptyPolicy,
        Self::NoFinalNewline,
        Self::NeverMatches,
        Self::DuplicateRule,
        Self::Impossible,
        Self::TooManyToCompare,
        Self::NoExclusion,
        Self::NoOverlayExclusion,
        Self::AppraisesChangingFiles,
        Self::EndsAppraisal,
        Self::UnboundedMeasurement,
        Self::KernelCannotAppraise,
        Self::NoLibraries,
        Self::ExactMask,
        Self::NeedsSignedPolicy,
        Self::NeedsSignatures,
        Self::NoEffect,
        Self::LabelOfAnotherHost,
        Self::ControlCharacter,
        Self::ReplacedCondition,
        Self::LegacyName,
        Self::AssumedConfig,
        Self::NewerKernel,
    ];

    /// Its name in JSON and in the documentation; never changes.
    pub fn code(self) -> &'static str {
        match self {
            Self::EmptyPolicy => "empty-policy",
            Self::NoFinalNewline => "no-final-newline",
            Self::NeverMatches => "never-matches",
            Self::DuplicateRule => "duplicate-rule",
            Self::Impossible => "impossible",
            Self::TooManyToCompare => "too-many-to-compare",
            Self::NoExclusion => "no-exclusion",
            Self::NoOverlayExclusion => "no-overlay-exclusion",
            Self::AppraisesChangingFiles => "appraises-changing-files",
            Self::EndsAppraisal => "ends-appraisal",
            Self::UnboundedMeasurement => "unbounded-measurement",
            Self::KernelCannotAppraise => "kernel-cannot-appraise",
            Self::NoLibraries => "no-libraries",
            Self::ExactMask => "exact-mask",
            Self::NeedsSignedPolicy => "needs-signed-policy",
            Self::NeedsSignatures => "needs-signatures",
            Self::NoEffect => "no-effect",
            Self::LabelOfAnotherHost => "label-of-another-host",
            Self::ControlCharacter => "control-character",
            Self::ReplacedCondition => "replaced-condition",
            Self::LegacyName => "legacy-name",
            Self::AssumedConfig => "assumed-config",
            Self::NewerKernel => "newer-kernel",
        }
    }
}
