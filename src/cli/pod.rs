use super::{passwords::Passwords, session::CliError};
use crate::{
    config::{Target, is_kubernetes_name},
    rollout::Fleet,
};

/// What stands before a pod in `--limit`.
const PREFIX: &str = "pod:";

/// The comma-separated patterns of `--limit`, with the host on whose node a pod runs in place of each `pod:[NAMESPACE/]NAME`.
///
/// # Errors
/// When a cluster cannot be asked, or no host of the inventory runs the pod.
pub async fn patterns(limit: &str, targets: &[Target], passwords: &mut Passwords) -> Result<Vec<String>, CliError> {
    let mut patterns = Vec::new();
    for pattern in limit.split(',').map(str::trim).filter(|pattern| !pattern.is_empty()) {
        patterns.push(match pattern.strip_prefix(PREFIX) {
            Some(pod) => host(pod, targets, passwords).await?,
            None => pattern.to_owned(),
        });
    }
    Ok(patterns)
}

async fn host(pod: &str, targets: &[Target], passwords: &mut Passwords) -> Result<String, CliError> {
    let (namespace, name) = pod.split_once('/').unwrap_or(("default", pod));
    if ![namespace, name].into_iter().all(is_kubernetes_name) {
        let help = "a pod is named [NAMESPACE/]NAME, as `kubectl get pods` does";
        return Err(format!("error: --limit {PREFIX}{pod}: {help}").into());
    }
    let nodes: Vec<Target> = targets
        .iter()
        .filter(|target| target.kubernetes.is_some())
        .cloned()
        .collect();
    if nodes.is_empty() {
        return Err(format!("error: --limit {PREFIX}{pod}: no group of the inventory has `kubernetes`").into());
    }
    passwords.ask_for_clusters(&nodes)?;
    let fleet = Fleet::new(nodes, passwords.known());
    let found = fleet.host_of_pod(namespace, name).await;
    let host = match &found {
        Err(error) => Err(format!("error: --limit {PREFIX}{pod}: {error}")),
        Ok(None) => Err(format!(
            "error: --limit {PREFIX}{pod}: no node runs pod {name} of namespace {namespace}"
        )),
        Ok(Some((node, None))) => Err(format!(
            "error: --limit {PREFIX}{pod}: it runs on node {node}, which is no host of the inventory"
        )),
        Ok(Some((node, Some(member)))) => {
            let host = member.target.name.clone();
            eprintln!("pod {namespace}/{name} runs on node {node}: host {host}");
            Ok(host)
        }
    };
    fleet.close().await;
    Ok(host?)
}
