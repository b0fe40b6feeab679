//! One step on one host.

use super::{EventKind, Events, Failure, Limits, Member, gate, sign};
use crate::{
    boot,
    resource::{Action, BootExpectation, Health, NodeStep, ScriptCall, Step, StepId},
    tpm::{AttestError, Attested, Question, Verdict},
};
use std::{sync::Arc, time::Instant};

/// Does a step, and tells its beginning and its end.
pub(super) async fn perform(member: &Member, step: &Step, limits: &Limits, events: &Events) -> Result<(), Failure> {
    let host = member.target.name.clone();
    let begin = Instant::now();
    let (id, title) = (step.id.clone(), step.title.clone());
    events.tell(
        &host,
        EventKind::StepStarted {
            id: id.clone(),
            stage: step.stage,
            title: title.clone(),
        },
    );
    let evidence = match &step.action {
        Action::Reboot(expected) => reboot(member, expected).await?,
        Action::Node(what) => at_cluster(member, what, limits).await?,
        Action::Attest(registers) => attest(member, registers).await?,
        Action::Script(call) => run(member, call, &id, events).await?,
        Action::Confirm(call) => {
            member.transport.disconnect().await;
            run(member, call, &id, events).await?
        }
        Action::Gate(question) => gate::pass(member, question, &limits.accept, &id, events).await?,
        Action::Sign(order) => sign::sign(member, order, &id, events).await?,
        Action::Health(call) => check_health(member, call).await?,
    };
    events.tell(
        &host,
        EventKind::StepDone {
            id,
            title,
            evidence,
            took: begin.elapsed(),
        },
    );
    Ok(())
}

/// No node is rebooted with pods on it, whatever has happened since it was drained.
async fn reboot(member: &Member, expected: &BootExpectation) -> Result<Vec<String>, Failure> {
    let mut evidence = Vec::new();
    if let Some(node) = &member.node {
        evidence.push(node.ensure_drained().await?);
    }
    evidence.extend(boot::reboot(member.transport.as_ref(), expected, boot::REBOOT_DEADLINE).await?);
    Ok(evidence)
}

async fn at_cluster(member: &Member, what: &NodeStep, limits: &Limits) -> Result<Vec<String>, Failure> {
    let Some(node) = &member.node else {
        return Ok(Vec::new());
    };
    let run = limits.run.id.as_str();
    Ok(match what {
        NodeStep::CheckControlPlane => node.check_control_plane().await?,
        NodeStep::Cordon => node.cordon(run).await?,
        NodeStep::Drain => node.drain(run, &limits.stop).await?,
        NodeStep::Ready(timeout) => node.ready(member.transport.as_ref(), *timeout).await?,
        NodeStep::Uncordon { left_by } => {
            let runs: Vec<&str> = [run].into_iter().chain(left_by.as_deref()).collect();
            node.uncordon(&runs).await?
        }
    })
}

async fn run(member: &Member, call: &ScriptCall, id: &StepId, events: &Events) -> Result<Vec<String>, Failure> {
    let answer = member.run_told(call.call(), id, events).await?;
    Ok(answer.success(call.script)?.evidence)
}

async fn check_health(member: &Member, call: &ScriptCall) -> Result<Vec<String>, Failure> {
    let answer = member.transport.run(call.call()).await?.success(call.script)?;
    let labels = member.target.desired.labels.as_ref();
    let complaints = Health::parse(&answer.stdout)?.complaints(labels);
    if complaints.is_empty() {
        return Ok(answer.evidence);
    }
    Err(Failure::Unhealthy { complaints })
}

async fn attest(member: &Member, registers: &[u32]) -> Result<Vec<String>, Failure> {
    let proof = async {
        let question = Question::new(registers.iter().copied(), &Arc::default())?;
        let attested = Attested::ask(member.transport.as_ref(), question).await?;
        Ok(attested.proof()?)
    };
    let proof = proof.await.map_err(|error| match error {
        AttestError::Host(error) => Failure::Host(error),
        error => Failure::Unproven {
            problems: vec![error.to_string()],
        },
    })?;
    match proof.verdict() {
        Verdict::Failed => Err(Failure::Unproven {
            problems: proof.problems(),
        }),
        Verdict::Verified | Verdict::Unproven => Ok(vec![proof.summary()]),
    }
}
