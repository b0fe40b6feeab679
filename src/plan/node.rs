use super::{Graph, Plan, PlanError};
use crate::{
    config::{Kubernetes, Stage},
    host::Script,
    resource::{Action, Change, NodeFacts, NodeState, NodeStep, Step, StepId},
};
use petgraph::Direction;
use std::collections::BTreeSet;

/// Whether somebody else wants the node to take no pods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cordon {
    Ours,
    SomebodyElses,
}

impl Plan {
    /// Lets a host that is a node of a cluster leave service before its first reboot, and come back after the last one. A host
    /// that is not rebooted stays in service; one that an earlier run has left cordoned is uncordoned.
    ///
    /// # Errors
    /// When the steps contradict each other; that is a fault of imaform, not of the input.
    pub fn of_node(mut self, kubernetes: &Kubernetes, facts: &NodeFacts) -> Result<Self, PlanError> {
        if !self.refusals.is_empty() {
            return Ok(self);
        }
        let name = &kubernetes.node;
        let reboots = self.reboots() > 0;
        let unknown = |why: &str| match reboots {
            true => {
                format!("{why}, and a host that is to be rebooted must be drained first; --no-drain reboots it without")
            }
            false => why.to_owned(),
        };
        let state = match facts {
            NodeFacts::Known(state) => state,
            NodeFacts::Missing => {
                let why = format!("its cluster has no node {name} (`node: NAME` in the inventory names it otherwise)");
                return self.cannot_drain(unknown(&why));
            }
            NodeFacts::Unknown(why) => {
                return self.cannot_drain(unknown(&format!("its cluster cannot be asked: {why}")));
            }
            NodeFacts::None => return self.cannot_drain(unknown("its cluster was not asked")),
        };
        let steps = match (reboots, &state.cordoned_by) {
            (true, _) => {
                self.warnings.extend(warnings(state));
                let then = self.then.is_some();
                out_of_service(&self.graph, kubernetes, state, then)
            }
            (false, Some(run)) => {
                let reason = format!("run {run} of imaform has left it cordoned");
                let first = self.steps().iter().map(|step| step.stage).min();
                let uncordon = uncordon(name, first.unwrap_or(Stage::Prepare), reason, Some(run.clone()));
                in_order(&self.graph).into_iter().chain([uncordon]).collect()
            }
            (false, None) => return Ok(self),
        };
        self.graph = Graph::join(steps)?;
        Ok(self)
    }

    fn cannot_drain(mut self, why: String) -> Result<Self, PlanError> {
        if self.reboots() == 0 {
            self.warnings.push(why);
            return Ok(self);
        }
        self.refusals.push(why);
        self.graph = Graph::join(Vec::new())?;
        self.then = None;
        Ok(self)
    }
}

fn warnings(state: &NodeState) -> Vec<String> {
    let NodeState {
        name, why_not_ready, ..
    } = state;
    let mut warnings = Vec::new();
    if cordon_of(state) == Cordon::SomebodyElses {
        warnings.push(format!(
            "node {name} is cordoned, and not by imaform: it is drained, and stays cordoned afterwards"
        ));
    }
    if !state.ready {
        warnings.push(format!("node {name} is not Ready by now ({why_not_ready})"));
    }
    warnings
}

fn cordon_of(state: &NodeState) -> Cordon {
    match state.cordoned && state.cordoned_by.is_none() {
        true => Cordon::SomebodyElses,
        false => Cordon::Ours,
    }
}

fn in_order(graph: &Graph) -> Vec<Step> {
    graph.ordered().into_iter().cloned().collect()
}

/// Puts the node's steps around the reboots. `follows`: another plan follows this one, in which the node comes back.
fn out_of_service(graph: &Graph, kubernetes: &Kubernetes, state: &NodeState, follows: bool) -> Vec<Step> {
    let mut steps = in_order(graph);
    let is_reboot = |step: &&Step| step.reboots();
    let (Some(first), Some(last)) = (
        steps.iter().find(is_reboot).cloned(),
        steps.iter().rfind(is_reboot).cloned(),
    ) else {
        return steps;
    };
    let name = &kubernetes.node;
    let switches = switches(graph, &first);
    let later = graph.reach(&switches, Direction::Outgoing);
    let earlier = steps
        .iter()
        .filter(|step| step.stage == first.stage && !later.contains(&step.id));
    let earlier = earlier.map(|step| step.id.clone()).collect();
    let drain = StepId::new("node", "drain");
    for step in &mut steps {
        if switches.contains(&step.id) {
            step.needs.push(drain.clone());
        }
        if is_reboot(&&*step) {
            step.verification += &format!("; node {name} is found drained right before");
        }
    }
    steps.extend(leaving(first.stage, earlier, kubernetes, state));
    if !follows {
        steps = returning(steps, &last, kubernetes, state);
    }
    steps
}

