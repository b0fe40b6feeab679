use super::{Clock, Run, RunId};
use crate::{config::Stage, resource::gate::Acceptance};
use std::sync::Arc;
use tokio::sync::watch;

/// How far and how wide an apply goes.
#[derive(Debug, Clone)]
pub struct Limits {
    /// The last stage that is carried out.
    pub until: Stage,
    /// Turns true when a person interrupts: no further step begins.
    pub stop: watch::Receiver<bool>,
    /// How a host is judged in the end.
    pub check: Check,
    /// Who holds the hosts' locks meanwhile.
    pub run: Run,
    /// The runs whose locks may be taken over.
    pub take_over: Vec<RunId>,
    /// What does not shut the gate before enforce.
    pub accept: Arc<Acceptance>,
    /// What time it is.
    pub clock: Clock,
}

/// What the look after the last step must find.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Check {
    /// Nothing left to do for the playbook.
    Converged,
    /// Nothing but what the steps themselves verified.
    StepsOnly,
}
