use super::{
    apply::steps_only,
    change::Change,
    exit::Exit,
    options::Options,
    plan,
    session::{CliError, Session, say},
};
use crate::{boot::recovery_card, ima::Appraisal, plan::Plan, resource::gate::Acceptance, rollout::Way};
use clap::{Args, ValueEnum};

/// Arguments of `imaform rollback`.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    options: Options,
    /// The mode to go back to
    #[arg(long, value_enum, value_name = "MODE")]
    to: Mode,
    #[command(flatten)]
    change: Change,
    /// Print what to type at the GRUB prompt of a host that cannot be reached; no host is contacted
    #[arg(long, conflicts_with_all = ["yes", "take_over"])]
    card: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Mode {
    /// Labels are mended, nothing is denied
    Fix,
    /// Bad labels are logged, nothing is denied
    Log,
    /// Nothing is appraised
    Off,
}

impl From<Mode> for Appraisal {
    fn from(mode: Mode) -> Self {
        match mode {
            Mode::Fix => Self::Fix,
            Mode::Log => Self::Log,
            Mode::Off => Self::Off,
        }
    }
}

/// Shows the plan, asks, and brings the hosts back.
pub async fn run(arguments: Arguments) -> Result<Exit, CliError> {
    let mode = arguments.to.into();
    if arguments.card {
        say(recovery_card(mode))?;
        return Ok(Exit::OK);
    }
    let session = Session::open(&arguments.options).await?;
    let observed = session.probe().await;
    let plans = plan::make(&session.fleet.members, &observed, |member, observed| {
        Plan::rollback(&member.target.desired, observed, mode)
    })?;
    let accept = Acceptance::default();
    steps_only(session, plans, Way::Back, accept, arguments.change).await
}
