use crate::rollout::RunId;
use clap::Args;

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
}
