use super::{
    change::Change,
    exit::Exit,
    gate,
    options::Options,
    plan,
    session::{CliError, Session, confirmed, say},
    who::who,
};
use crate::{
    config::Stage,
    host::HostError,
    plan::Plan,
    report,
    resource::{Action, gate::Acceptance},
    rollout::{self, Check, Clock, Limits, Outcome, Run, RunId, Way, Work},
    signing::SigningKey,
};
use clap::{Args, ValueEnum};
use std::sync::Arc;
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::watch,
};

/// Arguments of `imaform apply`.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    options: Options,
    #[command(flatten)]
    change: Change,
    /// Stop after this stage
    #[arg(long, value_enum, value_name = "STAGE", default_value = "verify")]
    until: Until,
    /// Let the gate before enforce pass although it finds this, as the plan names it (held:/var/log/wtmp; * stands for
    /// anything). May be given several times; who accepted what is recorded on the host, in /var/lib/imaform/accepted
    #[arg(long, value_name = "FINDING")]
    accept: Vec<String>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Until {
    /// Configuration is written; only a host that enforces or is to run another kernel is rebooted
    Prepare,
    /// The host runs in fix mode
    Fix,
    /// The files are labelled
    Label,
    /// The host enforces
    Enforce,
    /// All of it
    Verify,
}

impl From<Until> for Stage {
    fn from(until: Until) -> Self {
        match until {
            Until::Prepare => Self::Prepare,
            Until::Fix => Self::Fix,
            Until::Label => Self::Label,
            Until::Enforce => Self::Enforce,
            Until::Verify => Self::Verify,
        }
    }
}

/// Shows the plan, asks, and carries it out.
pub async fn run(arguments: Arguments) -> Result<Exit, CliError> {
    let session = Session::open(&arguments.options)?;
    let observed = session.probe().await;
    let mut plans = plan::make(&session.fleet.members, &observed, |member, observed| {
        Plan::build(&member.target.desired, observed)
    })?;
    gate::foresee(&session, &mut plans).await;
    let work = plan::show(&session, plans, Way::Forth)?;
    let until = arguments.until.into();
    if !arguments.accept.is_empty() && !work.plans().any(|plan| plan.gate().is_some() || plan.then.is_some()) {
        eprintln!("warning: no plan leads through the gate before enforce, so that --accept means nothing");
    }
    let accept = gate::acceptance(arguments.accept);
    carry_out(session, work, until, Check::Converged, accept, arguments.change).await
}

/// Shows plans whose steps verify themselves, and carries them out.
pub async fn steps_only(
    session: Session,
    plans: Vec<Result<Plan, HostError>>,
    way: Way,
    accept: Acceptance,
    change: Change,
) -> Result<Exit, CliError> {
    let work = plan::show(&session, plans, way)?;
    carry_out(session, work, Stage::Verify, Check::StepsOnly, accept, change).await
}

/// Asks where there is something to do, carries out, and sums up.
async fn carry_out(
    session: Session,
    work: Work,
    until: Stage,
    check: Check,
    accept: Acceptance,
    change: Change,
) -> Result<Exit, CliError> {
    if work.has_changes() && !change.yes && !confirmed("Carry out this plan?")? {
        session.close().await;
        eprintln!("nothing was changed");
        return Ok(plan::exit(work.results()));
    }
    if let Err(error) = open_keys(work.plans()) {
        session.close().await;
        return Err(error);
    }
    let run = Run {
        id: RunId::new().map_err(|error| format!("error: the run cannot be named: {error}"))?,
        by: who(),
    };
    let (stop_sender, stop) = watch::channel(false);
    let interrupts = tokio::spawn(listen_for_interrupts(stop_sender, run.id.clone()));
    let limits = Limits {
        until,
        stop,
        check,
        run,
        take_over: change.take_over,
        accept: Arc::new(accept),
        clock: Clock::System,
    };

    let outcomes = rollout::apply(work, &limits, &session.events).await;
    interrupts.abort();
    let names = session.fleet.members.iter().map(|member| member.target.name.clone());
    let outcomes: Vec<(String, Outcome)> = names.zip(outcomes).collect();
    session.close().await;
    say(report::summary(&outcomes))?;
    Ok(Exit::of(outcomes.iter().map(|(_, outcome)| outcome)))
}

/// Nothing is begun that would stop half-way, for want of a key.
fn open_keys<'a>(plans: impl Iterator<Item = &'a Plan>) -> Result<(), CliError> {
    for step in plans.flat_map(Plan::steps) {
        if let Action::Sign(order) = &step.action {
            SigningKey::open(&order.signing).map_err(|error| format!("error: {error}"))?;
        }
    }
    Ok(())
}

/// The first Ctrl-C, or SIGTERM, lets steps in flight end; the second one leaves at once.
async fn listen_for_interrupts(stop: watch::Sender<bool>, run: RunId) {
    let (Ok(mut interrupt), Ok(mut terminate)) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        return;
    };
    let mut asked = async || tokio::select! { asked = interrupt.recv() => asked, asked = terminate.recv() => asked };
    if asked().await.is_none() {
        return;
    }
    eprintln!("\ninterrupted: steps in flight are ended, no other begins; Ctrl-C again leaves at once");
    let _ = stop.send(true);
    if asked().await.is_some() {
        eprintln!(
            "\nleft at once: hosts are where their last step brought them, and locked; with --take-over {run} apply goes on from there"
        );
        std::process::exit(130);
    }
}
