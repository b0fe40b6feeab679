use super::StepId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Something of the playbook that the host already is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Unchanged {
    /// The name that a step would have which changed it.
    pub id: String,
    /// What it is, for people.
    pub what: String,
}

impl Unchanged {
    /// What a step of this name would have to change.
    pub fn new(id: &StepId, what: impl Into<String>) -> Self {
        Self {
            id: id.to_string(),
            what: what.into(),
        }
    }
}
