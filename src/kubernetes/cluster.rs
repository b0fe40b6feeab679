use super::{KubernetesError, api};
use crate::{
    config,
    host::{Answer, Call, HostError, Script, Transport},
    resource::NodeFacts,
};
use serde::de::DeserializeOwned;
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use tokio::{sync::Semaphore, time::Instant};

/// kubectl runs side by side; sshd's `MaxSessions` is 10 a connection.
const SIDE_BY_SIDE: usize = 8;

/// How long an API that is away is asked again.
pub(super) const PATIENCE: Duration = Duration::from_secs(300);

/// Between two attempts.
pub(super) const PAUSE: Duration = Duration::from_secs(5);

const JSON: [&str; 2] = ["-o", "json"];

/// How long one request may take.
const REQUEST: Duration = Duration::from_secs(30);

/// A cluster, asked by kubectl on one machine.
pub struct Cluster {
    door: Arc<dyn Transport>,
    /// The machine, for people.
    at: String,
    kubeconfig: String,
    context: Option<String>,
    sessions: Semaphore,
}

impl Cluster {
    /// The cluster that an inventory names, behind the door of the machine on which kubectl runs.
    pub fn new(door: Arc<dyn Transport>, cluster: &config::Cluster) -> Self {
        Self {
            door,
            at: cluster.kubectl.at().to_owned(),
            kubeconfig: cluster.kubeconfig.clone().unwrap_or_default(),
            context: cluster.context.clone(),
            sessions: Semaphore::new(SIDE_BY_SIDE),
        }
    }

    /// What it says of these nodes: one request, which is not made again. Whoever looks before anything is begun wants to hear at
    /// once that nobody answers.
    pub async fn facts(&self, names: &[&str]) -> BTreeMap<String, NodeFacts> {
        let nodes: Result<api::List<api::Node>, _> = self.read_once(&["get", "nodes"]).await;
        let facts = |name: &&str| {
            let facts = match &nodes {
                Err(error) => NodeFacts::Unknown(error.to_string()),
                Ok(list) => {
                    let found = list.items.iter().find(|node| node.metadata.name == *name);
                    found.map_or(NodeFacts::Missing, |node| NodeFacts::Known(node.state()))
                }
            };
            ((*name).to_owned(), facts)
        };
        names.iter().map(facts).collect()
    }

    /// Reads objects, again and again while the API may come back.
    pub(super) async fn read<T: DeserializeOwned>(&self, arguments: &[&str]) -> Result<T, KubernetesError> {
        parse(arguments, &self.insist(&[arguments, &JSON].concat()).await?)
    }

    async fn read_once<T: DeserializeOwned>(&self, arguments: &[&str]) -> Result<T, KubernetesError> {
        parse(arguments, &self.once(&[arguments, &JSON].concat()).await?)
    }

    /// Runs kubectl, again and again while the API may come back.
    pub(super) async fn insist(&self, arguments: &[&str]) -> Result<Vec<u8>, KubernetesError> {
        let begin = Instant::now();
        loop {
            match self.once(arguments).await {
                Err(error) if error.may_pass() && begin.elapsed() < PATIENCE => tokio::time::sleep(PAUSE).await,
                result => return result,
            }
        }
    }

    /// Runs kubectl once; what it wrote to standard output.
    pub(super) async fn once(&self, arguments: &[&str]) -> Result<Vec<u8>, KubernetesError> {
        let answer = self.run(arguments, REQUEST * 4).await?;
        match answer.status {
            Some(0) => Ok(answer.stdout),
            _ => Err(KubernetesError::Kubectl {
                what: words(arguments),
                words: answer.stderr.trim().to_owned(),
            }),
        }
    }

    /// Runs kubectl once, however it ends.
    pub(super) async fn run(&self, arguments: &[&str], deadline: Duration) -> Result<Answer, KubernetesError> {
        let request = format!("--request-timeout={}s", REQUEST.as_secs());
        let context = self.context.iter().map(|context| format!("--context={context}"));
        let arguments = arguments.iter().map(|argument| (*argument).to_owned());
        let arguments = [self.kubeconfig.clone()].into_iter().chain(arguments).chain(context);
        let call = Call::new(Script::Kubectl)
            .args(arguments.chain([request]))
            .deadline(deadline);
        // It is never closed.
        let _session = self.sessions.acquire().await;
        self.door.run(call).await.map_err(|error| self.gone(error))
    }

    /// Closes the connection.
    pub async fn close(&self) {
        self.door.disconnect().await;
    }

    fn gone(&self, error: HostError) -> KubernetesError {
        let at = self.at.clone();
        KubernetesError::Door { at, error }
    }
}

fn parse<T: DeserializeOwned>(arguments: &[&str], text: &[u8]) -> Result<T, KubernetesError> {
    serde_json::from_slice(text).map_err(|error| KubernetesError::Answer {
        what: words(arguments),
        why: error.to_string(),
    })
}

/// The first arguments, for people.
fn words(arguments: &[&str]) -> String {
    arguments.iter().take(3).copied().collect::<Vec<_>>().join(" ")
}
