//! PodDisruptionBudgets, their status as the disruption controller would find it now.

use super::{
    pods,
    resources::{BUDGETS, PODS},
    selector,
    state::{State, namespace, timestamp},
};
use serde_json::{Map, Value, json};
use std::time::Duration;

pub fn add(state: &mut State, namespace: &str, name: &str, labels: &[(&str, &str)], min_available: u32) {
    let labels: Map<String, Value> = labels
        .iter()
        .map(|(key, value)| ((*key).to_owned(), json!(value)))
        .collect();
    let object = json!({
        "metadata": {"name": name, "namespace": namespace, "generation": 1},
        "spec": {"minAvailable": min_available, "selector": {"matchLabels": labels}},
    });
    state.insert(&BUDGETS, object);
}

pub fn status(state: &State, budget: &Value) -> Value {
    let pods: Vec<Value> = state
        .list(&PODS, Some(namespace(budget)))
        .into_iter()
        .filter(|pod| covers(budget, pod))
        .collect();
    let healthy = pods
        .iter()
        .filter(|pod| pods::is_ready(pod) && pod["metadata"]["deletionTimestamp"].is_null());
    let healthy = healthy.count() as u64;
    let desired = budget["spec"]["minAvailable"]
        .as_u64()
        .expect("a budget is a number of pods");
    let allowed = if pods.is_empty() {
        0
    } else {
        healthy.saturating_sub(desired)
    };
    let (holds, reason) = if allowed > 0 {
        ("True", "SufficientPods")
    } else {
        ("False", "InsufficientPods")
    };
    json!({
        "observedGeneration": 1,
        "currentHealthy": healthy,
        "desiredHealthy": desired,
        "expectedPods": pods.len(),
        "disruptionsAllowed": allowed,
        "conditions": [{
            "type": "DisruptionAllowed",
            "status": holds,
            "reason": reason,
            "message": "",
            "observedGeneration": 1,
            "lastTransitionTime": timestamp(Duration::ZERO),
        }],
    })
}

pub fn covers(budget: &Value, pod: &Value) -> bool {
    let wanted = budget["spec"]["selector"]["matchLabels"].as_object();
    wanted.is_some_and(|wanted| {
        wanted
            .iter()
            .all(|(key, value)| selector::label(pod, key) == value.as_str())
    })
}
