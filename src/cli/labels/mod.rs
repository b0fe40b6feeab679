//! `imaform labels`: labels apart from a whole apply.

pub mod compare;
mod mend;

use super::{exit::Exit, session::CliError};
use clap::Subcommand;

/// The subcommands of `imaform labels`.
#[derive(Debug, Subcommand)]
pub enum LabelsCommand {
    /// Set the labels anew that do not fit their files
    #[command(after_help = mend::EXAMPLES, long_about = mend::ABOUT)]
    Mend(mend::Arguments),
}

/// Runs one of them.
///
/// # Errors
/// Wrong input, or a path that is no finding.
pub async fn run(command: LabelsCommand) -> Result<Exit, CliError> {
    match command {
        LabelsCommand::Mend(arguments) => mend::run(arguments).await,
    }
}
