//! Hosts that are nodes of a Kubernetes cluster.

use crate::support::{PLAYBOOK, desired, ids, machine::Machine};
use imaform::{
    config::{Cluster, Drain, Kubectl, Kubernetes},
    ima::Appraisal,
    plan::Plan,
    resource::{NodeFacts, NodeState, StepId},
};
use std::time::Duration;

fn kubernetes() -> Kubernetes {
    Kubernetes {
        node: "worker-1".into(),
        cluster: Cluster {
            kubectl: Kubectl::Here,
            kubeconfig: None,
            context: None,
        },
        drain: Drain {
            force: true,
            grace: Some(Duration::from_secs(20)),
            ..Drain::default()
        },
        ready_timeout: Duration::from_secs(300),
    }
}

fn node() -> NodeState {
    NodeState {
        name: "worker-1".into(),
        ready: true,
        ..NodeState::default()
    }
}

fn around(plan: Plan, state: NodeState) -> Plan {
    plan.of_node(&kubernetes(), &NodeFacts::Known(state)).unwrap()
}

fn stock() -> Plan {
    Machine::debian().plan(&desired(PLAYBOOK))
}

/// The place of a step in the order.
fn at(plan: &Plan, id: &str) -> usize {
    let place = ids(plan).iter().position(|found| found == id);
    place.unwrap_or_else(|| panic!("{id} in {:?}", ids(plan)))
}

#[test]
fn a_node_is_drained_once_before_the_first_reboot_and_comes_back_after_the_last_one() {
    let plan = around(stock(), node());
    let order = [
        "grub/menu",
        "node/cordon",
        "node/drain",
        "boot/fix-mode",
        "boot/fix",
        "labels/files",
        "boot/trial",
        "node/ready",
        "boot/confirm",
        "node/uncordon",
    ];
    let places: Vec<usize> = order.iter().map(|id| at(&plan, id)).collect();
    assert!(places.is_sorted(), "{:?}", ids(&plan));
    let all = ids(&plan);
    let nodes = all.iter().filter(|id| id.starts_with("node/"));
    assert_eq!(nodes.count(), 4, "{all:?}");
    let text = imaform::plan::text(&plan);
    let command = "kubectl drain worker-1 --ignore-daemonsets --force --grace-period=20 --timeout=600s";
    assert!(text.contains(command), "{text}");
    assert!(text.contains("node worker-1 is found drained right before"), "{text}");
}

/// Everything that can be done in service is, and what changes the next boot is not done before the node is drained.
#[test]
fn out_of_service_is_as_short_as_can_be_and_a_drain_that_fails_leaves_the_boot_as_it_was() {
    let plan = around(stock(), node());
    let steps = plan.steps();
    let drain = StepId::new("node", "drain");
    let first = steps.iter().find(|step| step.reboots()).unwrap();
    for step in &steps {
        if step.stage < first.stage {
            assert!(
                at(&plan, &step.id.to_string()) < at(&plan, "node/cordon"),
                "{}",
                step.id
            );
        }
    }
    assert!(
        steps
            .iter()
            .any(|step| step.id == StepId::new("boot", "fix-mode") && step.needs.contains(&drain))
    );
}

/// A trial boot in which the kubelet does not come up is not confirmed.
#[test]
fn a_trial_is_confirmed_when_the_node_is_ready() {
    let plan = around(stock(), node());
    let confirm = StepId::new("boot", "confirm");
    let steps = plan.steps();
    let confirm = steps.iter().find(|step| step.id == confirm).unwrap();
    assert!(confirm.needs.contains(&StepId::new("node", "ready")));
    // The host itself gives up after 15 minutes.
    let patient = Kubernetes {
        ready_timeout: Duration::from_secs(3600),
        ..kubernetes()
    };
    let plan = stock().of_node(&patient, &NodeFacts::Known(node())).unwrap();
    let ready = plan
        .steps()
        .into_iter()
        .find(|step| step.id == StepId::new("node", "ready"))
        .unwrap();
    assert!(format!("{:?}", ready.action).contains("450s"), "{:?}", ready.action);
}

