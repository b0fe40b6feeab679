//! A cluster of simulated hosts, as kubectl shows it: its API goes away, its answers are lost, its pods do not leave.

use crate::{
    Dice,
    host::SimulatedHost,
    support::fake::{answer, failure},
    world::World,
};
use imaform::{
    config::{self, Drain, Kubectl, Kubernetes},
    host::{Answer, BoxFuture, Call, HostError, Transport},
    kubernetes::{ANNOTATION, Cluster, Node},
    resource::{NodeFacts, NodeState},
};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, Weak},
    time::Duration,
};
use tokio::time::Instant;

pub struct SimulatedCluster {
    world: Arc<World>,
    nodes: Mutex<BTreeMap<String, SimulatedNode>>,
    begin: Instant,
    /// When the API is away, since the beginning.
    outages: Vec<(Duration, Duration)>,
    dice: Mutex<Dice>,
    /// So many of a hundred answers are lost.
    lossy: usize,
}

struct SimulatedNode {
    group: usize,
    host: Weak<SimulatedHost>,
    cordoned: bool,
    by: Option<String>,
    version: u64,
    pods: usize,
    control_plane: bool,
    /// A budget lets none of its pods go.
    held: bool,
    /// Its kubelet comes up with each boot.
    kubelet: bool,
}

impl SimulatedCluster {
    pub fn new(world: &Arc<World>, mut dice: Dice, bad: usize) -> Arc<Self> {
        let mut outages = Vec::new();
        // All of them together are shorter than imaform is patient.
        for _ in 0..dice.roll(4) {
            outages.push((dice.seconds(4000), dice.seconds(90)));
        }
        if bad > 0 && dice.roll(6) == 0 {
            outages.push((dice.seconds(4000), Duration::MAX));
        }
        Arc::new(Self {
            world: Arc::clone(world),
            nodes: Mutex::default(),
            begin: Instant::now(),
            outages,
            dice: Mutex::new(dice),
            lossy: bad.min(5),
        })
    }

    /// Makes a host a node.
    pub fn join(&self, name: &str, group: usize, host: &Arc<SimulatedHost>, dice: &mut Dice, bad: usize) {
        let node = SimulatedNode {
            group,
            host: Arc::downgrade(host),
            cordoned: dice.roll(20) == 0,
            by: None,
            version: 1,
            pods: dice.roll(4),
            control_plane: group == 0 && dice.roll(10) == 0,
            held: dice.roll(200) < bad,
            kubelet: dice.roll(200) >= bad,
        };
        self.nodes.lock().unwrap().insert(name.to_owned(), node);
    }

    pub fn is_gone_for_good(&self) -> bool {
        self.outages.iter().any(|(_, length)| *length == Duration::MAX)
    }

    /// As it was at the beginning.
    pub fn facts(&self, name: &str) -> NodeFacts {
        let nodes = self.nodes.lock().unwrap();
        let node = &nodes[name];
        NodeFacts::Known(NodeState {
            name: name.to_owned(),
            ready: true,
            cordoned: node.cordoned,
            control_plane: node.control_plane,
            ..NodeState::default()
        })
    }

    /// Which run has cordoned it.
    pub fn cordoned_by(&self, name: &str) -> Option<String> {
        self.nodes.lock().unwrap()[name].by.clone()
    }

    /// Whether a host may be rebooted.
    pub fn is_drained(&self, name: &str) -> bool {
        let nodes = self.nodes.lock().unwrap();
        nodes[name].cordoned && nodes[name].pods == 0
    }

    fn is_away(&self) -> bool {
        let now = self.begin.elapsed();
        let away = |(start, length): &(Duration, Duration)| now >= *start && now - *start < *length;
        self.outages.iter().any(away)
    }

    async fn hear(self: Arc<Self>, call: Call) -> Result<Answer, HostError> {
        let words: Vec<&str> = call.args[1..].iter().map(String::as_str).collect();
        let (latency, lost) = {
            let mut dice = self.dice.lock().unwrap();
            (dice.seconds(2), dice.roll(100) < self.lossy)
        };
        tokio::time::sleep(latency).await;
        if self.is_away() {
            return Ok(failure("The connection to the server 10.0.0.10:6443 was refused"));
        }
        let answer = match words.as_slice() {
            ["drain", name, timeout, ..] => self.drain(name, timeout).await,
            words => self.act(words),
        };
        match lost {
            true => Err(HostError::Lost { script: "kubectl" }),
            false => Ok(answer),
        }
    }

