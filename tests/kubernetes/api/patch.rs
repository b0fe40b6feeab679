//! Patches of nodes: JSON merge patches, and strategic ones as far as they are the same.

use super::{nodes, refusal::Refusal, resources::NODES, state::State};
use serde_json::{Value, json};

/// Patches a node by a body of the content type; what is returned is stored unless it is a trial.
pub fn patch_node(state: &mut State, name: &str, kind: &str, body: &[u8], trial: bool) -> Result<Value, Refusal> {
    let before = state
        .get(&NODES, "", name)
        .ok_or_else(|| Refusal::not_found(&NODES, name))?;
    let patch: Value = serde_json::from_slice(body).map_err(|error| Refusal::bad_request(error.to_string()))?;
    match kind {
        "application/merge-patch+json" => {}
        "application/strategic-merge-patch+json" if !has_directive(&patch) => {}
        _ => {
            return Err(Refusal::unsupported_media_type(format!(
                "the stand-in cannot apply this {kind}: {patch}"
            )));
        }
    }
    let mut after = before.clone();
    merge(&mut after, &patch);
    let version = &after["metadata"]["resourceVersion"];
    if !version.is_null() && version != "" && *version != before["metadata"]["resourceVersion"] {
        return Err(Refusal::conflict(&NODES, name));
    }
    for field in ["name", "uid", "creationTimestamp", "resourceVersion"] {
        after["metadata"][field] = before["metadata"][field].clone();
    }
    // The status is a subresource of its own.
    after["status"] = before["status"].clone();
    check(&after)?;
    omit_empty(&mut after);
    Ok(if trial || after == before {
        after
    } else {
        nodes::store(state, after)
    })
}

/// RFC 7386.
fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(changes) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = json!({});
    }
    for (key, change) in changes {
        if change.is_null() {
            target.as_object_mut().expect("it was made an object").remove(key);
        } else {
            merge(&mut target[key], change);
        }
    }
}

fn has_directive(patch: &Value) -> bool {
    let Value::Object(changes) = patch else { return false };
    changes
        .iter()
        .any(|(key, change)| key.starts_with('$') || has_directive(change))
}

fn check(node: &Value) -> Result<(), Refusal> {
    let wrong = |field: &str, value: &Value| {
        Refusal::bad_request(format!("json: cannot unmarshal {value} into Go struct field {field}"))
    };
    for field in ["annotations", "labels"] {
        let entries = node["metadata"][field].as_object();
        if let Some(value) = entries.and_then(|entries| entries.values().find(|value| !value.is_string())) {
            return Err(wrong(&format!("ObjectMeta.metadata.{field} of type string"), value));
        }
    }
    match &node["spec"]["unschedulable"] {
        Value::Null | Value::Bool(_) => Ok(()),
        value => Err(wrong("NodeSpec.spec.unschedulable of type bool", value)),
    }
}

/// What a server leaves out of its answers.
fn omit_empty(node: &mut Value) {
    if let Some(spec) = node["spec"].as_object_mut() {
        spec.retain(|field, value| field != "unschedulable" || value == true);
    }
    if let Some(metadata) = node["metadata"].as_object_mut() {
        metadata.retain(|_, value| value.as_object().is_none_or(|entries| !entries.is_empty()));
    }
}
