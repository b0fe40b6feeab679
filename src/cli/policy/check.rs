//! `imaform policy check`: what a kernel would take of a policy, and what is unwise in it.

use super::{Format, checked::Checked, judge_options::KernelOptions, policy_file};
use crate::cli::{exit::Exit, session::CliError};
use clap::Args;
use std::{io::Write, path::PathBuf};

pub const EXAMPLES: &str = "\
Examples:
  imaform policy check ima-policy --kernel 6.1
  imaform policy check ima-policy --kernel 5.15.0-139-generic
  imaform policy check /etc/ima/ima-policy --kernel $(uname -r) --kconfig /boot/config-$(uname -r)
  imaform policy show tcb | imaform policy check - --format json

Exit codes:
  0  the kernel takes every rule
  1  it does not, or the file cannot be read";

/// Arguments of `imaform policy check`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The policy; - for standard input
    file: PathBuf,
    #[command(flatten)]
    kernel: KernelOptions,
    /// How to show it
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

/// Checks a policy.
///
/// # Errors
/// A file that cannot be read, a kernel that is not known, or an output that cannot be written.
pub fn run(arguments: &Arguments, out: &mut dyn Write) -> Result<Exit, CliError> {
    let kernel = arguments.kernel.kernel()?;
    let policy = policy_file::read(&arguments.file)?;
    let checked = Checked::of(&policy, &kernel);
    let exit = if checked.is_valid() { Exit::OK } else { Exit::ERROR };
    match arguments.format {
        Format::Text => out.write_all(checked.text(&arguments.file.to_string_lossy()).as_bytes())?,
        Format::Json => writeln!(out, "{}", checked.json()?)?,
    }
    Ok(exit)
}
