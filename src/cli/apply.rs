use super::{
    change::Change,
    exit::Exit,
    gate,
    options::Options,
    plan::{self, Known},
    recording::{self, Recording},
    resume,
    saved_plan::SavedPlan,
    session::{CliError, Session, confirmed, say},
    who::who,
};
use crate::{
    config::Stage,
    host::HostError,
    plan::{Detail, Plan},
    report,
    resource::{Action, gate::Acceptance},
    rollout::{
        self, Check, Clock, Limits, Outcome, Run, RunId, Way, Work,
        journal::{self, Header, Story},
    },
    signing::SigningKey,
};
use clap::{Args, ValueEnum};
use std::sync::Arc;
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::watch,
};

pub const EXAMPLES: &str = "\
Examples:
  imaform apply inventory.yml                      show the plan, ask, carry it out
  imaform apply plan.json                          what `plan --out plan.json` showed, or nothing
  imaform apply inventory.yml --limit web-1        one host first
  imaform apply inventory.yml --until label --yes  stop before enforce, do not ask
  imaform apply inventory.yml --resume             go on with a run that was broken off
  imaform apply inventory.yml --limit @failed      the hosts that failed in the last run";

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
    /// Go on with a run that was interrupted or whose control machine died, as its command line said: with its waves and
    /// budgets, and its locks; the last run of this inventory where none is named. Hosts that failed in it are left as they are
    #[arg(long, value_name = "RUN", num_args = 0..=1, require_equals = true, default_missing_value = "last",
          conflicts_with_all = ["limit", "until", "accept", "take_over"])]
    resume: Option<String>,
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
pub async fn run(mut arguments: Arguments) -> Result<Exit, CliError> {
    let mut until = arguments.until.into();
    let mut story = None;
    if let Some(run) = &arguments.resume {
        let (before, options) = resume::find(&arguments.options.inventory, run)?;
        arguments.options.limit = options.limit;
        until = options.until;
        arguments.accept = options.accept;
        story = Some(before);
    }
    let saved = SavedPlan::open(&mut arguments.options)?;
    if saved.is_some() && arguments.resume.is_some() {
        return Err("error: a run is resumed by the name of its inventory: imaform apply INVENTORY --resume".into());
    }
    let session = Session::open(&arguments.options).await?;
    if let Some(story) = &story
        && story.header.fingerprint != session.fingerprint
    {
        let run = &story.header.run;
        return Err(format!("error: the inventory, or something that it names, or imaform itself has changed since run {run} began; apply anew, with --take-over {run}").into());
    }
    let known = Known::live(&session).await?;
    let way = story.as_ref().map_or(Way::Forth, Way::On);
    let take_over = take_over(story.as_ref(), &arguments.change);
    let work = plan::work(&session, known.plans.clone(), way, &take_over);
    let review = work.review();
    if let Some(saved) = &saved {
        if let Err(stale) = saved.check(&session, &known, &review) {
            session.close().await;
            return Err(stale);
        }
        saved.left_out().iter().for_each(|line| eprintln!("{line}"));
        arguments.change.yes = true;
    }
    say(review.text(Detail::Brief))?;
    if !arguments.accept.is_empty() && !work.plans().any(|plan| plan.gate().is_some() || plan.then.is_some()) {
        eprintln!("warning: no plan leads through the gate before enforce, so that --accept means nothing");
    }
    let job = Job {
        options: Some(journal::Options {
            limit: arguments.options.limit.as_ref().map(|_| session.names().join(",")),
            until,
            accept: arguments.accept.clone(),
        }),
        until,
        check: Check::Converged,
        accept: gate::acceptance(arguments.accept),
        resumes: story.map(|story| story.header.run),
        take_over,
    };
    carry_out(session, work, job, arguments.change).await
}

/// Shows plans whose steps verify themselves, and carries them out.
pub async fn steps_only(
    session: Session,
    plans: Vec<Result<Plan, HostError>>,
    way: Way<'_>,
    accept: Acceptance,
    change: Change,
) -> Result<Exit, CliError> {
    let take_over = take_over(None, &change);
    let work = plan::show(&session, plans, way, &take_over)?;
    let job = Job {
        options: None,
        until: Stage::Verify,
        check: Check::StepsOnly,
        accept,
        resumes: None,
        take_over,
    };
    carry_out(session, work, job, change).await
}

/// How plans are carried out.
struct Job {
    /// What the journal keeps of the command line, where the run can be gone on with.
    options: Option<journal::Options>,
    until: Stage,
    check: Check,
    accept: Acceptance,
    /// The run that is gone on with.
    resumes: Option<RunId>,
    /// The runs whose locks may be taken over.
    take_over: Vec<RunId>,
}

/// Asks where there is something to do, carries out, and sums up.
async fn carry_out(session: Session, work: Work, job: Job, change: Change) -> Result<Exit, CliError> {
    if work.has_changes() && !change.yes && !confirmed("Carry out this plan?")? {
        session.close().await;
        eprintln!("nothing was changed");
        return Ok(plan::exit(work.results()));
    }
    let begun = open_keys(work.plans()).and_then(|()| begin(&session, &work, &job, &change));
    let (run, recording) = match begun {
        Ok(begun) => begun,
        Err(error) => {
            session.close().await;
            return Err(error);
        }
    };
    let (stop_sender, stop) = watch::channel(false);
    let interrupts = tokio::spawn(listen_for_interrupts(stop_sender, run.id.clone()));
    let limits = Limits {
        until: job.until,
        stop,
        check: job.check,
        run,
        take_over: job.take_over,
        accept: Arc::new(job.accept),
        clock: Clock::System,
    };
    let outcomes = rollout::apply(work, &limits, &recording.events).await;
    interrupts.abort();
    let outcomes: Vec<(String, Outcome)> = session.names().into_iter().zip(outcomes).collect();
    let exit = Exit::of(outcomes.iter().map(|(_, outcome)| outcome));
    recording.end(exit).await;
    session.close().await;
    say(report::summary(&outcomes))?;
    Ok(exit)
}

/// The run that is gone on with, those that it has taken over itself, and the one that is named.
fn take_over(story: Option<&Story>, change: &Change) -> Vec<RunId> {
    let before = story.map(|story| &story.header);
    let runs = before
        .iter()
        .flat_map(|header| [&header.run].into_iter().chain(&header.takes_over));
    runs.chain(&change.take_over).cloned().collect()
}

/// Gives the run its name and its journal.
fn begin(session: &Session, work: &Work, job: &Job, change: &Change) -> Result<(Run, Recording), CliError> {
    let run = Run {
        id: RunId::new().map_err(|error| format!("error: the run cannot be named: {error}"))?,
        by: who(),
    };
    let header = Header {
        format_version: 1,
        imaform: env!("CARGO_PKG_VERSION").to_owned(),
        run: run.id.clone(),
        by: run.by.clone(),
        command: recording::command(),
        inventory: session.inventory.clone(),
        fingerprint: session.fingerprint.clone(),
        resumes: job.resumes.clone(),
        takes_over: job.take_over.clone(),
        options: job.options.clone(),
    };
    Ok((run, Recording::begin(session, change, header, work)?))
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
    eprintln!(
        "\ninterrupted: steps in flight are ended, trial boots are judged, nothing else begins; Ctrl-C again leaves at once"
    );
    let _ = stop.send(true);
    if asked().await.is_some() {
        eprintln!(
            "\nleft at once: hosts are where their last step brought them, and locked, and Kubernetes nodes may be left cordoned; `apply --resume` goes on from there (of another command, --take-over {run} takes the locks, and the next plan uncordons)"
        );
        std::process::exit(130);
    }
}
