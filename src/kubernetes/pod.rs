use super::{
    Cluster, KubernetesError, Node,
    api::{Budget, List, MIRROR, Pod},
};

impl Pod {
    pub(super) fn name(&self) -> String {
        format!("{}/{}", self.metadata.namespace, self.metadata.name)
    }

    /// Whether a drain leaves it: a static pod, one of a daemon set, or one that has ended.
    fn stays(&self) -> bool {
        let owner = self.metadata.owner_references.iter().find(|owner| owner.controller);
        self.metadata.annotations.contains_key(MIRROR)
            || owner.is_some_and(|owner| owner.kind == "DaemonSet")
            || matches!(self.status.phase.as_str(), "Succeeded" | "Failed")
    }

    fn is_bare(&self) -> bool {
        !self.metadata.owner_references.iter().any(|owner| owner.controller)
    }
}

impl Budget {
    fn covers(&self, pod: &Pod) -> bool {
        let selector = self.spec.selector.as_ref();
        self.metadata.namespace == pod.metadata.namespace
            && selector.is_some_and(|selector| selector.fits(&pod.metadata.labels))
    }

    fn words(&self) -> String {
        let status = &self.status;
        format!(
            "PodDisruptionBudget {} wants {} healthy and has {}",
            self.metadata.name, status.desired_healthy, status.current_healthy
        )
    }
}

impl Cluster {
    /// The node on which a pod runs; `None` where the cluster has no such pod, or has not placed it.
    ///
    /// # Errors
    /// When the cluster cannot be asked.
    pub async fn node_of_pod(&self, namespace: &str, name: &str) -> Result<Option<String>, KubernetesError> {
        let namespace = format!("--namespace={namespace}");
        let columns = "--output=custom-columns=NODE:.spec.nodeName,NAME:.metadata.name";
        let answer = self
            .once(&["get", "pod", name, &namespace, columns, "--no-headers"])
            .await;
        match answer {
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
            Ok(text) => {
                let text = String::from_utf8_lossy(&text);
                let node = text.split_ascii_whitespace().next();
                Ok(node.filter(|node| *node != "<none>").map(str::to_owned))
            }
        }
    }
}

impl Node {
    /// The pods that a drain must move and has not.
    pub(super) async fn left(&self) -> Result<Vec<Pod>, KubernetesError> {
        let field = format!("--field-selector=spec.nodeName={}", self.name());
        let pods: List<Pod> = self.cluster.read(&["get", "pods", "--all-namespaces", &field]).await?;
        Ok(pods.items.into_iter().filter(|pod| !pod.stays()).collect())
    }

    /// What holds these pods, a line each.
    pub(super) async fn holders(&self, pods: &[Pod]) -> Vec<String> {
        // Budgets may be a secret to whoever may drain; the pods still have names.
        let budgets: List<Budget> = self
            .cluster
            .read(&["get", "poddisruptionbudgets", "--all-namespaces"])
            .await
            .unwrap_or(List { items: Vec::new() });
        let line = |pod: &Pod| {
            let spent = |budget: &&Budget| budget.status.disruptions_allowed == 0 && budget.covers(pod);
            let why = match budgets.items.iter().find(spent) {
                Some(budget) => budget.words(),
                None if pod.is_bare() => {
                    "no controller would make it anew; `drain: {force: true}` deletes it".to_owned()
                }
                None => format!("phase {}", pod.status.phase),
            };
            format!("pod {}: {why}", pod.name())
        };
        pods.iter().map(line).collect()
    }
}
