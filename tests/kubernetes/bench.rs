//! A worker of a cluster, its host, and a kubelet that reports the host's boots.

use crate::{
    api::{Api, Owner, Pod},
    support::{fake::Host, limits, machine::Machine, playbook_for, target},
};
use imaform::{
    config::{self, Connection, Drain, Group, Kubectl, Kubernetes, Privilege, Stage},
    host::{Answer, BoxFuture, Call, HostError, open},
    kubernetes::{ANNOTATION, Cluster, Node},
    plan::Plan,
    rollout::{self, Event, EventKind, Events, Fleet, Limits, Member, Outcome, Way, What, Work},
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tempfile::TempDir;
use tokio::sync::mpsc;

pub const NODE: &str = "worker-1";

pub struct Bench {
    pub api: Api,
    pub host: Arc<Host>,
    pub settings: Kubernetes,
    playbook: String,
    /// Whether the kubelet reports.
    pub kubelet: Arc<AtomicBool>,
    _home: TempDir,
}

/// What happens before a host does what it is asked.
pub type Hook = fn(&Api, &AtomicBool, &Call) -> Option<Result<Answer, HostError>>;

impl Bench {
    /// A stock host that is to log bad labels: one reboot.
    pub fn new() -> Self {
        Self::with(&Api::start(), NODE, "log", |_, _, _| None)
    }

    pub fn with_hook(mode: &str, hook: Hook) -> Self {
        Self::with(&Api::start(), NODE, mode, hook)
    }

    /// The host of a node, which a cluster gets if it is not there.
    pub fn with(api: &Api, node: &str, mode: &str, hook: Hook) -> Self {
        let whole = playbook_for(mode);
        let without_labels = whole.lines().filter(|line| !line.starts_with("labels:"));
        let playbook = match mode {
            // One reboot instead of two.
            "log" => without_labels.map(|line| format!("{line}\n")).collect(),
            _ => whole,
        };
        let home = tempfile::tempdir().unwrap();
        let kubeconfig = home.path().join("config");
        std::fs::write(&kubeconfig, api.kubeconfig()).unwrap();
        if node == NODE {
            api.add_node(NODE);
            api.add_pod(daemon("calico-node", node));
            api.add_pod(static_pod("kube-proxy", node));
        }
        let kubelet = Arc::new(AtomicBool::new(true));
        let desired = target(&playbook).desired;
        let (on_call, reports) = (api.clone(), Arc::clone(&kubelet));
        let host = Host::with_hook(Machine::debian(), &desired, move |call: &Call| {
            let answer = hook(&on_call, &reports, call);
            Box::pin(async move { answer }) as BoxFuture<'static, _>
        });
        Self {
            api: api.clone(),
            host,
            settings: Kubernetes {
                node: node.to_owned(),
                cluster: config::Cluster {
                    kubectl: Kubectl::Here,
                    kubeconfig: Some(kubeconfig.to_string_lossy().into_owned()),
                    context: Some("lab".into()),
                },
                drain: Drain {
                    force: true,
                    timeout: Duration::from_secs(60),
                    ..Drain::default()
                },
                ready_timeout: Duration::from_secs(60),
            },
            playbook,
            kubelet,
            _home: home,
        }
    }

    pub fn member(&self) -> Member {
        let door = open(&Connection::Local, &Privilege::None, None);
        let mut target = target(&self.playbook);
        target.name.clone_from(&self.settings.node);
        Member {
            target,
            transport: Arc::clone(&self.host) as _,
            node: Some(Node {
                cluster: Arc::new(Cluster::new(door, &self.settings.cluster)),
                settings: self.settings.clone(),
            }),
        }
    }

    /// Looks, plans and carries out.
    pub async fn apply(&self) -> Applied {
        self.apply_as(limits(Stage::Verify)).await
    }

    pub async fn apply_as(&self, limits: Limits) -> Applied {
        apply_all(&[self], limits).await.remove(0)
    }

    pub fn boots(&self) -> u32 {
        self.host.machine.lock().unwrap().boots
    }

    /// Whether the node takes no pods, and which run says so.
    pub fn cordon(&self) -> (bool, Option<String>) {
        let node = self.api.node(&self.settings.node);
        let by = node["metadata"]["annotations"][ANNOTATION].as_str();
        (node["spec"]["unschedulable"] == true, by.map(str::to_owned))
    }

    pub fn is_in_service(&self) -> bool {
        self.cordon() == (false, None)
    }

    /// Every so often, what kubelets do: they report from which boot they come.
    fn report(&self) {
        // In this order: a kubelet that was stopped before a boot never reports it.
        let boot = self.host.machine.lock().unwrap().boot_id();
        let comes_up = self.kubelet.load(Ordering::SeqCst);
        let known = &self.api.node(&self.settings.node)["status"]["nodeInfo"]["bootID"];
        if comes_up && *known != *boot {
            self.api.edit_node(&self.settings.node, |node| {
                node["status"]["nodeInfo"]["bootID"] = boot.into();
            });
        }
    }
}

/// What an apply came to.
pub struct Applied {
    pub plan: Plan,
    pub outcome: Outcome,
    /// What the steps have shown, `STEP: LINE`.
    pub evidence: Vec<String>,
}

impl Applied {
    /// Asserts that the last screen says something of the host.
    #[track_caller]
    pub fn says(&self, exit: u8, parts: &[&str]) {
        let line = self.outcome.line();
        assert_eq!(self.outcome.exit_code(), exit, "{line}");
        for part in parts {
            assert!(line.contains(part), "{part:?} in:\n{line}");
        }
    }

    #[track_caller]
    pub fn shows(&self, part: &str) {
        let shown = self.evidence.iter().any(|line| line.contains(part));
        assert!(
            shown,
            "{part:?} in:\n{}\n{}",
            self.evidence.join("\n"),
            self.outcome.line()
        );
    }
}

/// Looks at all hosts, plans, and carries out, side by side.
pub async fn apply_all(benches: &[&Bench], limits: Limits) -> Vec<Applied> {
    let (sender, mut receiver) = mpsc::unbounded_channel();
    let events = Events::new(sender);
    let fleet = Fleet {
        members: benches.iter().map(|bench| bench.member()).collect(),
    };
    let work = async {
        let observed = fleet.probe(10, &events).await;
        let hosts = fleet.members.iter().zip(observed);
        let plan = |(member, observed): (&Member, Result<_, HostError>)| {
            let plan = member.plan(&observed.unwrap()).unwrap();
            (member.clone(), plan)
        };
        let hosts: Vec<(Member, Plan)> = hosts.map(plan).collect();
        let plans: Vec<Plan> = hosts.iter().map(|(_, plan)| plan.clone()).collect();
        let groups: [Group; 0] = [];
        let hosts = hosts.into_iter().map(|(member, plan)| (member, Ok(plan))).collect();
        let work = Work::new(&groups, hosts, Way::Forth, &[], 10);
        let outcomes = rollout::apply(work, &limits, &events).await;
        plans.into_iter().zip(outcomes).collect::<Vec<_>>()
    };
    let kubelets = async {
        loop {
            benches.iter().for_each(|bench| bench.report());
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    };
    let ended = tokio::select! { ended = work => ended, () = kubelets => unreachable!() };
    drop(events);
    let mut heard: Vec<Event> = Vec::new();
    while let Ok(event) = receiver.try_recv() {
        heard.push(event);
    }
    let evidence = |name: &str| {
        let lines = heard.iter().filter_map(|event| match &event.what {
            What::Host {
                host,
                kind: EventKind::StepDone { id, evidence, .. },
            } if host == name => Some(evidence.iter().map(move |line| format!("{id}: {line}"))),
            _ => None,
        });
        lines.flatten().collect()
    };
    let ended = benches.iter().zip(ended);
    ended
        .map(|(bench, (plan, outcome))| Applied {
            plan,
            outcome,
            evidence: evidence(&bench.settings.node),
        })
        .collect()
}

pub fn daemon(name: &str, node: &str) -> Pod {
    Pod {
        owner: Owner::DaemonSet(name.into()),
        ..Pod::new("kube-system", &format!("{name}-x1"), node)
    }
}

pub fn static_pod(name: &str, node: &str) -> Pod {
    Pod {
        owner: Owner::Mirror,
        ..Pod::new("kube-system", &format!("{name}-{node}"), node)
    }
}

/// A pod of a deployment, with a label by which a budget finds it.
pub fn deployed(name: &str, node: &str) -> Pod {
    Pod {
        owner: Owner::ReplicaSet(name.into()),
        labels: vec![("app".into(), name.into())],
        ..Pod::new("default", &format!("{name}-1"), node)
    }
}
