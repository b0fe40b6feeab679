use super::{Step, StepId, Unchanged};
use serde::Serialize;

/// What one resource has to say about one host.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Findings {
    /// What must be done.
    pub steps: Vec<Step>,
    /// What is as wanted.
    pub unchanged: Vec<Unchanged>,
    /// What a person should know.
    pub warnings: Vec<String>,
    /// Why nothing may be done to this host.
    pub refusals: Vec<String>,
}

impl Findings {
    /// One step and nothing else.
    pub fn step(step: Step) -> Self {
        Self {
            steps: vec![step],
            ..Self::default()
        }
    }

    /// One refusal and nothing else.
    pub fn refusal(text: impl Into<String>) -> Self {
        Self {
            refusals: vec![text.into()],
            ..Self::default()
        }
    }

    /// Something that is as wanted and nothing else.
    pub fn unchanged(id: &StepId, what: impl Into<String>) -> Self {
        Self {
            unchanged: vec![Unchanged::new(id, what)],
            ..Self::default()
        }
    }

    /// Takes over what another resource found.
    pub fn merge(&mut self, other: Self) {
        self.steps.extend(other.steps);
        self.unchanged.extend(other.unchanged);
        self.warnings.extend(other.warnings);
        self.refusals.extend(other.refusals);
    }

    /// The names of the steps.
    pub fn ids(&self) -> Vec<StepId> {
        self.steps.iter().map(|step| step.id.clone()).collect()
    }
}
