//! What becomes of a host on which a step has failed.

use super::{Failure, Member};
use crate::{
    boot::{self, TrialEvidence},
    config::Desired,
    host::Script,
    plan::Plan,
    resource::{Action, Observed, Running, boot_mode},
};
use std::time::Duration;

/// How long the look at a host may take whose step has just failed.
const LOOK: Duration = Duration::from_secs(300);

/// The failure as a person is told it, and what the host is now.
pub(super) struct Aftermath {
    pub failure: Failure,
    pub now: String,
}

impl Aftermath {
    /// Looks at the host. A trial boot that cannot be confirmed any more is ended, so that the host is in its earlier mode
    /// again; and what a trial boot left behind is read.
    pub async fn of(member: &Member, plan: &Plan, failure: Failure) -> Self {
        let observed = match look(member).await {
            Ok(observed) => observed,
            Err(gone) => {
                let now = match patience(plan) {
                    Some(patience) => format!(
                        "{gone}\na trial boot that nobody confirms ends by itself after {} s, and so it does when its power is cycled; the earlier boot follows. `imaform status` tells when it is back, `imaform rollback --card` what to type at the GRUB prompt",
                        patience.as_secs()
                    ),
                    None => gone,
                };
                return Self { failure, now };
            }
        };
        let desired = &member.target.desired;
        if !boot_mode::is_unconfirmed(&observed) {
            let now = format!("{}; apply again goes on from here", words(desired, &observed));
            return Self { failure, now };
        }
        let observed = match boot_mode::fell_back(&observed) {
            true => Ok(observed),
            false => go_back(member).await,
        };
        let now = match observed {
            Ok(observed) => format!("{}; mend the cause, then apply again", words(desired, &observed)),
            Err(gone) => gone,
        };
        let failure = Failure::FellBack {
            why: Box::new(failure),
            evidence: evidence(member).await.unwrap_or_else(|error| vec![error.to_string()]),
        };
        Self { failure, now }
    }
}

async fn look(member: &Member) -> Result<Observed, String> {
    match tokio::time::timeout(LOOK, member.probe()).await {
        Ok(Ok(observed)) => Ok(observed),
        Ok(Err(error)) => Err(format!("cannot be looked at: {error}")),
        Err(_) => Err("does not answer".into()),
    }
}

async fn go_back(member: &Member) -> Result<Observed, String> {
    boot::into_new_boot(member.transport.as_ref(), boot::REBOOT_DEADLINE)
        .await
        .map_err(|error| format!("on its way back from the trial boot: {error}"))?;
    look(member).await
}

async fn evidence(member: &Member) -> Result<Vec<String>, Failure> {
    let call = TrialEvidence::call(&member.target.desired);
    let answer = member.transport.run(call).await?.success(Script::TrialEvidence)?;
    Ok(TrialEvidence::parse(&answer.stdout)?.lines())
}

/// How long the trial boots of a plan wait for their confirmation.
fn patience(plan: &Plan) -> Option<Duration> {
    plan.steps().into_iter().find_map(|step| match &step.action {
        Action::Reboot(expected) => expected.patience,
        _ => None,
    })
}

fn words(desired: &Desired, observed: &Observed) -> String {
    let running = Running::of(desired, observed);
    format!(
        "reachable, {}, stage {}, boot id {}",
        running.words(),
        running.stage(desired, observed),
        observed.boot_id
    )
}
