use serde::{Deserialize, Serialize};

/// What a cluster says of the node that a host is.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum NodeFacts {
    /// The host is none, or was not asked for.
    #[default]
    None,
    /// The cluster knows it.
    Known(NodeState),
    /// The cluster knows no node of this name.
    Missing,
    /// The cluster cannot be asked.
    Unknown(String),
}

/// A node of a cluster.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct NodeState {
    /// Its name.
    pub name: String,
    /// `metadata.resourceVersion`: what has changed since it was read is not changed again.
    pub version: String,
    /// Whether its condition Ready is True.
    pub ready: bool,
    /// Why it is not Ready, in the kubelet's words.
    pub why_not_ready: String,
    /// `spec.unschedulable`: it is cordoned.
    pub cordoned: bool,
    /// The run of imaform that has cordoned it, by its annotation.
    pub cordoned_by: Option<String>,
    /// Whether it is of the control plane.
    pub control_plane: bool,
    /// The boot that its kubelet reported last (`status.nodeInfo.bootID`).
    pub boot_id: String,
}
