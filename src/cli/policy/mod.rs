//! `imaform policy`: what kernels make of policies. No host is contacted.

mod diff;
mod judge_options;
mod show;
mod shown;

use super::{exit::Exit, session::CliError};
use clap::{Subcommand, ValueEnum};
use std::io::Write;

/// The subcommands of `imaform policy`.
#[derive(Debug, Subcommand)]
pub enum PolicyCommand {
    /// Show the rules that a kernel brings: tcb, appraise_tcb, secure_boot, critical_data, fail_securely
    #[command(after_help = show::EXAMPLES)]
    Show(show::Arguments),
    /// Show what changes in effect from one policy to another, and not only in their text
    #[command(after_help = diff::EXAMPLES)]
    Diff(diff::Arguments),
}

/// How an answer is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// For scripts
    Json,
}

/// Runs one of them.
///
/// # Errors
/// Wrong arguments, or an output that cannot be written.
pub fn run(command: &PolicyCommand, out: &mut dyn Write) -> Result<Exit, CliError> {
    match command {
        PolicyCommand::Show(arguments) => show::run(arguments, out)?,
        PolicyCommand::Diff(arguments) => return Ok(diff::run(arguments, out)?),
    }
    Ok(Exit::OK)
}