/// What changes the next boot, up to the first reboot: nothing of it is done before the node is drained, so that a drain which
/// fails leaves a host that boots as before.
fn switches(graph: &Graph, first: &Step) -> BTreeSet<StepId> {
    let needed = graph.reach(&BTreeSet::from([first.id.clone()]), Direction::Incoming);
    let switch = |step: &&Step| match &step.action {
        Action::Script(call) => call.script == Script::BootMode,
        _ => step.id == first.id,
    };
    let steps = graph.ordered().into_iter();
    let switches = steps.filter(|step| step.stage == first.stage && needed.contains(&step.id));
    switches.filter(switch).map(|step| step.id.clone()).collect()
}

/// The steps by which the node leaves service: after `earlier`, which is all that can be done while it is in service.
fn leaving(stage: Stage, earlier: Vec<StepId>, kubernetes: &Kubernetes, state: &NodeState) -> Vec<Step> {
    let name = &kubernetes.node;
    let mut out: Vec<Step> = Vec::new();
    let mut add = |object: &str, title: String, reason: &str, action: NodeStep, verification: &str| {
        let needs = out
            .last()
            .map_or_else(|| earlier.clone(), |before: &Step| vec![before.id.clone()]);
        let action = Action::Node(action);
        let step = Step::new(StepId::new("node", object), stage, title, reason, action, verification);
        out.push(step.needs(needs));
    };
    if state.control_plane {
        add(
            "control-plane",
            "check that the control plane does without this node".into(),
            "nodes of the control plane are taken out of service one at a time",
            NodeStep::CheckControlPlane,
            "/readyz passes; etcd, the API and every other node of the control plane are Ready",
        );
    }
    if cordon_of(state) == Cordon::Ours {
        add(
            "cordon",
            format!("cordon node {name}"),
            "the host is going to be rebooted",
            NodeStep::Cordon,
            "unschedulable, with this run in the annotation imaform/cordoned-by",
        );
    }
    add(
        "drain",
        format!("drain node {name}"),
        "its pods move to other nodes before the reboot",
        NodeStep::Drain,
        "no pod is left that a drain moves",
    );
    let drain = &kubernetes.drain;
    let command = [
        vec!["kubectl".to_owned(), "drain".to_owned(), name.clone()],
        drain.options(),
        vec![format!("--timeout={}s", drain.timeout.as_secs())],
    ];
    let last = out
        .pop()
        .map(|step| step.shows(Change::Lines(vec![command.concat().join(" ")])));
    out.extend(last);
    out
}

/// The steps by which the node comes back. A trial boot in which its kubelet does not come up is not confirmed.
fn returning(mut steps: Vec<Step>, last: &Step, kubernetes: &Kubernetes, state: &NodeState) -> Vec<Step> {
    let name = &kubernetes.node;
    let patience = match &last.action {
        Action::Reboot(expected) => expected.patience,
        _ => None,
    };
    let timeout = patience.map_or(kubernetes.ready_timeout, |patience| {
        kubernetes.ready_timeout.min(patience / 2)
    });
    let ready = Step::new(
        StepId::new("node", "ready"),
        last.stage,
        format!("wait until node {name} is Ready"),
        "it takes pods again only when its kubelet is well in the new boot",
        Action::Node(NodeStep::Ready(timeout)),
        "Ready, reported by a kubelet of this boot (status.nodeInfo.bootID)",
    )
    .needs([last.id.clone(), StepId::new("health", "check")]);
    let confirms = |step: &Step| step.stage == last.stage && matches!(step.action, Action::Confirm(_));
    for step in steps.iter_mut().filter(|step| confirms(step)) {
        step.needs.push(ready.id.clone());
    }
    let all = steps
        .iter()
        .filter(|step| step.stage == last.stage)
        .map(|step| step.id.clone());
    let needs: Vec<StepId> = all.chain([ready.id.clone()]).collect();
    steps.push(ready);
    if cordon_of(state) == Cordon::Ours {
        let reason = "the last reboot is over, and it is Ready".to_owned();
        steps.push(uncordon(name, last.stage, reason, None).needs(needs));
    }
    steps
}

fn uncordon(name: &str, stage: Stage, reason: String, left_by: Option<String>) -> Step {
    Step::new(
        StepId::new("node", "uncordon"),
        stage,
        format!("uncordon node {name}"),
        reason,
        Action::Node(NodeStep::Uncordon { left_by }),
        "schedulable, and without our annotation",
    )
}
