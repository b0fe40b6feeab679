use crate::resource::StepId;
use thiserror::Error;

/// Why no plan can be made.
#[derive(Debug, Clone, Error, PartialEq, Eq)]
pub enum PlanError {
    /// Steps wait for each other.
    #[error("these steps wait for each other: {}", members.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))]
    Cycle {
        /// The members of the cycle.
        members: Vec<StepId>,
    },
    /// Two steps have one name.
    #[error("two steps are called {0}")]
    Twice(StepId),
}
