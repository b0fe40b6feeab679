//! What `pods/eviction` does with a pod.

use super::{
    budgets, pods,
    refusal::Refusal,
    resources::{BUDGETS, PODS},
    state::{State, name},
};
use serde_json::{Value, json};

pub fn evict(state: &mut State, namespace: &str, pod: &str, eviction: &Value) -> Result<(), Refusal> {
    let version = eviction["apiVersion"].as_str().unwrap_or_default();
    if eviction["kind"] != "Eviction" || !["policy/v1", "policy/v1beta1"].contains(&version) {
        return Err(Refusal::bad_request(format!(
            "not an Eviction of policy/v1 or policy/v1beta1: {eviction}"
        )));
    }
    if eviction["metadata"]["name"].as_str().is_some_and(|named| named != pod) {
        return Err(Refusal::bad_request(
            "name in URL does not match name in Eviction object".into(),
        ));
    }
    let pod = state
        .get(&PODS, namespace, pod)
        .ok_or_else(|| Refusal::not_found(&PODS, pod))?;
    if !free_of_budgets(&pod) {
        let covering: Vec<Value> = state
            .list(&BUDGETS, Some(namespace))
            .into_iter()
            .filter(|budget| budgets::covers(budget, &pod))
            .collect();
        match covering.as_slice() {
            [] => {}
            [budget] => allow(budget, &pod)?,
            _ => return Err(Refusal::several_budgets()),
        }
    }
    let options = &eviction["deleteOptions"];
    if options["dryRun"].as_array().is_none_or(Vec::is_empty) {
        state.terminate(pod, options["gracePeriodSeconds"].as_u64());
    }
    Ok(())
}

fn free_of_budgets(pod: &Value) -> bool {
    let phase = pod["status"]["phase"].as_str().unwrap_or_default();
    ["Succeeded", "Failed", "Pending"].contains(&phase) || !pod["metadata"]["deletionTimestamp"].is_null()
}

fn allow(budget: &Value, pod: &Value) -> Result<(), Refusal> {
    let count = |field: &str| {
        budget["status"][field]
            .as_u64()
            .expect("the status of a budget has counts")
    };
    let (healthy, desired) = (count("currentHealthy"), count("desiredHealthy"));
    // A pod that is not ready may go while the others suffice: unhealthyPodEvictionPolicy IfHealthyBudget.
    let spare = !pods::is_ready(pod) && desired > 0 && healthy >= desired;
    if spare || count("disruptionsAllowed") > 0 {
        return Ok(());
    }
    let budget = name(budget);
    Err(Refusal::too_many_requests(
        "Cannot evict pod as it would violate the pod's disruption budget.",
        json!({
            "reason": "DisruptionBudget",
            "message": format!("The disruption budget {budget} needs {desired} healthy pods and has {healthy} currently"),
        }),
    ))
}
