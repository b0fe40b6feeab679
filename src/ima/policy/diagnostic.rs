use super::{Fault, FaultAt};
use serde::Serialize;

/// What is to be said of a policy or of a rule in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// Whether the kernel refuses it, or takes it and it is not wise.
    pub severity: Severity,
    /// Its name, which never changes; docs/policy has a page for it.
    pub code: &'static str,
    /// What is the matter.
    pub message: String,
    /// The character in the line, from 1.
    pub column: usize,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
}

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The kernel refuses it.
    Error,
    /// The kernel takes it.
    Warning,
}

impl From<&FaultAt> for Diagnostic {
    fn from(at: &FaultAt) -> Self {
        let FaultAt { column, fault } = at;
        Self {
            severity: Severity::Error,
            code: fault.code(),
            message: Fault::to_string(fault),
            column: *column,
            help: fault.help(),
        }
    }
}
