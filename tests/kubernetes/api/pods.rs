//! Pods and what owns them.

use super::{
    nodes,
    resources::{DAEMON_SETS, PODS, REPLICA_SETS, Resource},
    state::{State, timestamp},
};
use serde_json::{Map, Value, json};
use std::time::Duration;

/// A pod to add.
#[derive(Clone, Debug)]
pub struct Pod {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// The node that it runs on.
    pub node: String,
    /// Its labels.
    pub labels: Vec<(String, String)>,
    /// What owns it.
    pub owner: Owner,
    /// How long its termination takes, whatever grace period is asked for, but for 0.
    pub grace: Duration,
    /// Whether it has a volume of the kind emptyDir.
    pub emptydir: bool,
    /// `Running`, `Succeeded`, ...; it is ready while it runs.
    pub phase: String,
}

/// What owns a pod.
#[derive(Clone, Debug)]
pub enum Owner {
    /// Nothing: a bare pod.
    None,
    /// The ReplicaSet of that name in the namespace of the pod.
    ReplicaSet(String),
    /// The DaemonSet of that name in the namespace of the pod.
    DaemonSet(String),
    /// The node: a static pod.
    Mirror,
}

impl Pod {
    /// A bare pod that runs and terminates at once.
    pub fn new(namespace: &str, name: &str, node: &str) -> Self {
        Self {
            namespace: namespace.into(),
            name: name.into(),
            node: node.into(),
            labels: Vec::new(),
            owner: Owner::None,
            grace: Duration::ZERO,
            emptydir: false,
            phase: "Running".into(),
        }
    }
}

pub fn add(state: &mut State, pod: &Pod) {
    let labels: Map<String, Value> = pod
        .labels
        .iter()
        .map(|(key, value)| (key.clone(), json!(value)))
        .collect();
    let mut metadata = json!({"name": pod.name, "namespace": pod.namespace, "labels": labels});
    let owner = match &pod.owner {
        Owner::None => None,
        Owner::ReplicaSet(name) => Some(controller(state, &REPLICA_SETS, name, &metadata)),
        Owner::DaemonSet(name) => Some(controller(state, &DAEMON_SETS, name, &metadata)),
        Owner::Mirror => Some(nodes::owner_reference(state, &pod.node)),
    };
    if let Some(owner) = owner {
        metadata["ownerReferences"] = json!([owner]);
    }
    if matches!(pod.owner, Owner::Mirror) {
        let (hash, seen) = ("d41d8cd98f00b204e9800998ecf8427e", timestamp(Duration::ZERO));
        metadata["annotations"] = json!({
            "kubernetes.io/config.hash": hash,
            "kubernetes.io/config.mirror": hash,
            "kubernetes.io/config.seen": seen,
            "kubernetes.io/config.source": "file",
        });
    }
    let volumes = if pod.emptydir {
        json!([{"name": "scratch", "emptyDir": {}}])
    } else {
        json!([])
    };
    let running = pod.phase == "Running";
    let now = timestamp(Duration::ZERO);
    let conditions: Vec<Value> = [("PodScheduled", true), ("Initialized", true), ("Ready", running), ("ContainersReady", running)]
        .map(|(kind, holds)| json!({"type": kind, "status": status(holds), "lastProbeTime": null, "lastTransitionTime": now}))
        .into();
    let image = "registry.k8s.io/pause:3.10";
    let object = json!({
        "metadata": metadata,
        "spec": {
            "containers": [{
                "name": "main",
                "image": image,
                "imagePullPolicy": "IfNotPresent",
                "resources": {},
                "terminationMessagePath": "/dev/termination-log",
                "terminationMessagePolicy": "File",
            }],
            "dnsPolicy": "ClusterFirst",
            "nodeName": pod.node,
            "restartPolicy": "Always",
            "schedulerName": "default-scheduler",
            "securityContext": {},
            "terminationGracePeriodSeconds": 30,
            "volumes": volumes,
        },
        "status": {
            "phase": pod.phase,
            "conditions": conditions,
            "containerStatuses": [{"name": "main", "image": image, "imageID": image, "ready": running, "restartCount": 0}],
            "qosClass": "BestEffort",
            "startTime": now,
        },
    });
    state.set_grace(&pod.namespace, &pod.name, pod.grace);
    state.insert(&PODS, object);
}

/// The reference to a controller, which is added if it is not there.
fn controller(state: &mut State, resource: &Resource, name: &str, pod: &Value) -> Value {
    let namespace = pod["namespace"].as_str().expect("a pod has a namespace");
    if state.get(resource, namespace, name).is_none() {
        let labels = &pod["labels"];
        let object = json!({
            "metadata": {"name": name, "namespace": namespace, "labels": labels, "generation": 1},
            "spec": {
                "selector": {"matchLabels": labels},
                "template": {
                    "metadata": {"labels": labels},
                    "spec": {"containers": [{"name": "main", "image": "registry.k8s.io/pause:3.10"}]},
                },
            },
            "status": {"observedGeneration": 1},
        });
        state.insert(resource, object);
    }
    let owner = state.get(resource, namespace, name).expect("it was added");
    json!({
        "apiVersion": owner["apiVersion"],
        "kind": owner["kind"],
        "name": name,
        "uid": owner["metadata"]["uid"],
        "controller": true,
        "blockOwnerDeletion": true,
    })
}

/// The condition Ready of the pods that run on a node.
pub fn set_ready(state: &mut State, node: &str, ready: bool) {
    for mut pod in state.list(&PODS, None) {
        if pod["spec"]["nodeName"] == node && pod["status"]["phase"] == "Running" {
            let conditions = pod["status"]["conditions"]
                .as_array_mut()
                .expect("a pod has conditions");
            for condition in conditions.iter_mut().filter(|condition| condition["type"] == "Ready") {
                condition["status"] = json!(status(ready));
            }
            state.store(&PODS, pod);
        }
    }
}

pub fn is_ready(pod: &Value) -> bool {
    pod["status"]["conditions"].as_array().is_some_and(|conditions| {
        conditions
            .iter()
            .any(|one| one["type"] == "Ready" && one["status"] == "True")
    })
}

fn status(holds: bool) -> &'static str {
    if holds { "True" } else { "False" }
}
