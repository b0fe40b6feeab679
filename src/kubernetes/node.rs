use super::{
    Cluster, KubernetesError,
    api::{self, ANNOTATION, condition},
};
use crate::{
    config::Kubernetes,
    resource::{NodeFacts, NodeState},
};
use std::sync::Arc;

/// Of nodes of the control plane, by kubeadm; the second one by versions before 1.24.
const CONTROL_PLANE: [&str; 2] = [
    "node-role.kubernetes.io/control-plane",
    "node-role.kubernetes.io/master",
];

/// A node, and the cluster that is asked about it.
#[derive(Clone)]
pub struct Node {
    /// Its cluster.
    pub cluster: Arc<Cluster>,
    /// What the inventory says of it.
    pub settings: Kubernetes,
}

impl Node {
    /// Its name.
    pub fn name(&self) -> &str {
        &self.settings.node
    }

    /// What its cluster says of it.
    pub async fn facts(&self) -> NodeFacts {
        match self.state().await {
            Ok(state) => NodeFacts::Known(state),
            Err(KubernetesError::Missing(_)) => NodeFacts::Missing,
            Err(error) => NodeFacts::Unknown(error.to_string()),
        }
    }

    pub(super) async fn state(&self) -> Result<NodeState, KubernetesError> {
        let node: Result<api::Node, _> = self.cluster.read(&["get", "node", self.name()]).await;
        match node {
            Err(error) if error.is_not_found() => Err(KubernetesError::Missing(self.name().to_owned())),
            node => Ok(node?.state()),
        }
    }
}

impl api::Node {
    pub(super) fn state(&self) -> NodeState {
        let ready = condition(&self.status.conditions, "Ready");
        NodeState {
            name: self.metadata.name.clone(),
            version: self.metadata.resource_version.clone(),
            ready: ready.is_some_and(|ready| ready.status == "True"),
            why_not_ready: ready.map_or_else(
                || "the kubelet has never reported".to_owned(),
                |ready| format!("{}: {}", ready.reason, ready.message),
            ),
            cordoned: self.spec.unschedulable,
            cordoned_by: self.metadata.annotations.get(ANNOTATION).cloned(),
            control_plane: CONTROL_PLANE
                .iter()
                .any(|label| self.metadata.labels.contains_key(*label)),
            boot_id: self.status.node_info.boot_id.clone(),
        }
    }
}
