use super::{Limits, Member, RunId};
use crate::{
    host::{Answer, Call, HeldTransport, HostError, Script, Transport},
    plan::Plan,
};
use std::{sync::Arc, time::Duration};

/// How often a lock is asked for, or given back, when the answer does not come.
const ATTEMPTS: usize = 4;

/// Between two of them.
const PAUSE: Duration = Duration::from_secs(15);

/// A host whose lock the run holds. Who has lost it to another run can do nothing on the host any more: every script looks.
pub(super) struct Hold {
    /// The host, behind a door that shows who holds the lock.
    pub member: Member,
    door: Arc<dyn Transport>,
    run: String,
}

impl Hold {
    /// Takes the lock of a host that has been planned for, on which no step begins after `deadline`.
    ///
    /// # Errors
    /// When the host cannot be reached, another run holds the lock, or one has worked on the host since it was looked at.
    pub async fn take(member: Member, plan: &Plan, limits: &Limits, deadline: Duration) -> Result<Self, HostError> {
        let others: Vec<&str> = limits.take_over.iter().map(RunId::as_str).collect();
        let run = limits.run.id.as_str();
        let seconds = deadline.as_secs().to_string();
        let call = Call::new(Script::Lock).args([run, &limits.run.by, &plan.lock.last, &others.join(" "), &seconds]);
        let door = member.transport;
        insist(door.as_ref(), &call, Heard::No).await?.success(Script::Lock)?;
        let transport = Arc::new(HeldTransport::new(Arc::clone(&door), run));
        Ok(Self {
            member: Member { transport, ..member },
            door,
            run: run.to_owned(),
        })
    }

    /// Gives the lock back.
    ///
    /// # Errors
    /// When the host cannot be reached, or another run has taken the lock over.
    pub async fn give_back(self) -> Result<(), HostError> {
        let call = Call::new(Script::Unlock).args([self.run]);
        // Whoever holds the lock has been heard: that the host does not answer now may pass.
        insist(self.door.as_ref(), &call, Heard::Maybe)
            .await?
            .success(Script::Unlock)
            .map(drop)
    }
}

/// Whether a host may have heard of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Heard {
    No,
    Maybe,
}

/// Asks again while nobody knows whether the host has heard: a lost answer must not leave a lock.
async fn insist(door: &dyn Transport, call: &Call, mut heard: Heard) -> Result<Answer, HostError> {
    let mut attempt = 1;
    loop {
        match door.run(call.clone()).await {
            Err(HostError::Lost { .. } | HostError::Timeout { .. }) if attempt < ATTEMPTS => {
                heard = Heard::Maybe;
            }
            Err(error) if heard == Heard::Maybe && error.is_unreachable() && attempt < ATTEMPTS => {}
            result => return result,
        }
        attempt += 1;
        door.disconnect().await;
        tokio::time::sleep(PAUSE).await;
    }
}
