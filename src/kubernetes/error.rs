use crate::{host::HostError, words::duration};
use std::time::Duration;
use thiserror::Error;

/// What a person can do about a drain that fails. Of a node whose kubelet is dead, pods never leave.
const WITHOUT: &str = "see to these pods, or let --no-drain reboot the host with them";

/// Why a node is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum KubernetesError {
    /// The machine on which kubectl runs does not answer.
    #[error("kubectl cannot be run on {at}: {error}")]
    Door {
        /// The machine.
        at: String,
        /// Why.
        error: HostError,
    },
    /// kubectl says no.
    #[error("kubectl {what}: {words}")]
    Kubectl {
        /// Its first arguments.
        what: String,
        /// Its own words.
        words: String,
    },
    /// kubectl's answer makes no sense.
    #[error("the answer of kubectl {what} cannot be read: {why}")]
    Answer {
        /// Its first arguments.
        what: String,
        /// Why.
        why: String,
    },
    /// There is no such node.
    #[error("the cluster has no node {0}: give the host's node by `node: NAME`, as `kubectl get nodes` names it")]
    Missing(String),
    /// Pods do not leave.
    #[error("node {node} is not drained after {}; it is held by:\n{}\nhelp: {WITHOUT}", duration(*after), holders.join("\n"))]
    Held {
        /// The node.
        node: String,
        /// How long it was tried.
        after: Duration,
        /// What is left on it and why, a line each.
        holders: Vec<String>,
    },
    /// kubectl does not even begin to drain.
    #[error("node {node} cannot be drained: {words}\n{}\nhelp: {WITHOUT}", holders.join("\n"))]
    Undrainable {
        /// The node.
        node: String,
        /// kubectl's own words.
        words: String,
        /// What is on it that kubectl does not evict, a line each.
        holders: Vec<String>,
    },
    /// Pods came back, or somebody uncordoned the node.
    #[error("node {node} is no longer drained, and its host is not rebooted: {why}")]
    NotDrained {
        /// The node.
        node: String,
        /// What has changed.
        why: String,
    },
    /// Another run has taken the node over.
    #[error("node {node} is no longer cordoned by this run: its annotation names {by}")]
    TakenOver {
        /// The node.
        node: String,
        /// What the annotation says now.
        by: String,
    },
    /// The kubelet does not report.
    #[error("node {node} is not Ready after {}: {why}", duration(*after))]
    NotReady {
        /// The node.
        node: String,
        /// How long it was waited for.
        after: Duration,
        /// Its condition.
        why: String,
    },
    /// A control plane that does without one more node is none.
    #[error("the control plane is not well, and node {node} stays in service:\n{}", problems.join("\n"))]
    ControlPlane {
        /// The node.
        node: String,
        /// What is wrong, a line each.
        problems: Vec<String>,
    },
    /// A person interrupts.
    #[error("interrupted")]
    Interrupted,
}

impl KubernetesError {
    /// Whether the API server has no such object.
    pub(super) fn is_not_found(&self) -> bool {
        matches!(self, Self::Kubectl { words, .. } if words.contains("(NotFound)"))
    }

    /// Whether asking again may help: the API, or the way to it, was not there.
    pub(super) fn may_pass(&self) -> bool {
        const FINAL: [&str; 7] = [
            "(NotFound)",
            "(Forbidden)",
            "Unauthorized",
            "(Invalid)",
            "(BadRequest)",
            "unknown flag",
            "imaform:",
        ];
        match self {
            Self::Door { error, .. } => !matches!(error, HostError::HostKey { .. } | HostError::Privilege { .. }),
            Self::Kubectl { words, .. } => !FINAL.iter().any(|word| words.contains(word)),
            _ => false,
        }
    }
}
