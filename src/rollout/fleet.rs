use super::{EventKind, Events};
use crate::{
    config::{Privilege, Target},
    host::{Answer, Call, HostError, Script, Transport, open},
    resource::{Observed, StepId, probe_request},
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
}

impl Member {
    /// Looks at the host: one script, one round trip. When the connection is lost, a second time.
    ///
    /// # Errors
    /// When the host cannot be reached, or its answer not be read.
    pub async fn probe(&self) -> Result<Observed, HostError> {
        match self.look().await {
            Err(HostError::Lost { .. }) => self.look().await,
            looked => looked,
        }
    }

    async fn look(&self) -> Result<Observed, HostError> {
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
    pub fn new(targets: Vec<Target>, passwords: &BTreeMap<crate::config::PasswordSource, String>) -> Self {
        let members = targets
            .into_iter()
            .map(|target| {
                let password = match &target.privilege {
                    Privilege::Sudo { password: Some(source) } => passwords.get(source).cloned(),
                    _ => None,
                };
                let transport = open(&target.connection, &target.privilege, password);
                Member { target, transport }
            })
            .collect();
        Self { members }
    }

    /// Looks at every host, `concurrency` at a time; the answers are in the order of the members.
    pub async fn probe(&self, concurrency: usize, events: &Events) -> Vec<Result<Observed, HostError>> {
        let answers = self.each(concurrency, |_, member| {
            let events = events.clone();
            async move {
                events.tell(&member.target.name, EventKind::Probing);
                let observed = member.probe().await;
                events.tell(&member.target.name, EventKind::Probed);
                observed
            }
        });
        let lost = || {
            Err(HostError::Lost {
                script: Script::Probe.name(),
            })
        };
        let answers = answers.await.into_iter();
        answers.map(|answer| answer.unwrap_or_else(lost)).collect()
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
    }
}
