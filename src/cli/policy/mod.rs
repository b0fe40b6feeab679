//! `imaform policy`: what kernels make of policies. Only `explain --host` contacts anybody.

mod check;
mod checked;
mod diff;
mod diffed;
mod explain;
mod explained;
mod judge_options;
mod live;
mod policy_file;
mod sarif;
mod show;
mod shown;
mod subject;
mod why;

use super::{exit::Exit, format::Format, session::CliError};
use clap::Subcommand;
use std::io::Write;

/// The subcommands of `imaform policy`.
#[derive(Debug, Subcommand)]
pub enum PolicyCommand {
    /// Say what a kernel would refuse of a policy, and what is unwise in it
    #[command(after_help = check::EXAMPLES)]
    Check(check::Arguments),
    /// Say what a policy does with one access, and why
    #[command(after_help = explain::EXAMPLES)]
    Explain(Box<explain::Arguments>),
    /// Explain a code that `policy check` shows
    #[command(after_help = why::EXAMPLES)]
    Why(why::Arguments),
    /// Show the rules that a kernel brings: tcb, appraise_tcb, secure_boot, critical_data, fail_securely
    #[command(after_help = show::EXAMPLES)]
    Show(show::Arguments),
    /// Show what changes in effect from one policy to another, and not only in their text
    #[command(after_help = diff::EXAMPLES)]
    Diff(diff::Arguments),
}

/// Runs one of them.
///
/// # Errors
/// Wrong arguments, or an output that cannot be written.
pub fn run(command: &PolicyCommand, out: &mut dyn Write) -> Result<Exit, CliError> {
    match command {
        PolicyCommand::Check(arguments) => return check::run(arguments, out),
        PolicyCommand::Explain(arguments) => return explain::run(arguments, out),
        PolicyCommand::Why(arguments) => why::run(arguments, out)?,
        PolicyCommand::Show(arguments) => show::run(arguments, out)?,
        PolicyCommand::Diff(arguments) => return Ok(diff::run(arguments, out)?),
    }
    Ok(Exit::OK)
}
