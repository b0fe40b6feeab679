use super::{EventKind, Events};
use crate::{
    config::{self, Connection, Kubectl, PasswordSource, Privilege, Target},
    host::{Answer, Call, HostError, Script, Transport, open},
    kubernetes::{Cluster, KubernetesError, Node},
    plan::{Plan, PlanError},
    resource::{NodeFacts, Observed, StepId, probe_request},
};
use std::{
    collections::BTreeMap,
    hash::{BuildHasher, RandomState},
    sync::Arc,
    time::Duration,
};
use tokio::{
    sync::{Semaphore, mpsc},
    task::JoinSet,
};

/// One host with its open door.
#[derive(Clone)]
pub struct Member {
    /// What is wanted of it and how it is reached.
    pub target: Target,
    /// The door.
    pub transport: Arc<dyn Transport>,
    /// The node that it is, where it is one.
    pub node: Option<Node>,
}

impl Member {
    /// Looks at the host, and at the node that it is.
    ///
    /// # Errors
    /// When the host cannot be reached, or its answer not be read.
    pub async fn probe(&self) -> Result<Observed, HostError> {
        let facts = async {
            match &self.node {
                Some(node) => node.facts().await,
                None => NodeFacts::None,
            }
        };
        let (observed, node) = tokio::join!(self.look(), facts);
        Ok(Observed { node, ..observed? })
    }

    /// What must be done to the host, and to the node that it is.
    ///
    /// # Errors
    /// When the steps contradict each other; that is a fault of imaform, not of the input.
    pub fn plan(&self, observed: &Observed) -> Result<Plan, PlanError> {
        self.around(Plan::build(&self.target.desired, observed)?, observed)
    }

    /// A plan for the host, with what the node needs around its reboots.
    ///
    /// # Errors
    /// Those of [`Self::plan`].
    pub fn around(&self, plan: Plan, observed: &Observed) -> Result<Plan, PlanError> {
        match &self.node {
            Some(node) => plan.of_node(&node.settings, &observed.node),
            None => Ok(plan),
        }
    }

    /// One script, one round trip. When the connection is lost, a second time.
    async fn look(&self) -> Result<Observed, HostError> {
        match self.look_once().await {
            Err(HostError::Lost { .. }) => self.look_once().await,
            looked => looked,
        }
    }

    async fn look_once(&self) -> Result<Observed, HostError> {
        let mark = format!("%%{:016x}", RandomState::new().hash_one(&self.target.name));
        let call = Call::new(Script::Probe)
            .args([mark.clone()])
            .input(probe_request(&self.target.desired))
            .deadline(Duration::from_secs(1800));
        let answer = self.transport.run(call).await?.success(Script::Probe)?;
        Observed::parse(&answer.stdout, &mark)
    }

    /// Runs a script that takes its time and tells how far it is.
    ///
    /// # Errors
    /// When it could not be run; how it ended is in the answer.
    pub async fn run_told(&self, mut call: Call, id: &StepId, events: &Events) -> Result<Answer, HostError> {
        let (sender, mut receiver) = mpsc::unbounded_channel();
        call.progress = Some(sender);
        let forward = async {
            while let Some(progress) = receiver.recv().await {
                let id = id.clone();
                events.tell(&self.target.name, EventKind::StepProgress { id, progress });
            }
        };
        let (answer, ()) = tokio::join!(self.transport.run(call), forward);
        answer
    }
}

/// The hosts of a run.
pub struct Fleet {
    /// In the order of the inventory.
    pub members: Vec<Member>,
}

impl Fleet {
    /// Gives every target its door. Nothing is contacted yet. `passwords` holds sudo's, by source.
    pub fn new(targets: Vec<Target>, passwords: &BTreeMap<PasswordSource, String>) -> Self {
        let door = |connection: &Connection, privilege: &Privilege| {
            let password = match privilege {
                Privilege::Sudo { password: Some(source) } => passwords.get(source).cloned(),
                _ => None,
            };
            open(connection, privilege, password)
        };
        let mut clusters: Vec<(config::Cluster, Arc<Cluster>)> = Vec::new();
        let mut cluster = |wanted: &config::Cluster| {
            if let Some((_, known)) = clusters.iter().find(|(known, _)| known == wanted) {
                return Arc::clone(known);
            }
            let door = match &wanted.kubectl {
                Kubectl::Here => door(&Connection::Local, &Privilege::None),
                Kubectl::Host(via) => door(&via.connection, &via.privilege),
            };
            let new = Arc::new(Cluster::new(door, wanted));
            clusters.push((wanted.clone(), Arc::clone(&new)));
            new
        };
        let member = |target: Target| Member {
            transport: door(&target.connection, &target.privilege),
            node: target.kubernetes.as_ref().map(|settings| Node {
                cluster: cluster(&settings.cluster),
                settings: settings.clone(),
            }),
            target,
        };
        Self {
            members: targets.into_iter().map(member).collect(),
        }
    }

