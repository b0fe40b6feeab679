use super::{
    exit::Exit,
    facts::{self, SavedFacts},
    gate,
    options::Options,
    plan_file::{Bound, PlanFile},
    session::{CliError, Session, say},
    shown::Shown,
};
use crate::{
    host::HostError,
    plan::{Detail, Plan, PlanError},
    resource::{Holder, Observed},
    rollout::{Member, RunId, Way, Work},
};
use clap::Args;
use std::path::{Path, PathBuf};

pub const EXAMPLES: &str = "\
Examples:
  imaform plan inventory.yml
  imaform plan inventory.yml --short                       one line a step
  imaform plan inventory.yml --limit 'web-*,db' --detailed-exitcode
  imaform plan inventory.yml --out plan.json               then: imaform apply plan.json
  imaform plan inventory.yml --facts facts --format markdown

Exit codes:
  0  done; without --detailed-exitcode also where there is something to do
  1  error
  2  with --detailed-exitcode: there is something to do
  3  some hosts unreachable
  4  some hosts refused: their plan says why";

/// Arguments of `imaform plan`.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    options: Options,
    /// Keep the plan in this file, for `show` and `apply`. It is bound to inventory, playbook and the hosts as they are: apply
    /// refuses it when anything has moved
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Contact no host: plan from the facts that `imaform facts` took
    #[arg(long, value_name = "DIR")]
    facts: Option<PathBuf>,
    #[command(flatten)]
    shown: Shown,
}

/// Shows what would be done.
pub async fn run(arguments: Arguments) -> Result<Exit, CliError> {
    let options = &arguments.options;
    let (session, known) = match &arguments.facts {
        Some(directory) => {
            let session = Session::offline(options).await?;
            let known = Known::saved(&session, directory)?;
            (session, known)
        }
        None => {
            let session = Session::open(options).await?;
            let known = Known::live(&session).await?;
            (session, known)
        }
    };
    let bound = arguments
        .out
        .as_ref()
        .map(|_| Bound::of(&session, &known.observed, &known.plans));
    let work = work(&session, known.plans, Way::Forth, &[]);
    let mut review = work.review();
    for (host, age) in session.names().iter().zip(&known.ages) {
        age.iter().for_each(|age| review.from_facts(host, age));
    }
    let file = PlanFile { review, bound };
    let printed = arguments.shown.print(&file);
    session.close().await;
    printed?;
    if let Some(path) = &arguments.out {
        file.write(path)?;
        eprintln!(
            "the plan is in {}: imaform apply {} carries it out",
            path.display(),
            path.display()
        );
    }
    Ok(arguments.shown.exit(&file, exit(work.results())))
}

/// What is known of the hosts, and what is to be done to them by that.
pub struct Known {
    /// What each host is.
    pub observed: Vec<Result<Observed, HostError>>,
    /// What is to be done to each.
    pub plans: Vec<Result<Plan, HostError>>,
    /// How old the facts of each are, where it was not looked at now.
    pub ages: Vec<Option<String>>,
}

impl Known {
    /// Looks at the hosts, and asks the gate of those that are to enforce.
    ///
    /// # Errors
    /// When the steps of a plan contradict each other.
    pub async fn live(session: &Session) -> Result<Self, PlanError> {
        let observed = session.probe().await;
        let mut plans = make(&session.fleet.members, &observed, |member, observed| {
            Plan::build(&member.target.desired, observed)
        })?;
        gate::foresee(session, &mut plans).await;
        let ages = observed.iter().map(|_| None).collect();
        Ok(Self { observed, plans, ages })
    }

