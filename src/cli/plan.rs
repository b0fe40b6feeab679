use super::{
    exit::Exit,
    gate,
    options::Options,
    session::{CliError, Session, say},
};
use crate::{
    host::HostError,
    plan::{Plan, PlanError},
    resource::{Holder, Observed},
    rollout::{Member, RunId, Way, Work},
};
use clap::Args;

/// Arguments of `imaform plan`.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    options: Options,
    /// Exit with 2 when there is something to do
    #[arg(long)]
    detailed_exitcode: bool,
}

/// Shows what would be done.
pub async fn run(arguments: Arguments) -> Result<Exit, CliError> {
    let session = Session::open(&arguments.options).await?;
    let observed = session.probe().await;
    let mut plans = make(&session.fleet.members, &observed, |member, observed| {
        Plan::build(&member.target.desired, observed)
    })?;
    gate::foresee(&session, &mut plans).await;
    let work = show(&session, plans, Way::Forth, &[])?;
    session.close().await;
    Ok(match exit(work.results()) {
        Exit::OK if arguments.detailed_exitcode && work.has_changes() => Exit::CHANGES,
        exit => exit,
    })
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
    let hosts: Vec<_> = session.fleet.members.iter().cloned().zip(plans).collect();
    let work = Work::new(&session.groups, hosts, way, take_over, session.concurrency);
    say(work.rendering().text())?;
    Ok(work)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{config::Stage, ima::Appraisal, plan::Graph, resource::HostLock};

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
                then: None,
                graph: Graph::join(Vec::new()).unwrap(),
                warnings: Vec::new(),
                refusals: refusals.iter().map(ToString::to_string).collect(),
            })
        };
        let unreachable = || Err(HostError::Lost { script: "probe" });
        assert_eq!(exit(&[plan(&[]), plan(&[])]), Exit::OK);
        assert_eq!(exit(&[plan(&[]), unreachable()]), Exit::UNREACHABLE);
        assert_eq!(exit(&[unreachable(), plan(&["a container"]), plan(&[])]), Exit::REFUSED);
    }
}
