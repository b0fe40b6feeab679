//! The gate before enforce, as commands show it and as a person overrules it.

use super::{session::Session, who::who};
use crate::{
    host::HostError,
    plan::Plan,
    resource::gate::{Acceptance, Moment, Verdict, listing},
    rollout::{EventKind, gate},
};

/// Asks the gate of each host whose plan leads to enforce, and shows in the plan what it says by now.
pub async fn foresee(session: &Session, plans: &mut [Result<Plan, HostError>]) {
    let gates: Vec<_> = plans
        .iter()
        .map(|plan| plan.as_ref().ok().and_then(Plan::gate))
        .collect();
    let verdicts = session.fleet.each(session.concurrency, |index, member| {
        let (events, gate) = (session.events.clone(), gates.get(index).cloned().flatten());
        async move {
            let (id, question) = gate?;
            events.tell(&member.target.name, EventKind::Probing);
            let verdict = gate::ask(&member, &question, Moment::Foreseen, &id, &events).await;
            events.tell(&member.target.name, EventKind::Probed);
            Some(verdict)
        }
    });
    for (plan, verdict) in plans.iter_mut().zip(verdicts.await) {
        if let (Ok(plan), Some(Some(verdict))) = (plan, verdict) {
            plan.show_gate(words(verdict));
        }
    }
}

fn words(verdict: Result<Verdict, HostError>) -> Vec<String> {
    match verdict {
        Ok(Verdict { findings, notes }) => {
            let mut lines = notes;
            lines.push(match findings.len() {
                0 => "as the host is now, enforce would deny nothing but what this plan labels or sets".to_owned(),
                _ => "as the host is now, enforce would deny, beside what this plan labels or sets:".to_owned(),
            });
            lines.extend(listing(&findings));
            lines
        }
        Err(error) => vec![format!("it could not be asked now: {error}")],
    }
}

/// What `--accept` takes upon the person who calls.
pub fn acceptance(patterns: Vec<String>) -> Acceptance {
    Acceptance { patterns, by: who() }
}
