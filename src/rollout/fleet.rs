use super::{EventKind, Events};
use crate::{
    config::{Privilege, Target},
    host::{Call, HostError, Script, Transport, open},
    resource::{Observed, probe_request},
};
use std::{
    collections::BTreeMap,
    hash::{BuildHasher, RandomState},
    sync::Arc,
    time::Duration,
};
use tokio::{sync::Semaphore, task::JoinSet};

/// One host with its open door.
#[derive(Clone)]
pub struct Member {
    /// What is wanted of it and how it is reached.
    pub target: Target,
    /// The door.
    pub transport: Arc<dyn Transport>,
}

impl Member {
    /// Looks at the host: one script, one round trip.
    ///
    /// # Errors
    /// When the host cannot be reached, or its answer not be read.
    pub async fn probe(&self) -> Result<Observed, HostError> {
        let mark = format!("%%{:016x}", RandomState::new().hash_one(&self.target.name));
        let call = Call::new(Script::Probe)
            .args([mark.clone()])
            .input(probe_request(&self.target.desired))
            .deadline(Duration::from_secs(1800));
        let answer = self.transport.run(call).await?.success(Script::Probe)?;
        Observed::parse(&answer.stdout, &mark)
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
        let look = |member: Member| async move { member.probe().await };
        let lost = || HostError::Lost {
            script: Script::Probe.name(),
        };
        let answers = self.look(concurrency, events, look).await;
        answers
            .into_iter()
            .map(|answer| answer.unwrap_or_else(|| Err(lost())))
            .collect()
    }

    /// Does to every host what changes nothing there, `concurrency` at a time; the results are in the order of the members,
    /// `None` where one broke off.
    pub async fn look<T, F>(&self, concurrency: usize, events: &Events, look: impl Fn(Member) -> F) -> Vec<Option<T>>
    where
        T: Send + 'static,
        F: Future<Output = T> + Send + 'static,
    {
        let gate = Arc::new(Semaphore::new(concurrency));
        let mut set = JoinSet::new();
        for (index, member) in self.members.iter().cloned().enumerate() {
            let (gate, events, name) = (Arc::clone(&gate), events.clone(), member.target.name.clone());
            let look = look(member);
            set.spawn(async move {
                let _permit = gate.acquire_owned().await;
                events.tell(&name, EventKind::Probing);
                let result = look.await;
                events.tell(&name, EventKind::Probed);
                (index, result)
            });
        }
        let mut results: Vec<Option<T>> = self.members.iter().map(|_| None).collect();
        while let Some(joined) = set.join_next().await {
            if let Ok((index, result)) = joined {
                results[index] = Some(result);
            }
        }
        results
    }

    /// Closes every connection.
    pub async fn close(&self) {
        for member in &self.members {
            member.transport.disconnect().await;
        }
    }
}