    async fn drain(&self, name: &str, timeout: &str) -> Answer {
        let timeout = timeout.trim_start_matches("--timeout=").trim_end_matches('s');
        let timeout = Duration::from_secs(timeout.parse().unwrap());
        let held = {
            let mut nodes = self.nodes.lock().unwrap();
            let node = nodes.get_mut(name).unwrap();
            node.cordoned = true;
            node.version += 1;
            node.held
        };
        let takes = self.dice.lock().unwrap().seconds(40);
        tokio::time::sleep(takes.min(timeout)).await;
        if held || takes > timeout {
            return failure("error: unable to drain node: global timeout reached");
        }
        self.nodes.lock().unwrap().get_mut(name).unwrap().pods = 0;
        answer("pod/a evicted\n")
    }

    fn act(&self, words: &[&str]) -> Answer {
        let mut nodes = self.nodes.lock().unwrap();
        match words {
            ["get", "nodes", ..] => {
                let items: Vec<Value> = nodes.iter().map(|(name, node)| node.json(name)).collect();
                answer(json!({ "items": items }).to_string())
            }
            ["get", "node", name, ..] => answer(nodes[*name].json(name).to_string()),
            ["patch", "node", name, _, patch, ..] => {
                let patch: Value = serde_json::from_str(patch.trim_start_matches("--patch=")).unwrap();
                let answer = nodes.get_mut(*name).unwrap().patch(&patch);
                self.look_at_cordons(&nodes, name);
                answer
            }
            ["get", "pods", "--all-namespaces", field, ..] => {
                let name = field.trim_start_matches("--field-selector=spec.nodeName=");
                let items = vec![json!({ "metadata": { "name": "p", "namespace": "n" } }); nodes[name].pods];
                answer(json!({ "items": items }).to_string())
            }
            ["get", "--raw", ..] => answer("readyz check passed\n"),
            ["get", "pods" | "poddisruptionbudgets", ..] => answer(r#"{"items":[]}"#),
            words => {
                self.world
                    .demand(false, || format!("kubectl {words:?} was not expected"));
                failure("what is that?")
            }
        }
    }

    fn look_at_cordons(&self, nodes: &BTreeMap<String, SimulatedNode>, name: &str) {
        let ours = |node: &&SimulatedNode| node.by.is_some();
        let group = nodes[name].group;
        let cordoned = nodes.values().filter(|node| node.group == group).filter(ours).count();
        self.world.has_cordoned(group, cordoned);
        let control_plane = nodes.values().filter(|node| node.control_plane).filter(ours).count();
        self.world.demand(control_plane <= 1, || {
            format!("{control_plane} nodes of the control plane are cordoned")
        });
    }
}

impl SimulatedNode {
    fn json(&self, name: &str) -> Value {
        let boot = self
            .host
            .upgrade()
            .filter(|_| self.kubelet)
            .and_then(|host| host.boot_id());
        let mut node = json!({
            "metadata": { "name": name, "resourceVersion": self.version.to_string(), "annotations": {}, "labels": {} },
            "spec": { "unschedulable": self.cordoned },
            "status": {
                "conditions": [{ "type": "Ready", "status": "True", "reason": "", "message": "" }],
                "nodeInfo": { "bootID": boot },
            },
        });
        if boot.is_none() {
            node["status"]["nodeInfo"]["bootID"] = "before".into();
        }
        if let Some(by) = &self.by {
            node["metadata"]["annotations"][ANNOTATION] = by.as_str().into();
        }
        if self.control_plane {
            node["metadata"]["labels"]["node-role.kubernetes.io/control-plane"] = "".into();
        }
        node
    }

    fn patch(&mut self, patch: &Value) -> Answer {
        let wanted = patch["metadata"]["resourceVersion"].as_str().unwrap();
        if wanted.parse() != Ok(self.version) {
            return failure("Error from server (Conflict): the object has been modified");
        }
        self.version += 1;
        self.by = patch["metadata"]["annotations"][ANNOTATION].as_str().map(str::to_owned);
        self.cordoned = patch["spec"]["unschedulable"] == true;
        answer("node patched\n")
    }
}

/// kubectl.
struct Door(Arc<SimulatedCluster>);

impl Transport for Door {
    fn run(&self, call: Call) -> BoxFuture<'_, Result<Answer, HostError>> {
        Box::pin(Arc::clone(&self.0).hear(call))
    }

    fn disconnect(&self) -> BoxFuture<'_, ()> {
        Box::pin(async {})
    }
}

/// The cluster as imaform has it.
pub fn opened(cluster: &Arc<SimulatedCluster>) -> Arc<Cluster> {
    Arc::new(Cluster::new(Arc::new(Door(Arc::clone(cluster))), &anywhere()))
}

fn anywhere() -> config::Cluster {
    config::Cluster {
        kubectl: Kubectl::Here,
        kubeconfig: None,
        context: None,
    }
}

pub fn node(cluster: &Arc<Cluster>, name: &str) -> Node {
    Node {
        cluster: Arc::clone(cluster),
        settings: Kubernetes {
            node: name.to_owned(),
            cluster: anywhere(),
            drain: Drain::default(),
            ready_timeout: Duration::from_secs(300),
        },
    }
}
