use super::{Drift, Graph};
use crate::{
    config::{Desired, Stage},
    ima::Appraisal,
    resource::{Action, Change, HostLock, NodeStep, Observed, Running, Step, StepId, Unchanged, gate::Question},
};
use petgraph::Direction;
use std::collections::BTreeSet;

/// What will be done to one host, and what a person should know before.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// The playbook's name.
    pub playbook: String,
    /// The stage that the host has reached.
    pub stage: Stage,
    /// What the host is now, in words.
    pub now: String,
    /// The mode that the plan ends in.
    pub target: Appraisal,
    /// What follows when the host is planned anew after these steps, in words; `None` where nothing does.
    pub then: Option<String>,
    /// Who held the host's lock when it was looked at, and who did last.
    pub lock: HostLock,
    /// The steps.
    pub graph: Graph,
    /// What is as wanted already.
    pub unchanged: Vec<Unchanged>,
    /// How the host differs from what imaform last applied.
    pub drift: Option<Drift>,
    /// How long the last boot took, in seconds; `None` where that is not known.
    pub boot_seconds: Option<u64>,
    /// What a person should know.
    pub warnings: Vec<String>,
    /// Why nothing may be done; then there are no steps.
    pub refusals: Vec<String>,
}

impl Plan {
    /// Nothing to do to a host, wherever it is.
    pub(super) fn nothing(desired: &Desired, observed: &Observed, running: &Running) -> Self {
        Self {
            playbook: desired.playbook.clone(),
            stage: running.stage(desired, observed),
            now: running.words(),
            target: desired.appraisal,
            lock: observed.lock.clone(),
            boot_seconds: observed.boot_seconds,
            ..Self::default()
        }
    }

    /// Whether the host is as it is wanted.
    pub fn is_up_to_date(&self) -> bool {
        self.graph.is_empty() && self.refusals.is_empty()
    }

    /// How often the host will be rebooted.
    pub fn reboots(&self) -> usize {
        self.steps().iter().filter(|step| step.reboots()).count()
    }

    /// Whether a node of a control plane is taken out of service.
    pub fn is_of_control_plane(&self) -> bool {
        let check = Action::Node(NodeStep::CheckControlPlane);
        self.steps().iter().any(|step| step.action == check)
    }

    /// The steps in order.
    pub fn steps(&self) -> Vec<&Step> {
        self.graph.ordered()
    }

    /// The gate on the way to enforce, where there is one: its step and what it asks.
    pub fn gate(&self) -> Option<(StepId, Question)> {
        self.steps().into_iter().find_map(|step| match &step.action {
            Action::Gate(question) => Some((step.id.clone(), (**question).clone())),
            _ => None,
        })
    }

    /// Shows a reviewer what the gate says by now.
    pub fn show_gate(&mut self, lines: Vec<String>) {
        for step in self
            .graph
            .steps_mut()
            .filter(|step| matches!(step.action, Action::Gate(_)))
        {
            step.change = Change::Lines(lines.clone());
        }
    }

    /// The steps that judge and confirm those trial boots that have begun.
    pub fn judging(&self, begun: &BTreeSet<StepId>) -> BTreeSet<StepId> {
        let steps = self.steps();
        let trial = |step: &&&Step| matches!(&step.action, Action::Reboot(expected) if expected.patience.is_some());
        let begun = steps.iter().filter(|step| begun.contains(&step.id)).filter(trial);
        let stages: Vec<Stage> = begun.map(|step| step.stage).collect();
        let of_trial = || steps.iter().filter(|step| stages.contains(&step.stage));
        let confirms = of_trial().filter(|step| matches!(step.action, Action::Confirm(_)));
        let confirms = confirms.map(|step| step.id.clone()).collect();
        let mut judging = self.graph.reach(&confirms, Direction::Incoming);
        judging.retain(|id| of_trial().any(|step| step.id == *id));
        judging
    }

    /// What is not as wanted, in words.
    pub fn differences(&self) -> Vec<String> {
        let steps = self
            .steps()
            .into_iter()
            .map(|step| format!("{} ({})", step.title, step.reason));
        self.refusals.iter().cloned().chain(steps).collect()
    }
}
