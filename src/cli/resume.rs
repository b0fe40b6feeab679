//! `apply --resume`: goes on with a run whose control machine died, or that was interrupted.

use super::session::CliError;
use crate::rollout::journal::{Directory, Kept, Options, Story, Verdict};
use std::path::Path;

/// The run to go on with, and what its command line said.
///
/// # Errors
/// When there is none, it is of another inventory, at work, or at its end.
pub fn find(inventory: &Path, run: &str) -> Result<(Story, Options), CliError> {
    let inventory = inventory
        .canonicalize()
        .map_err(|error| format!("error: {}: {error}", inventory.display()))?;
    let said = |error: crate::rollout::journal::JournalError| format!("error: --resume: {error}");
    let directory = Directory::of_user().map_err(said)?;
    let story = match run {
        "last" => directory.last_of(&inventory).map_err(said)?,
        name => {
            let run = name
                .parse()
                .map_err(|error| format!("error: --resume {name}: {error}"))?;
            directory.read(&run).map_err(said)?
        }
    };
    let run = &story.header.run;
    if story.header.inventory != inventory {
        return Err(format!("error: run {run} was one of {}", story.header.inventory.display()).into());
    }
    let Some(options) = story.header.options.clone() else {
        let command = story.header.command.join(" ");
        return Err(format!("error: run {run} was no apply: `{command}` is given again, not resumed").into());
    };
    match story.verdict() {
        Verdict::AtWork => Err(format!("error: run {run} is still at work").into()),
        Verdict::Ended(code) if !leaves_any(&story) => Err(format!(
            "error: run {run} has come to its end (exit code {code}): there is nothing to go on with; apply again, with --limit @failed for the hosts that failed"
        )
        .into()),
        Verdict::Ended(_) | Verdict::Died => Ok((story, options)),
    }
}

/// Whether a host was not begun, or stopped by an interruption.
fn leaves_any(story: &Story) -> bool {
    let endings = story.endings();
    endings
        .values()
        .any(|ending| ending.outcome == Kept::NotBegun || ending.exit == 130)
}
