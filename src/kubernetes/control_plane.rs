use super::{
    KubernetesError, Node,
    api::{self, List, Pod, is_true},
    cluster::PAUSE,
};
use crate::words::count;
use tokio::time::Instant;

/// The static pods of a control plane that kubeadm makes.
const COMPONENTS: &str = "--selector=component in (etcd, kube-apiserver)";

impl Node {
    /// Waits until the control plane does without this node for a while: the API is ready, with etcd behind it, and every other
    /// node of the control plane is Ready, as are their pods.
    ///
    /// # Errors
    /// When it is not well within the time in which a node must be Ready.
    pub async fn check_control_plane(&self) -> Result<Vec<String>, KubernetesError> {
        let begin = Instant::now();
        loop {
            let problems = match self.look_at_control_plane().await? {
                Ok(well) => return Ok(vec![well]),
                Err(problems) => problems,
            };
            if begin.elapsed() >= self.settings.ready_timeout {
                return Err(KubernetesError::ControlPlane {
                    node: self.name().to_owned(),
                    problems,
                });
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    async fn look_at_control_plane(&self) -> Result<Result<String, Vec<String>>, KubernetesError> {
        let mut problems = self.api_problems().await?;
        let components = ["get", "pods", "--namespace=kube-system", COMPONENTS];
        let pods: List<Pod> = self.cluster.read(&components).await?;
        let unready = pods
            .items
            .iter()
            .filter(|pod| !is_true(&pod.status.conditions, "Ready"));
        problems.extend(unready.map(|pod| format!("pod {} is not Ready", pod.name())));
        let nodes: List<api::Node> = self.cluster.read(&["get", "nodes"]).await?;
        let states = nodes.items.iter().map(api::Node::state);
        let others: Vec<_> = states
            .filter(|node| node.control_plane && node.name != self.name())
            .collect();
        let unready = others.iter().filter(|node| !node.ready);
        problems.extend(unready.map(|node| format!("node {} is not Ready ({})", node.name, node.why_not_ready)));
        if !problems.is_empty() {
            return Ok(Err(problems));
        }
        Ok(Ok(format!(
            "/readyz passes; Ready: {} of etcd and the API, {} of the control plane",
            count(pods.items.len(), "pod"),
            count(others.len(), "other node"),
        )))
    }

    /// What `/readyz` says against the API server and its etcd.
    async fn api_problems(&self) -> Result<Vec<String>, KubernetesError> {
        let health = match self.cluster.once(&["get", "--raw", "/readyz?verbose"]).await {
            Ok(_) => return Ok(Vec::new()),
            // kubectl quotes the answer of a server that is not ready.
            Err(KubernetesError::Kubectl { words, .. }) => words.replace("\\n", "\n"),
            Err(error) => return Err(error),
        };
        let failed = health.lines().filter_map(|line| line.split_once("[-]"));
        let problems: Vec<String> = failed.map(|(_, what)| format!("/readyz: {}", what.trim())).collect();
        Ok(match problems.is_empty() {
            true => vec![format!("/readyz: {}", health.trim())],
            false => problems,
        })
    }
}
