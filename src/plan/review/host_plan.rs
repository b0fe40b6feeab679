use super::ReviewedStep;
use crate::{
    config::Stage,
    ima::Appraisal,
    plan::{Drift, Plan},
    resource::Unchanged,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The plan of one host, or of all hosts whose plans are the same, for review.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HostPlan {
    /// What it comes to.
    pub outlook: Outlook,
    /// Why there is no plan.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// Where the host is, and where it goes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub way: Option<HostWay>,
    /// How it differs from what imaform last applied.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drift: Option<Drift>,
    /// What a person should know.
    pub warnings: Vec<String>,
    /// Why nothing may be done.
    pub refusals: Vec<String>,
    /// What is done, in an order that it can be done in.
    pub steps: Vec<ReviewedStep>,
    /// What is as wanted.
    pub unchanged: Vec<Unchanged>,
    /// What follows when the host is looked at again after these steps; what is done then is unknown until then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub then: Option<String>,
}

/// What is to happen to a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Outlook {
    /// Steps are carried out.
    Change,
    /// It is as wanted.
    UpToDate,
    /// Nothing may be done to it.
    Refused,
    /// It could not be looked at.
    Unreachable,
    /// It failed in the run that is gone on with.
    LeftAlone,
}

impl Outlook {
    /// For people.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Change => "to change",
            Self::UpToDate => "up to date",
            Self::Refused => "refused",
            Self::Unreachable => "unreachable",
            Self::LeftAlone => "left alone",
        }
    }
}

/// Where a host is, and where it goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HostWay {
    /// The playbook's name.
    pub playbook: String,
    /// The stage that the host has reached.
    pub stage: Stage,
    /// What it is now, in words.
    pub now: String,
    /// The mode that the plan ends in.
    pub wanted: Appraisal,
}

impl HostWay {
    /// Of a host that could be looked at.
    pub(super) fn of(plan: &Plan) -> Self {
        Self {
            playbook: plan.playbook.clone(),
            stage: plan.stage,
            now: plan.now.clone(),
            wanted: plan.target,
        }
    }
}

impl fmt::Display for HostWay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            playbook,
            stage,
            now,
            wanted,
        } = self;
        write!(f, "{playbook}: now in stage {stage} ({now}), wanted: {wanted}")
    }
}

impl HostPlan {
    /// The plan of a host that could be looked at.
    pub fn of(plan: &Plan) -> Self {
        let outlook = match (plan.refusals.is_empty(), plan.is_up_to_date()) {
            (false, _) => Outlook::Refused,
            (true, true) => Outlook::UpToDate,
            (true, false) => Outlook::Change,
        };
        Self {
            outlook,
            why: None,
            way: Some(HostWay::of(plan)),
            drift: plan.drift.clone(),
            warnings: plan.warnings.clone(),
            refusals: plan.refusals.clone(),
            steps: plan.steps().into_iter().map(ReviewedStep::of).collect(),
            unchanged: plan.unchanged.clone(),
            then: plan.then.clone(),
        }
    }

    /// A host that has no plan.
    pub(super) fn none(outlook: Outlook, why: &str) -> Self {
        Self {
            outlook,
            why: Some(why.to_owned()),
            way: None,
            drift: None,
            warnings: Vec::new(),
            refusals: Vec::new(),
            steps: Vec::new(),
            unchanged: Vec::new(),
            then: None,
        }
    }

    /// How often the host is rebooted.
    pub fn reboots(&self) -> usize {
        self.steps.iter().filter(|step| step.reboot).count()
    }

    /// The steps of each stage that has any.
    pub(super) fn stages(&self) -> impl Iterator<Item = (Stage, Vec<&ReviewedStep>)> {
        Stage::ALL.into_iter().filter_map(|stage| {
            let steps: Vec<_> = self.steps.iter().filter(|step| step.stage == stage).collect();
            (!steps.is_empty()).then_some((stage, steps))
        })
    }
}
