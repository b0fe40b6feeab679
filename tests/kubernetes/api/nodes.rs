//! Nodes: as they join, and what the node controller makes of a change.

use super::{
    resources::NODES,
    state::{State, name, timestamp},
};
use serde_json::{Value, json};
use std::{
    hash::{DefaultHasher, Hash, Hasher},
    time::Duration,
};

pub fn worker(name: &str) -> Value {
    // What differs from node to node follows from its name.
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    let hash = hasher.finish();
    let uuid = format!("{:08x}-0000-4000-8000-{:012x}", hash >> 32, hash & 0xffff_ffff);
    let address = format!("10.{}.{}.{}", hash >> 16 & 0xff, hash >> 8 & 0xff, hash & 0xff);
    let resources = |memory: &str| {
        json!({
            "cpu": "4",
            "ephemeral-storage": "61255492Ki",
            "hugepages-1Gi": "0",
            "hugepages-2Mi": "0",
            "memory": memory,
            "pods": "110",
        })
    };
    json!({
        "metadata": {
            "name": name,
            "annotations": {
                "node.alpha.kubernetes.io/ttl": "0",
                "volumes.kubernetes.io/controller-managed-attach-detach": "true",
            },
            "labels": {
                "beta.kubernetes.io/arch": "amd64",
                "beta.kubernetes.io/os": "linux",
                "kubernetes.io/arch": "amd64",
                "kubernetes.io/hostname": name,
                "kubernetes.io/os": "linux",
            },
        },
        "spec": {"podCIDR": "10.244.1.0/24", "podCIDRs": ["10.244.1.0/24"]},
        "status": {
            "addresses": [{"type": "InternalIP", "address": address}, {"type": "Hostname", "address": name}],
            "allocatable": resources("7909684Ki"),
            "capacity": resources("8012084Ki"),
            "conditions": [
                condition("MemoryPressure", "False", "KubeletHasSufficientMemory"),
                condition("DiskPressure", "False", "KubeletHasNoDiskPressure"),
                condition("PIDPressure", "False", "KubeletHasSufficientPID"),
                condition("Ready", "True", "KubeletReady"),
            ],
            "daemonEndpoints": {"kubeletEndpoint": {"Port": 10250}},
            "images": [],
            "nodeInfo": {
                "architecture": "amd64",
                "bootID": uuid,
                "containerRuntimeVersion": "containerd://1.7.27",
                "kernelVersion": "6.12.22-amd64",
                "kubeProxyVersion": "v1.32.4",
                "kubeletVersion": "v1.32.4",
                "machineID": uuid.replace('-', ""),
                "operatingSystem": "linux",
                "osImage": "Debian GNU/Linux 13 (trixie)",
                "systemUUID": uuid,
            },
        },
    })
}

pub fn control_plane(name: &str) -> Value {
    let role = "node-role.kubernetes.io/control-plane";
    let mut node = worker(name);
    node["metadata"]["labels"][role] = json!("");
    node["spec"]["taints"] = json!([{"key": role, "effect": "NoSchedule"}]);
    node
}

fn condition(kind: &str, status: &str, reason: &str) -> Value {
    let now = timestamp(Duration::ZERO);
    json!({"type": kind, "status": status, "reason": reason, "message": reason, "lastHeartbeatTime": now, "lastTransitionTime": now})
}

pub fn set_ready(node: &mut Value, ready: bool) {
    let conditions = node["status"]["conditions"]
        .as_array_mut()
        .expect("a node has conditions");
    conditions.retain(|condition| condition["type"] != "Ready");
    let (status, reason) = if ready {
        ("True", "KubeletReady")
    } else {
        ("False", "KubeletNotReady")
    };
    conditions.push(condition("Ready", status, reason));
}

/// Stores a node and returns it so; the node controller then sets the taints, a change and a resource version more.
pub fn store(state: &mut State, node: Value) -> Value {
    let stored = state.store(&NODES, node);
    let mut tainted = stored.clone();
    let not_ready = tainted["status"]["conditions"].as_array().is_some_and(|conditions| {
        conditions
            .iter()
            .any(|one| one["type"] == "Ready" && one["status"] == "False")
    });
    let unschedulable = tainted["spec"]["unschedulable"] == true;
    taint(&mut tainted, "node.kubernetes.io/not-ready", not_ready);
    taint(&mut tainted, "node.kubernetes.io/unschedulable", unschedulable);
    if tainted != stored {
        state.store(&NODES, tainted);
    }
    stored
}

fn taint(node: &mut Value, key: &str, wanted: bool) {
    let mut taints = node["spec"]["taints"].as_array().cloned().unwrap_or_default();
    if taints.iter().any(|taint| taint["key"] == key) == wanted {
        return;
    }
    taints.retain(|taint| taint["key"] != key);
    if wanted {
        taints.push(json!({"key": key, "effect": "NoSchedule", "timeAdded": timestamp(Duration::ZERO)}));
    }
    let spec = node["spec"].as_object_mut().expect("a node has a spec");
    if taints.is_empty() {
        spec.remove("taints");
    } else {
        spec.insert("taints".into(), taints.into());
    }
}

pub fn owner_reference(state: &State, node: &str) -> Value {
    let node = state.get(&NODES, "", node).expect("the node of a mirror pod is there");
    json!({"apiVersion": "v1", "kind": "Node", "name": name(&node), "uid": node["metadata"]["uid"], "controller": true})
}
