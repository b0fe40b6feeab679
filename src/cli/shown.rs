use super::{
    exit::Exit,
    plan_file::PlanFile,
    session::{CliError, say},
};
use crate::plan::{Detail, markdown};
use clap::{Args, ValueEnum};

/// How a plan is shown.
#[derive(Debug, Clone, Copy, Args)]
pub struct Shown {
    /// How to show it
    #[arg(long, value_enum, default_value = "text")]
    format: PlanFormat,
    /// In text: how each step is verified, what is as wanted already, and imaform's own files, too
    #[arg(long)]
    full: bool,
    /// In text: only the steps that change something, one line each
    #[arg(long, conflicts_with = "full")]
    short: bool,
    /// Exit with 2 when there is something to do
    #[arg(long)]
    detailed_exitcode: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum PlanFormat {
    /// For a terminal
    Text,
    /// For a comment of a pull request: at most 60,000 characters
    Markdown,
    /// For scripts; everything is in it
    Json,
}

impl Shown {
    /// Writes a plan to standard output.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn print(self, file: &PlanFile) -> Result<(), CliError> {
        let detail = match (self.short, self.full) {
            (true, _) => Detail::Short,
            (false, true) => Detail::Full,
            (false, false) => Detail::Brief,
        };
        let text = match self.format {
            PlanFormat::Text => file.review.text(detail),
            PlanFormat::Markdown => markdown(&file.review),
            PlanFormat::Json => file.json()?,
        };
        Ok(say(text)?)
    }

    /// How a command ends that showed a plan and would have ended so.
    pub fn exit(self, file: &PlanFile, exit: Exit) -> Exit {
        match exit {
            Exit::OK if self.detailed_exitcode && file.review.has_changes => Exit::CHANGES,
            exit => exit,
        }
    }
}