    /// Takes the facts of a directory.
    fn saved(session: &Session, directory: &Path) -> Result<Self, CliError> {
        if !directory.is_dir() {
            let directory = directory.display();
            return Err(format!("error: --facts {directory} is no directory\nhelp: imaform facts INVENTORY --out {directory} writes what the hosts are there").into());
        }
        let mut known = Self {
            observed: Vec::new(),
            plans: Vec::new(),
            ages: Vec::new(),
        };
        let mut unasked = Vec::new();
        for member in &session.fleet.members {
            let target = &member.target;
            let facts = SavedFacts::read(directory, &target.name)?;
            let taken = facts.as_ref().ok().map(|facts| facts.taken);
            known
                .ages
                .push(taken.map(|taken| format!("{taken} ({} old)", facts::age(taken))));
            let told = facts.map(|facts| facts.for_playbook(&target.desired));
            unasked.push(told.as_ref().map(|(_, unasked)| unasked.clone()).unwrap_or_default());
            known.observed.push(told.map(|(observed, _)| observed));
        }
        known.plans = make(&session.fleet.members, &known.observed, |member, observed| {
            Plan::build(&member.target.desired, observed)
        })?;
        for ((plan, age), unasked) in known.plans.iter_mut().zip(&known.ages).zip(unasked) {
            if let (Ok(plan), Some(age)) = (plan, age) {
                plan.mark_unknown(&unasked, age);
            }
        }
        Ok(known)
    }
}

/// How a run ends that carries nothing out.
pub fn exit<'a>(plans: impl IntoIterator<Item = &'a Result<Plan, HostError>>) -> Exit {
    Exit::worst(plans.into_iter().map(|plan| match plan {
        Ok(plan) if plan.refusals.is_empty() => Exit::OK,
        Ok(_) => Exit::REFUSED,
        Err(_) => Exit::UNREACHABLE,
    }))
}

/// A plan for each host that answered.
///
/// # Errors
/// When the steps of a plan contradict each other.
pub fn make(
    members: &[Member],
    observed: &[Result<Observed, HostError>],
    plan: impl Fn(&Member, &Observed) -> Result<Plan, PlanError>,
) -> Result<Vec<Result<Plan, HostError>>, PlanError> {
    members
        .iter()
        .zip(observed)
        .map(|(member, observed)| match observed {
            Ok(observed) => plan(member, observed)
                .and_then(|plan| member.around(plan, observed))
                .map(|mut plan| {
                    plan.warnings.extend(observed.lock.holder.as_ref().map(Holder::words));
                    Ok(plan)
                }),
            Err(error) => Ok(Err(error.clone())),
        })
        .collect()
}

/// The plans of the session's hosts, and in which order they are carried out.
pub fn work(session: &Session, plans: Vec<Result<Plan, HostError>>, way: Way<'_>, take_over: &[RunId]) -> Work {
    let hosts: Vec<_> = session.fleet.members.iter().cloned().zip(plans).collect();
    Work::new(&session.groups, hosts, way, take_over, session.concurrency)
}

/// Shows the plans, and in which order they are carried out.
///
/// # Errors
/// When standard output cannot be written.
pub fn show(
    session: &Session,
    plans: Vec<Result<Plan, HostError>>,
    way: Way<'_>,
    take_over: &[RunId],
) -> std::io::Result<Work> {
    let work = work(session, plans, way, take_over);
    say(work.review().text(Detail::Brief))?;
    Ok(work)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{config::Stage, ima::Appraisal, resource::HostLock};

    /// `apply` ends with this too where the answer to its question is no.
    #[test]
    fn hosts_that_are_refused_or_unreachable_count_though_nothing_is_carried_out() {
        let plan = |refusals: &[&str]| {
            Ok(Plan {
                playbook: "p".into(),
                stage: Stage::Prepare,
                now: "appraises nothing".into(),
                target: Appraisal::Enforce,
                lock: HostLock::default(),
                refusals: refusals.iter().map(ToString::to_string).collect(),
                ..Plan::default()
            })
        };
        let unreachable = || Err(HostError::Lost { script: "probe" });
        assert_eq!(exit(&[plan(&[]), plan(&[])]), Exit::OK);
        assert_eq!(exit(&[plan(&[]), unreachable()]), Exit::UNREACHABLE);
        assert_eq!(exit(&[unreachable(), plan(&["a container"]), plan(&[])]), Exit::REFUSED);
    }
}
