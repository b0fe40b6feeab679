use super::Feature;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What a rule does with what it matches. Of each [`Class`] the first rule that matches decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
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
    /// Not audited; since Linux 6.19.
    DontAudit,
    /// Gets a label, which is not compared.
    Hash,
    /// Gets no label.
    DontHash,
}

/// What the kernel decides about an access, each on its own (`ima_match_policy()` in ima_policy.c).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Into the measurement list and the PCR?
    Measure,
    /// Compared with its label?
    Appraise,
    /// Its digest to the audit log?
    Audit,
    /// A label for it?
    Hash,
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

    /// What it decides.
    pub fn class(self) -> Class {
        match self {
            Self::Measure | Self::DontMeasure => Class::Measure,
            Self::Appraise | Self::DontAppraise => Class::Appraise,
            Self::Audit | Self::DontAudit => Class::Audit,
            Self::Hash | Self::DontHash => Class::Hash,
        }
    }

    /// Whether it does something, and not the `dont_` of it.
    pub fn does(self) -> bool {
        matches!(self, Self::Measure | Self::Appraise | Self::Audit | Self::Hash)
    }

    /// What a kernel must have to know it.
    pub fn needs(self) -> Option<Feature> {
        (self == Self::DontAudit).then_some(Feature::DontAudit)
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Class {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Measure, Self::Appraise, Self::Audit, Self::Hash];

    /// The word in a policy.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Measure => "measure",
            Self::Appraise => "appraise",
            Self::Audit => "audit",
            Self::Hash => "hash",
        }
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
