//! The pages of docs/policy, one for each thing that can be said of a policy.

/// The page of a fault or a lint, in Markdown; `None` where the code is none of [`codes`].
pub fn page(code: &str) -> Option<&'static str> {
    PAGES.iter().find(|(known, _)| *known == code).map(|(_, text)| *text)
}

/// Every code, in order of the alphabet.
pub fn codes() -> impl Iterator<Item = &'static str> {
    PAGES.iter().map(|(code, _)| *code)
}

macro_rules! pages {
    ($($code:literal),* $(,)?) => {
        &[$(($code, include_str!(concat!("../../../docs/policy/", $code, ".md")))),*]
    };
}

const PAGES: &[(&str, &str)] = pages![
    "action-of-func",
    "appraises-changing-files",
    "assumed-config",
    "bad-value",
    "before-action",
    "control-character",
    "duplicate-condition",
    "duplicate-rule",
    "empty-policy",
    "ends-appraisal",
    "exact-mask",
    "excludes-other",
    "impossible",
    "kernel-cannot-appraise",
    "kernel-too-old",
    "label-of-another-host",
    "legacy-name",
    "loose-operator",
    "missing-value",
    "needs-action",
    "needs-other",
    "needs-signatures",
    "needs-signed-policy",
    "never-matches",
    "newer-kernel",
    "no-action",
    "no-effect",
    "no-exclusion",
    "no-final-newline",
    "no-libraries",
    "no-lsm",
    "no-overlay-exclusion",
    "not-built-in",
    "not-with-func",
    "nul",
    "path",
    "replaced-condition",
    "second-action",
    "takes-no-value",
    "too-long",
    "too-many-to-compare",
    "unbounded-measurement",
    "undefined-label",
    "unknown-value",
    "unknown-word",
    "wrong-operator",
];
