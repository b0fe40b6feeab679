//! What a client asks first: the version, the groups and their resources.

use super::resources::{ALL, Resource};
use serde_json::{Value, json};

pub fn version() -> Value {
    json!({
        "major": "1",
        "minor": "32",
        "gitVersion": "v1.32.4",
        "gitCommit": "59526cd4867447956156ae3a602fcbac10a2c335",
        "gitTreeState": "clean",
        "buildDate": "2025-04-22T15:59:18Z",
        "goVersion": "go1.23.6",
        "compiler": "gc",
        "platform": "linux/amd64",
    })
}

pub fn core_versions() -> Value {
    json!({"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []})
}

pub fn groups() -> Value {
    let group = |name: &str, versions: &[&str]| {
        let versions: Vec<Value> = versions
            .iter()
            .map(|one| json!({"groupVersion": format!("{name}/{one}"), "version": one}))
            .collect();
        json!({"name": name, "versions": versions, "preferredVersion": versions[0]})
    };
    let groups = [group("apps", &["v1"]), group("policy", &["v1", "v1beta1"])];
    json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups})
}

/// The resources of a group and version, such as `policy/v1`.
pub fn resources(group_version: &str) -> Value {
    let mut resources = Vec::new();
    for resource in ALL {
        if resource
            .versions
            .iter()
            .any(|version| resource.api_version(version) == group_version)
        {
            resources.push(describe(resource));
        }
    }
    if group_version == "v1" {
        resources.push(json!({
            "name": "pods/eviction",
            "singularName": "",
            "namespaced": true,
            "group": "policy",
            "version": "v1",
            "kind": "Eviction",
            "verbs": ["create"],
        }));
    }
    json!({"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": group_version, "resources": resources})
}

fn describe(resource: &Resource) -> Value {
    json!({
        "name": resource.plural,
        "singularName": resource.singular,
        "namespaced": resource.namespaced,
        "kind": resource.kind,
        "verbs": resource.verbs,
        "shortNames": [resource.short],
    })
}
