//! `imaform show`: a plan from its file.

use super::{exit::Exit, plan_file::PlanFile, session::CliError, shown::Shown};
use clap::Args;
use std::path::PathBuf;

pub const EXAMPLES: &str = "\
Examples:
  imaform plan inventory.yml --out plan.json
  imaform show plan.json
  imaform show plan.json --full                  how each step is verified, too
  imaform show plan.json --short                 one line a step
  imaform show plan.json --format markdown
  imaform show plan.json --detailed-exitcode     2 when there is something to do
  jq .has_changes plan.json";

/// Arguments of `imaform show`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The plan that `plan --out` wrote
    plan: PathBuf,
    #[command(flatten)]
    shown: Shown,
}

/// Shows a plan; no host is contacted.
pub fn run(arguments: &Arguments) -> Result<Exit, CliError> {
    let file = PlanFile::read(&arguments.plan)?;
    arguments.shown.print(&file)?;
    Ok(arguments.shown.exit(&file, Exit::OK))
}
