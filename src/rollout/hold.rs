use super::{Limits, Member};
use crate::{
    host::{Call, HeldTransport, HostError, Script},
    plan::Plan,
};
use std::sync::Arc;

/// A host whose lock the run holds. Who has lost it to another run can do nothing on the host any more: every script looks.
pub(super) struct Hold {
    /// The host, behind a door that shows who holds the lock.
    pub member: Member,
}

impl Hold {
    /// Takes the lock of a host that has been planned for.
    ///
    /// # Errors
    /// When the host cannot be reached, another run holds the lock, or one has worked on the host since it was looked at.
    pub async fn take(member: Member, plan: &Plan, limits: &Limits) -> Result<Self, HostError> {
        let other = limits.take_over.as_ref().map_or("", |run| run.as_str());
        let run = limits.run.id.as_str();
        let call = Call::new(Script::Lock).args([run, &limits.run.by, &plan.last_run, other]);
        member.transport.run(call).await?.success(Script::Lock)?;
        let transport = Arc::new(HeldTransport::new(member.transport, run));
        Ok(Self {
            member: Member { transport, ..member },
        })
    }

    /// Gives the lock back.
    ///
    /// # Errors
    /// When the host cannot be reached, or another run has taken the lock over.
    pub async fn give_back(self) -> Result<(), HostError> {
        let answer = self.member.transport.run(Call::new(Script::Unlock)).await?;
        answer.success(Script::Unlock).map(drop)
    }
}
