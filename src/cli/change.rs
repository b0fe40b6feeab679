use crate::rollout::RunId;
use clap::Args;
use std::path::PathBuf;

/// What every command that changes hosts takes.
#[derive(Debug, Args)]
pub struct Change {
    /// Carry out the plan without asking
    #[arg(long)]
    pub yes: bool,
    /// Take over the locks of this run, which was killed and left hosts locked: the refusal and `imaform status` name it. Should
    /// it still be at work, it stops at its next step
    #[arg(long, value_name = "RUN")]
    pub take_over: Option<RunId>,
    /// Write what happens into this file, as it happens: JSON, one event a line
    #[arg(long, value_name = "FILE")]
    pub events: Option<PathBuf>,
    /// Write how it ended into this file as a JUnit report: a test case a host
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,
}
