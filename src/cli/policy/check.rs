//! `imaform policy check`: what a kernel would take of a policy, and what is unwise in it.

use super::{checked::Checked, judge_options::KernelOptions, sarif::Sarif, subject::Subject};
use crate::{
    cli::{exit::Exit, session::CliError},
    config::Site,
};
use clap::{Args, ValueEnum};
use std::{io::Write, path::PathBuf};

pub const EXAMPLES: &str = "\
Examples:
  imaform policy check ima-policy --kernel 6.1
  imaform policy check ima-policy --kernel 5.15.0-139-generic
  imaform policy check /etc/ima/ima-policy --kernel $(uname -r) --kconfig /boot/config-$(uname -r)
  imaform policy show tcb | imaform policy check - --format json
  imaform policy check --inventory inventory.yml --format sarif >policy.sarif

Exit codes:
  0  the kernel takes every rule
  1  it does not, or the file cannot be read";

/// Arguments of `imaform policy check`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The policies; - for standard input
    #[arg(required_unless_present = "inventory", value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Check what the playbooks of this inventory become for each host
    #[arg(long, conflicts_with = "files")]
    inventory: Option<PathBuf>,
    #[command(flatten)]
    kernel: KernelOptions,
    /// How to show it
    #[arg(long, value_enum, default_value = "text")]
    format: CheckFormat,
}

/// How findings are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum CheckFormat {
    /// For people
    Text,
    /// For scripts; of one policy
    Json,
    /// SARIF 2.1.0, for code scanning: each finding at its line of the file or the template
    Sarif,
}

/// Checks policies.
///
/// # Errors
/// What cannot be read, a kernel that is not known, or an output that cannot be written.
pub fn run(arguments: &Arguments, out: &mut dyn Write) -> Result<Exit, CliError> {
    let kernel = arguments.kernel.kernel()?;
    let mut sarif = Sarif::new()?;
    let subjects = match &arguments.inventory {
        None => arguments
            .files
            .iter()
            .map(|file| Subject::file(file))
            .collect::<Result<_, _>>()?,
        Some(inventory) => match Site::load(inventory) {
            Ok(site) => Subject::of_site(&site),
            Err(found) if arguments.format == CheckFormat::Sarif => {
                sarif.add_config(&found);
                writeln!(out, "{:#}", sarif.json())?;
                return Ok(Exit::ERROR);
            }
            Err(found) => return Err(found.into()),
        },
    };
    let checked: Vec<Checked> = subjects
        .iter()
        .map(|subject| Checked::of(&subject.policy, &kernel))
        .collect();
    let valid = checked.iter().all(Checked::is_valid);
    match arguments.format {
        CheckFormat::Text => {
            for (subject, checked) in subjects.iter().zip(&checked) {
                out.write_all(checked.text(&subject.name()).as_bytes())?;
            }
            if subjects.is_empty() {
                writeln!(out, "no host gets a policy")?;
            }
        }
        CheckFormat::Json => {
            let [checked] = <[Checked; 1]>::try_from(checked)
                .map_err(|_| "error: --format json is of one policy; --format sarif takes any number")?;
            writeln!(out, "{}", checked.json()?)?;
        }
        CheckFormat::Sarif => {
            for (subject, checked) in subjects.iter().zip(&checked) {
                subject.report(checked, &mut sarif);
            }
            writeln!(out, "{:#}", sarif.json())?;
        }
    }
    Ok(if valid { Exit::OK } else { Exit::ERROR })
}
