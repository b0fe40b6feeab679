use crate::{
    cli::session::Session,
    config::Stage,
    host::HostError,
    resource::{LabelAudit, Observed, StepId, label_audit, labels, mode},
    rollout::{EventKind, Events, Member},
};
use std::time::Instant;

/// What came of comparing the labels of one host with its files.
pub enum Compared {
    /// The playbook names no labels.
    NothingInScope,
    /// It could not be done.
    Failed(HostError),
    /// It was done.
    Done {
        /// The scope, for people.
        scope: String,
        /// What was found.
        audit: LabelAudit,
    },
}

/// Compares on every host that answered.
pub async fn compare(session: &Session, observed: &[Result<Observed, HostError>]) -> Vec<Option<Compared>> {
    let results = session.fleet.each(session.concurrency, |index, member| {
        let events = session.events.clone();
        let observed = observed.get(index).and_then(|observed| observed.as_ref().ok()).cloned();
        async move { Some(of_host(&member, &observed?, &events).await) }
    });
    let results = results.await.into_iter();
    results.map(Option::flatten).collect()
}

async fn of_host(member: &Member, observed: &Observed, events: &Events) -> Compared {
    let Some(wanted) = &member.target.desired.labels else {
        return Compared::NothingInScope;
    };
    let (host, begin) = (&member.target.name, Instant::now());
    let (id, title) = (StepId::new("labels", "compare"), "compare the labels with the files");
    events.tell(
        host,
        EventKind::StepStarted {
            id: id.clone(),
            stage: Stage::Verify,
            title: title.to_owned(),
        },
    );
    let script = label_audit::call(wanted);
    let answer = member.run_told(script.call(), &id, events).await;
    let audit = answer
        .and_then(|answer| answer.success(script.script))
        .and_then(|answer| LabelAudit::parse(&answer.stdout, mode(observed)));
    if audit.is_ok() {
        events.tell(
            host,
            EventKind::StepDone {
                id,
                title: title.to_owned(),
                evidence: Vec::new(),
                took: begin.elapsed(),
            },
        );
    }
    events.tell(host, EventKind::Probed);
    match audit {
        Ok(audit) => Compared::Done {
            scope: labels::scope_words(wanted),
            audit,
        },
        Err(error) => Compared::Failed(error),
    }
}
