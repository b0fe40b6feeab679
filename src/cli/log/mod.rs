//! `imaform log`: measurement lists in files. Nobody is contacted.

mod diff;
pub mod diffed;
mod diffed_groups;
pub mod diffed_json;
mod diffed_relation;
mod diffed_words;
mod list_file;
mod show;
mod shown;
pub mod verified;
mod verify;

use super::{exit::Exit, format::Format, session::CliError};
use clap::Subcommand;

/// The subcommands of `imaform log`.
#[derive(Debug, Subcommand)]
pub enum LogCommand {
    /// Show the entries of a measurement list
    #[command(after_help = show::EXAMPLES, long_about = show::COLUMNS)]
    Show(show::Arguments),
    /// Prove a measurement list against the registers of a TPM, and a quote of them
    #[command(after_help = verify::EXAMPLES, long_about = verify::ABOUT)]
    Verify(Box<verify::Arguments>),
    /// Show what changed from one measurement list to another
    #[command(after_help = diff::EXAMPLES, long_about = diff::MEANING)]
    Diff(diff::Arguments),
}

impl LogCommand {
    /// Whether it lets libtss2 read what may be no quote.
    pub fn reads_quote(&self) -> bool {
        matches!(self, Self::Verify(arguments) if arguments.has_quote())
    }
}

/// Runs one of them.
///
/// # Errors
/// Wrong arguments, files that cannot be read, or an output that cannot be written.
pub fn run(command: &LogCommand) -> Result<Exit, CliError> {
    match command {
        LogCommand::Show(arguments) => show::run(arguments),
        LogCommand::Verify(arguments) => verify::run(arguments),
        LogCommand::Diff(arguments) => diff::run(arguments),
    }
}
