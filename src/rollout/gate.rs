//! The gate before enforce, asked of a host.

use super::{Events, Failure, Member};
use crate::{
    host::{HostError, Script},
    resource::{
        ScriptCall, StepId,
        gate::{Acceptance, Accepted, Answer, Moment, Question, Verdict, listing},
    },
    words::count,
};

/// What enforce would deny on a host. Nothing is changed there, but for what reading files does in fix mode.
///
/// # Errors
/// When the host cannot be asked, or its answer not be read.
pub async fn ask(
    member: &Member,
    question: &Question,
    moment: Moment,
    id: &StepId,
    events: &Events,
) -> Result<Verdict, HostError> {
    let call = question.call(moment);
    let answer = member.run_told(call.call(), id, events).await?.success(call.script)?;
    Ok(question.judge(&Answer::parse(&answer.stdout)?, moment))
}

/// Lets a host pass when all that was found is accepted, and records on the host who has accepted what.
///
/// # Errors
/// [`Failure::Gate`] when something is not accepted; those of [`ask`].
pub(super) async fn pass(
    member: &Member,
    question: &Question,
    acceptance: &Acceptance,
    id: &StepId,
    events: &Events,
) -> Result<Vec<String>, Failure> {
    let Verdict { findings, notes } = ask(member, question, Moment::BeforeTrial, id, events).await?;
    let Accepted {
        accepted,
        refused,
        unused,
    } = acceptance.part(findings);
    let unused = unused
        .into_iter()
        .map(|pattern| format!("warning: nothing was found that --accept {pattern} names"));
    if !refused.is_empty() {
        let findings = listing(&refused).into_iter().chain(unused).collect();
        return Err(Failure::Gate { findings });
    }
    let mut evidence = notes;
    evidence.extend(unused);
    if accepted.is_empty() {
        evidence.push("enforce would deny nothing".into());
        return Ok(evidence);
    }
    let names: String = accepted.iter().map(|finding| format!("{finding}\n")).collect();
    let record = ScriptCall::new(Script::RecordAccepted, [acceptance.by.clone()], names);
    member.transport.run(record.call()).await?.success(record.script)?;
    let who = &acceptance.by;
    evidence.push(format!(
        "{} accepted by {who}, recorded in /var/lib/imaform/accepted:",
        count(accepted.len(), "finding")
    ));
    evidence.extend(accepted.iter().map(ToString::to_string));
    Ok(evidence)
}
