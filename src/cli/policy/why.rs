//! `imaform policy why`: the page of a code.

use crate::{cli::session::CliError, ima::policy};
use clap::{Args, builder::PossibleValuesParser};
use std::io::Write;

pub const EXAMPLES: &str = "Examples:\n  imaform policy why never-matches\n  imaform policy why            all codes";

/// Arguments of `imaform policy why`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The code, as `policy check` shows it in brackets; without it, all codes
    #[arg(value_parser = PossibleValuesParser::new(policy::codes()), hide_possible_values = true)]
    code: Option<String>,
}

/// Shows a page, or the titles of all.
///
/// # Errors
/// An output that cannot be written.
pub fn run(arguments: &Arguments, out: &mut dyn Write) -> Result<(), CliError> {
    match &arguments.code {
        Some(code) => out.write_all(policy::page(code).unwrap_or_default().as_bytes())?,
        None => {
            for code in policy::codes() {
                let title = policy::page(code)
                    .and_then(|page| page.lines().next())
                    .unwrap_or_default();
                writeln!(out, "{code:24} {}", title.trim_start_matches(['#', ' ']))?;
            }
        }
    }
    Ok(())
}