    /// Looks at every host, `concurrency` at a time; the answers are in the order of the members.
    pub async fn probe(&self, concurrency: usize, events: &Events) -> Vec<Result<Observed, HostError>> {
        let answers = self.each(concurrency, |_, member| {
            let events = events.clone();
            async move {
                events.tell(&member.target.name, EventKind::Probing);
                let observed = member.look().await;
                events.tell(&member.target.name, EventKind::Probed);
                observed
            }
        });
        let lost = || {
            Err(HostError::Lost {
                script: Script::Probe.name(),
            })
        };
        let (answers, nodes) = tokio::join!(answers, self.nodes());
        let answers = answers.into_iter().map(|answer| answer.unwrap_or_else(lost));
        let with_node = |(answer, node): (Result<Observed, HostError>, NodeFacts)| Ok(Observed { node, ..answer? });
        answers.zip(nodes).map(with_node).collect()
    }

    /// What the clusters say of the members: one question for each cluster.
    async fn nodes(&self) -> Vec<NodeFacts> {
        let mut facts: Vec<NodeFacts> = vec![NodeFacts::None; self.members.len()];
        for cluster in self.clusters() {
            let own = |node: &&Node| Arc::ptr_eq(&node.cluster, cluster);
            let nodes = self.members.iter().filter_map(|member| member.node.as_ref());
            let names: Vec<&str> = nodes.filter(own).map(Node::name).collect();
            let mut found = cluster.facts(&names).await;
            for (member, facts) in self.members.iter().zip(&mut facts) {
                if let Some(node) = member.node.as_ref().filter(own) {
                    *facts = found.remove(node.name()).unwrap_or_default();
                }
            }
        }
        facts
    }

    /// The member on whose node a pod runs, and that node; the first cluster that has the pod tells.
    ///
    /// # Errors
    /// When a cluster cannot be asked.
    pub async fn host_of_pod(
        &self,
        namespace: &str,
        pod: &str,
    ) -> Result<Option<(String, Option<&Member>)>, KubernetesError> {
        for cluster in self.clusters() {
            let Some(name) = cluster.node_of_pod(namespace, pod).await? else {
                continue;
            };
            let is_it = |node: &Node| Arc::ptr_eq(&node.cluster, cluster) && node.name() == name;
            let mut members = self.members.iter();
            let member = members.find(|member| member.node.as_ref().is_some_and(is_it));
            return Ok(Some((name, member)));
        }
        Ok(None)
    }

    fn clusters(&self) -> Vec<&Arc<Cluster>> {
        let mut clusters: Vec<&Arc<Cluster>> = Vec::new();
        for node in self.members.iter().filter_map(|member| member.node.as_ref()) {
            if !clusters.iter().any(|known| Arc::ptr_eq(known, &node.cluster)) {
                clusters.push(&node.cluster);
            }
        }
        clusters
    }

    /// Does the same with every member, `concurrency` at a time. The results are in the order of the members; `None` is of
    /// work that was broken off.
    pub async fn each<T, W>(&self, concurrency: usize, work: impl Fn(usize, Member) -> W) -> Vec<Option<T>>
    where
        T: Send + 'static,
        W: Future<Output = T> + Send + 'static,
    {
        let gate = Arc::new(Semaphore::new(concurrency));
        let mut set = JoinSet::new();
        for (index, member) in self.members.iter().cloned().enumerate() {
            let (gate, work) = (Arc::clone(&gate), work(index, member));
            set.spawn(async move {
                let _permit = gate.acquire_owned().await;
                (index, work.await)
            });
        }
        let mut results = BTreeMap::new();
        while let Some(joined) = set.join_next().await {
            if let Ok((index, result)) = joined {
                results.insert(index, result);
            }
        }
        (0..self.members.len()).map(|index| results.remove(&index)).collect()
    }

    /// Closes every connection.
    pub async fn close(&self) {
        for member in &self.members {
            member.transport.disconnect().await;
        }
        for cluster in self.clusters() {
            cluster.close().await;
        }
    }
}
