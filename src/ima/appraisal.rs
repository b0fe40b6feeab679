use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What the kernel does with the verdict of an appraisal: `ima_appraise=` on the kernel command line
/// (Documentation/admin-guide/kernel-parameters.txt, security/integrity/ima/ima_appraise.c).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Appraisal {
    /// Nothing is appraised.
    #[default]
    Off,
    /// A bad label is logged, the access goes on.
    Log,
    /// A missing or wrong hash label is written anew, the access goes on.
    Fix,
    /// An access to a file with a missing or wrong label is denied.
    Enforce,
}

impl Appraisal {
    /// The value of `ima_appraise=` that asks for this mode.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Log => "log",
            Self::Fix => "fix",
            Self::Enforce => "enforce",
        }
    }

    /// The mode that a value of `ima_appraise=` asks for; `None` for a value that the kernel ignores.
    pub fn from_value(value: &str) -> Option<Self> {
        [Self::Off, Self::Log, Self::Fix, Self::Enforce]
            .into_iter()
            .find(|mode| mode.as_str() == value)
    }
}

impl fmt::Display for Appraisal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
