//! The resources that are served.

/// One resource of the API.
pub struct Resource {
    /// Empty for the core group.
    pub group: &'static str,
    /// The preferred one first; objects are kept in it.
    pub versions: &'static [&'static str],
    pub plural: &'static str,
    pub singular: &'static str,
    pub short: &'static str,
    pub kind: &'static str,
    pub namespaced: bool,
    pub verbs: &'static [&'static str],
    /// What a field selector may name beside `metadata.name` and `metadata.namespace`.
    pub fields: &'static [&'static str],
}

pub static NODES: Resource = Resource {
    group: "",
    versions: &["v1"],
    plural: "nodes",
    singular: "node",
    short: "no",
    kind: "Node",
    namespaced: false,
    verbs: &["get", "list", "patch"],
    fields: &["spec.unschedulable"],
};

pub static PODS: Resource = Resource {
    group: "",
    versions: &["v1"],
    plural: "pods",
    singular: "pod",
    short: "po",
    kind: "Pod",
    namespaced: true,
    verbs: &["get", "list"],
    fields: &[
        "spec.nodeName",
        "spec.restartPolicy",
        "spec.schedulerName",
        "status.phase",
    ],
};

pub static DAEMON_SETS: Resource = Resource {
    group: "apps",
    versions: &["v1"],
    plural: "daemonsets",
    singular: "daemonset",
    short: "ds",
    kind: "DaemonSet",
    namespaced: true,
    verbs: &["get", "list"],
    fields: &[],
};

pub static REPLICA_SETS: Resource = Resource {
    group: "apps",
    versions: &["v1"],
    plural: "replicasets",
    singular: "replicaset",
    short: "rs",
    kind: "ReplicaSet",
    namespaced: true,
    verbs: &["get", "list"],
    fields: &[],
};

pub static BUDGETS: Resource = Resource {
    group: "policy",
    versions: &["v1", "v1beta1"],
    plural: "poddisruptionbudgets",
    singular: "poddisruptionbudget",
    short: "pdb",
    kind: "PodDisruptionBudget",
    namespaced: true,
    verbs: &["get", "list"],
    fields: &[],
};

pub static ALL: [&Resource; 5] = [&NODES, &PODS, &DAEMON_SETS, &REPLICA_SETS, &BUDGETS];

impl Resource {
    pub fn api_version(&self, version: &str) -> String {
        if self.group.is_empty() {
            version.to_owned()
        } else {
            format!("{}/{version}", self.group)
        }
    }

    /// `/api/v1`, `/apis/policy/v1`.
    pub fn root(&self, version: &str) -> String {
        let api = if self.group.is_empty() { "api" } else { "apis" };
        format!("/{api}/{}", self.api_version(version))
    }

    /// As messages name it: `nodes`, `daemonsets.apps`.
    pub fn qualified(&self) -> String {
        if self.group.is_empty() {
            self.plural.to_owned()
        } else {
            format!("{}.{}", self.plural, self.group)
        }
    }
}
