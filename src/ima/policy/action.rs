use serde::{Deserialize, Serialize};
use std::fmt;

/// What a rule does with a file that it matches. Of each class (measure, appraise, audit, hash) the first rule that
/// matches decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Into the measurement list and the PCR.
    Measure,
    /// Not measured.
    DontMeasure,
    /// Compared with its label; decides about new labels too.
    Appraise,
    /// Not appraised.
    DontAppraise,
    /// Its digest goes to the audit log.
    Audit,
    /// Not audited; since Linux 7.0.
    DontAudit,
    /// Gets a label, which is not compared.
    Hash,
    /// Gets no label.
    DontHash,
}

impl Action {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Measure,
        Self::DontMeasure,
        Self::Appraise,
        Self::DontAppraise,
        Self::Audit,
        Self::DontAudit,
        Self::Hash,
        Self::DontHash,
    ];

    /// The word in a policy.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Measure => "measure",
            Self::DontMeasure => "dont_measure",
            Self::Appraise => "appraise",
            Self::DontAppraise => "dont_appraise",
            Self::Audit => "audit",
            Self::DontAudit => "dont_audit",
            Self::Hash => "hash",
            Self::DontHash => "dont_hash",
        }
    }

    /// The action of this word.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.as_str() == name)
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
