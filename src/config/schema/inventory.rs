use super::{
    Nullable,
    connection::Settings,
    kubernetes::{Kubernetes, NodeName},
    rollout::Rollout,
    text::LocalPath,
};
use schemars::JsonSchema;
use serde_json::Value;
use std::collections::BTreeMap;

/// Who gets IMA, how they are reached, and which playbook they follow.
#[derive(JsonSchema)]
#[schemars(title = "Inventory of imaform", deny_unknown_fields)]
pub(super) struct Inventory {
    /// What holds for every group that says nothing else.
    defaults: Option<Nullable<Defaults>>,
    /// Hosts that follow the same playbook, by the name of their group.
    #[schemars(extend("minProperties" = 1))]
    groups: BTreeMap<GroupName, Group>,
}

#[derive(JsonSchema)]
struct GroupName(#[schemars(regex(pattern = r"^[A-Za-z0-9_][A-Za-z0-9._-]{0,63}$"))] String);

/// What holds for every group that says nothing else.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Defaults {
    #[schemars(flatten)]
    settings: Settings,
    /// Variables for the templates.
    vars: Option<Nullable<Variables>>,
    /// How the hosts of a group are taken.
    rollout: Option<Nullable<Rollout>>,
    /// The cluster whose nodes the hosts are.
    kubernetes: Option<Nullable<Kubernetes>>,
}

/// Hosts that follow the same playbook.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Group {
    #[schemars(flatten)]
    settings: Settings,
    /// The playbook, relative to this file. A group on which only kubectl runs for others needs none.
    playbook: Option<LocalPath>,
    /// Variables for the templates; a value here replaces that of `defaults`.
    vars: Option<Nullable<Variables>>,
    /// How the hosts of this group are taken.
    rollout: Option<Nullable<Rollout>>,
    /// The cluster whose nodes the hosts are: cordoned and drained before the first reboot, uncordoned after the last.
    kubernetes: Option<Nullable<Kubernetes>>,
    /// Names, or names with settings.
    hosts: Hosts,
}

#[derive(JsonSchema)]
#[schemars(untagged)]
enum Hosts {
    /// Hosts by name, each with its settings or nothing: `web-1: {address: 192.0.2.11}`.
    #[schemars(extend("minProperties" = 1))]
    Settings(BTreeMap<HostPattern, Nullable<Host>>),
    /// Names alone.
    Names(#[schemars(length(min = 1))] Vec<HostPattern>),
}

/// A host's name, or a range of names that keep their zeros: `wrkr-[01:20]`.
#[derive(JsonSchema)]
struct HostPattern(
    #[schemars(regex(pattern = r"^([A-Za-z0-9_:]|\[[0-9]+:[0-9]+\])([A-Za-z0-9._:-]|\[[0-9]+:[0-9]+\])*$"))] String,
);

/// What a host says itself.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Host {
    #[schemars(flatten)]
    settings: Settings,
    /// Host name, IP address or alias of `~/.ssh/config`; the host's name where this is not given.
    address: Option<Address>,
    /// Variables for the templates; a value here replaces that of the group.
    vars: Option<Nullable<Variables>>,
    /// The node that the host is in its cluster; the host's name where this is not given.
    node: Option<NodeName>,
}

#[derive(JsonSchema)]
struct Address(#[schemars(regex(pattern = r"^[A-Za-z0-9._:%][A-Za-z0-9._:%-]{0,252}$"))] String);

type Variables = BTreeMap<VariableName, Value>;

/// A name that templates can use; they already know `host` and `group`.
#[derive(JsonSchema)]
struct VariableName(#[schemars(regex(pattern = r"^(?!(host|group)$)[A-Za-z_][A-Za-z0-9_]*$"))] String);
