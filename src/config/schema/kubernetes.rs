use super::text::{Time, Title};
use schemars::JsonSchema;

/// The cluster whose nodes the hosts are; with `via` or `kubeconfig`, here or in `defaults`.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Kubernetes {
    /// The host of this inventory on which kubectl runs; without it, kubectl runs on this machine.
    via: Option<HostName>,
    /// kubectl's `--kubeconfig`: a file of the host that `via` names, or of this machine.
    kubeconfig: Option<Title>,
    /// kubectl's `--context`.
    context: Option<Context>,
    /// How pods leave a node before its first reboot.
    drain: Option<Drain>,
    /// How long a node may take to be Ready after a reboot; `5m` where this is not given.
    ready_timeout: Option<Time>,
}

/// By the names of kubectl-drain(1).
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Drain {
    /// Pods of daemon sets stay; true where this is not given.
    ignore_daemonsets: Option<bool>,
    /// Pods without a controller are deleted for good; false where this is not given.
    force: Option<bool>,
    /// So are the emptyDir volumes of pods; false where this is not given.
    delete_emptydir_data: Option<bool>,
    /// How long a pod may take to end; what each pod says itself where this is not given.
    grace: Option<Time>,
    /// How long it may take until all are gone; `10m` where this is not given.
    timeout: Option<Time>,
}

#[derive(JsonSchema)]
struct HostName(#[schemars(regex(pattern = r"^[A-Za-z0-9_:][A-Za-z0-9._:-]{0,252}$"))] String);

/// A node as `kubectl get nodes` lists it.
#[derive(JsonSchema)]
pub(super) struct NodeName(#[schemars(regex(pattern = r"^[a-z0-9.][a-z0-9.-]{0,252}$"))] String);

#[derive(JsonSchema)]
struct Context(#[schemars(regex(pattern = r"^[^-\s\p{Cc}][^\s\p{Cc}]*$"))] String);
