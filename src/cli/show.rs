//! `imaform show`: a plan from its file.

use super::{
    exit::Exit,
    plan::{PlanFormat, print},
    plan_file::PlanFile,
    session::CliError,
};
use crate::plan::Detail;
use clap::Args;
use std::path::PathBuf;

pub const EXAMPLES: &str = "\
Examples:
  imaform plan inventory.yml --out plan.json
  imaform show plan.json
  imaform show plan.json --full                  how each step is verified, too
  imaform show plan.json --format markdown
  imaform show plan.json --detailed-exitcode     2 when there is something to do
  jq .has_changes plan.json";

/// Arguments of `imaform show`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The plan that `plan --out` wrote
    plan: PathBuf,
    /// How to show it
    #[arg(long, value_enum, default_value = "text")]
    format: PlanFormat,
    /// How each step is verified, what is as wanted already, and imaform's own files, too
    #[arg(long)]
    full: bool,
    /// Exit with 2 when there is something to do
    #[arg(long)]
    detailed_exitcode: bool,
}

/// Shows a plan; no host is contacted.
pub fn run(arguments: &Arguments) -> Result<Exit, CliError> {
    let file = PlanFile::read(&arguments.plan)?;
    let changes = file.review.has_changes;
    print(&file, arguments.format, Detail::of(arguments.full))?;
    Ok(if arguments.detailed_exitcode && changes {
        Exit::CHANGES
    } else {
        Exit::OK
    })
}