#[test]
fn what_somebody_else_has_cordoned_stays_cordoned() {
    let state = NodeState {
        cordoned: true,
        ..node()
    };
    let plan = around(stock(), state);
    let all = ids(&plan);
    assert!(all.contains(&"node/drain".to_owned()) && all.contains(&"node/ready".to_owned()));
    assert!(!all.contains(&"node/cordon".to_owned()) && !all.contains(&"node/uncordon".to_owned()));
    assert!(
        plan.warnings.iter().any(|line| line.contains("and not by imaform")),
        "{:?}",
        plan.warnings
    );
}

#[test]
fn a_host_that_is_not_rebooted_stays_in_service() {
    let desired = desired(PLAYBOOK);
    let mut machine = Machine::converged(&desired);
    assert!(around(machine.plan(&desired), node()).is_up_to_date());
    machine.write("/etc/apt/apt.conf.d/50imaform", "other\n", 0o644);
    let plan = around(machine.plan(&desired), node());
    assert!(plan.reboots() == 0 && !plan.is_up_to_date());
    assert!(!ids(&plan).iter().any(|id| id.starts_with("node/")));
}

#[test]
fn a_node_that_an_earlier_run_has_left_cordoned_is_uncordoned() {
    let left = NodeState {
        cordoned: true,
        cordoned_by: Some("20261128T000000Z-00000000".into()),
        ..node()
    };
    let desired = desired(PLAYBOOK);
    let plan = around(Machine::converged(&desired).plan(&desired), left.clone());
    assert_eq!(ids(&plan), ["node/uncordon"]);
    assert!(imaform::plan::text(&plan).contains("run 20261128T000000Z-00000000 of imaform has left it cordoned"));
    let plan = around(stock(), left);
    assert!(
        at(&plan, "node/cordon") < at(&plan, "node/drain"),
        "it is this run's then"
    );
}

#[test]
fn no_host_is_rebooted_whose_node_cannot_be_drained() {
    for (facts, why) in [
        (NodeFacts::Missing, "its cluster has no node worker-1"),
        (
            NodeFacts::Unknown("refused".into()),
            "its cluster cannot be asked: refused",
        ),
        (NodeFacts::None, "its cluster was not asked"),
    ] {
        let plan = stock().of_node(&kubernetes(), &facts).unwrap();
        assert!(plan.graph.is_empty() && plan.refusals.len() == 1);
        assert!(plan.refusals[0].starts_with(why), "{:?}", plan.refusals);
        assert!(plan.refusals[0].ends_with("--no-drain reboots it without"));
        let desired = desired(PLAYBOOK);
        let settled = Machine::converged(&desired)
            .plan(&desired)
            .of_node(&kubernetes(), &facts)
            .unwrap();
        assert!(settled.is_up_to_date() && settled.warnings.iter().any(|line| line.starts_with(why)));
    }
}

#[test]
fn a_node_of_the_control_plane_is_taken_out_only_where_the_others_are_well() {
    let state = NodeState {
        control_plane: true,
        ..node()
    };
    let plan = around(stock(), state);
    assert!(plan.is_of_control_plane() && !around(stock(), node()).is_of_control_plane());
    assert!(at(&plan, "node/control-plane") < at(&plan, "node/cordon"));
}

#[test]
fn ways_back_and_maintenance_drain_too() {
    let desired = desired(PLAYBOOK);
    let machine = Machine::converged(&desired);
    let observed = machine.observe(&desired);
    let plan = around(Plan::rollback(&desired, &observed, Appraisal::Off).unwrap(), node());
    assert_eq!(
        ids(&plan),
        [
            "node/cordon",
            "node/drain",
            "boot/mode",
            "boot/rollback",
            "node/ready",
            "node/uncordon"
        ]
    );
    let maintenance = imaform::plan::Maintenance {
        command: vec!["true".into()],
        timeout: Duration::from_secs(60),
        afterwards: imaform::plan::Afterwards::Reboot,
    };
    let plan = around(Plan::maintain(&desired, &observed, &maintenance).unwrap(), node());
    assert!(at(&plan, "maintain/command") < at(&plan, "node/cordon"));
    assert!(at(&plan, "gate/enforce") < at(&plan, "node/cordon"));
    assert!(at(&plan, "node/drain") < at(&plan, "boot/trial-mode"));
}
