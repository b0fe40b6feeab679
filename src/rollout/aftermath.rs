//! What becomes of a host on which a step has failed.

use super::{Failure, Member, Place, schedule::Service};
use crate::{
    boot::{self, TrialEvidence},
    config::{Desired, Stage},
    host::Script,
    plan::Plan,
    resource::{Action, Observed, Running, Step, boot_mode},
};
use std::time::Duration;
use tokio::time::Instant;

/// How long the look at a host may take whose step has just failed.
const LOOK: Duration = Duration::from_secs(300);

/// How long to wait before the next look at a host that is away.
const RETRY: Duration = Duration::from_secs(5);

/// The failure as a person is told it, and what the host is now.
pub(super) struct Aftermath {
    pub failure: Failure,
    pub now: String,
    pub service: Service,
}

impl Aftermath {
    /// Looks at the host. A trial boot that cannot be confirmed any more is ended, so that the host is in its earlier mode
    /// again; and what a trial boot left behind is read.
    pub async fn of(member: &Member, plan: &Plan, place: Option<&Place>, failure: Failure) -> Self {
        let trial = place.and_then(|place| Trial::of(plan, member, place));
        let observed = match look(member, trial.map_or(Duration::ZERO, |trial| trial.returns)).await {
            Ok(observed) => observed,
            Err(gone) => {
                let now = match trial {
                    Some(Trial { patience, .. }) => format!(
                        "{gone}\na trial boot that nobody confirms ends by itself after {} s, and so it does when its power is cycled; the earlier boot follows. `imaform status` tells when it is back, `imaform rollback --card` what to type at the GRUB prompt",
                        patience.as_secs()
                    ),
                    None => gone,
                };
                let service = Service::Out;
                return Self { failure, now, service };
            }
        };
        let desired = &member.target.desired;
        let observed = match (boot_mode::is_unconfirmed(&observed), boot_mode::fell_back(&observed)) {
            (true, false) => go_back(member).await,
            (true, true) if trial.is_some() => Ok(observed),
            _ => {
                let now = format!("{}; apply again goes on from here", words(desired, &observed));
                let service = Service::In;
                return Self { failure, now, service };
            }
        };
        let (now, service) = match observed {
            Ok(observed) => {
                let now = words(desired, &observed);
                (format!("{now}; mend the cause, then apply again"), Service::In)
            }
            Err(gone) => (gone, Service::Out),
        };
        let failure = Failure::FellBack {
            why: Box::new(failure),
            evidence: evidence(member).await.unwrap_or_else(|error| vec![error.to_string()]),
        };
        Self { failure, now, service }
    }
}

/// The trial that a failed step belongs to.
#[derive(Debug, Clone, Copy)]
struct Trial {
    /// How long the host waits for its confirmation.
    patience: Duration,
    /// How long it may take from now until a host that went away is back.
    returns: Duration,
}

impl Trial {
    fn of(plan: &Plan, member: &Member, place: &Place) -> Option<Self> {
        let steps = plan.steps();
        let step = steps.iter().find(|step| step.id == place.step)?;
        let patience = member.target.desired.boot.trial_timeout;
        let checks = |step: &&Step| matches!(step.action, Action::Health(_));
        match &step.action {
            // The reboot has waited for all that can come.
            Action::Reboot(expected) => Some(Self {
                patience: expected.patience?,
                returns: Duration::ZERO,
            }),
            Action::Confirm(_) => Some(Self::left_to(patience)),
            _ if step.stage == Stage::Enforce && steps.iter().any(checks) => Some(Self::left_to(patience)),
            _ => None,
        }
    }

    fn left_to(patience: Duration) -> Self {
        Self {
            patience,
            returns: patience + boot::REBOOT_DEADLINE,
        }
    }
}

/// Looks at the host, again and again while it may still come back.
async fn look(member: &Member, returns: Duration) -> Result<Observed, String> {
    let begin = Instant::now();
    loop {
        let gone = match tokio::time::timeout(LOOK, member.probe()).await {
            Ok(Ok(observed)) => return Ok(observed),
            Ok(Err(error)) => format!("cannot be looked at: {error}"),
            Err(_) => "does not answer".into(),
        };
        if begin.elapsed() >= returns {
            return Err(gone);
        }
        member.transport.disconnect().await;
        tokio::time::sleep(RETRY).await;
    }
}

async fn go_back(member: &Member) -> Result<Observed, String> {
    boot::into_new_boot(member.transport.as_ref(), boot::REBOOT_DEADLINE)
        .await
        .map_err(|error| format!("on its way back from the trial boot: {error}"))?;
    look(member, Duration::ZERO).await
}

async fn evidence(member: &Member) -> Result<Vec<String>, Failure> {
    let call = TrialEvidence::call(&member.target.desired);
    let answer = member.transport.run(call).await?.success(Script::TrialEvidence)?;
    Ok(TrialEvidence::parse(&answer.stdout)?.lines())
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
