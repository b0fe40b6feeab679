use super::{
    KubernetesError, Node,
    api::ANNOTATION,
    cluster::{PATIENCE, PAUSE},
};
use crate::words::duration;
use serde_json::{Value, json};
use tokio::time::Instant;

impl Node {
    /// Cordons the node for a run, and notes on it that this run did. A node that an earlier run has cordoned is this run's
    /// then; one that somebody else has is left as it is.
    ///
    /// # Errors
    /// When the API does not take it.
    pub async fn cordon(&self, run: &str) -> Result<Vec<String>, KubernetesError> {
        let name = self.name();
        let begin = Instant::now();
        // A kubelet changes its node too, every few minutes: then it is tried anew.
        while begin.elapsed() < PATIENCE {
            let state = self.state().await?;
            match (state.cordoned, state.cordoned_by.as_deref()) {
                (true, Some(by)) if by == run => return Ok(vec![format!("node {name} is cordoned, for run {run}")]),
                (true, None) => {
                    return Ok(vec![format!(
                        "node {name} was cordoned by somebody else meanwhile, and stays so"
                    )]);
                }
                _ => {}
            }
            self.patch(&state.version, json!(run), json!(true)).await?;
        }
        Err(self.contended("cordon"))
    }

    /// Uncordons the node where one of these runs has cordoned it.
    ///
    /// # Errors
    /// When the API does not take it.
    pub async fn uncordon(&self, runs: &[&str]) -> Result<Vec<String>, KubernetesError> {
        let name = self.name();
        let begin = Instant::now();
        let mut attempts = 0;
        while begin.elapsed() < PATIENCE {
            let state = self.state().await?;
            match state.cordoned_by.as_deref() {
                None if attempts == 0 => return Ok(vec![format!("node {name} was not cordoned by imaform any more")]),
                None => return Ok(vec![format!("node {name} is uncordoned")]),
                Some(by) if !runs.contains(&by) => return Err(self.taken_over(by)),
                Some(_) => self.patch(&state.version, Value::Null, Value::Null).await?,
            }
            attempts += 1;
        }
        Err(self.contended("uncordon"))
    }

    /// Both in one: nobody ever sees a cordon of ours without its note. Who changed the node since it was read is not
    /// overwritten; whether that was so, the next look tells.
    async fn patch(&self, version: &str, by: Value, unschedulable: Value) -> Result<(), KubernetesError> {
        let patch = json!({
            "metadata": { "resourceVersion": version, "annotations": { ANNOTATION: by } },
            "spec": { "unschedulable": unschedulable },
        });
        let patch = format!("--patch={patch}");
        match self
            .cluster
            .once(&["patch", "node", self.name(), "--type=merge", &patch])
            .await
        {
            Err(KubernetesError::Kubectl { words, .. })
                if words.contains("(Conflict)") || words.contains("has been modified") =>
            {
                Ok(())
            }
            Err(error) if error.may_pass() => {
                tokio::time::sleep(PAUSE).await;
                Ok(())
            }
            result => result.map(drop),
        }
    }

    pub(super) fn taken_over(&self, by: &str) -> KubernetesError {
        KubernetesError::TakenOver {
            node: self.name().to_owned(),
            by: by.to_owned(),
        }
    }

    fn contended(&self, verb: &str) -> KubernetesError {
        KubernetesError::Kubectl {
            what: format!("{verb} {}", self.name()),
            words: format!(
                "tried for {}; somebody else changes the node all the time, or the API takes no change",
                duration(PATIENCE)
            ),
        }
    }
}
