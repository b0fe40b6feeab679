use crate::{
    config::Target,
    pattern::matches,
    rollout::journal::{Directory, JournalError},
};
use std::path::Path;

/// Stands for the hosts that failed in the last run of the inventory.
const FAILED: &str = "@failed";

/// Keeps the targets whose name or group matches one of the patterns (`*` stands for anything); all of them where there is none.
///
/// # Errors
/// When a pattern matches no host: a misspelt name must not look like success.
pub fn limit(targets: Vec<Target>, patterns: &[String], inventory: &Path) -> Result<Vec<Target>, String> {
    if patterns.is_empty() {
        return Ok(targets);
    }
    let patterns = patterns.iter().map(String::as_str);
    let (failed, patterns): (Vec<&str>, Vec<&str>) = patterns.partition(|pattern| *pattern == FAILED);
    let failed = match failed.first() {
        Some(_) => failed_before(&targets, inventory)?,
        None => Vec::new(),
    };
    let patterns: Vec<&str> = failed.iter().map(String::as_str).chain(patterns).collect();
    let hit = |pattern: &&str, target: &Target| matches(pattern, &target.name) || matches(pattern, &target.group);
    for pattern in &patterns {
        if !targets.iter().any(|target| hit(pattern, target)) {
            return Err(format!(
                "error: --limit {pattern} matches no host and no group of the inventory"
            ));
        }
    }
    Ok(targets
        .into_iter()
        .filter(|target| patterns.iter().any(|pattern| hit(pattern, target)))
        .collect())
}

/// The hosts that failed in the last run, and still are in the inventory.
fn failed_before(targets: &[Target], inventory: &Path) -> Result<Vec<String>, String> {
    let said = |error: JournalError| format!("error: --limit {FAILED}: {error}");
    let story = Directory::of_user()
        .and_then(|directory| directory.last_of(inventory))
        .map_err(said)?;
    let known = |host: &&str| targets.iter().any(|target| target.name == **host);
    let failed: Vec<String> = story.failed().into_iter().filter(known).map(str::to_owned).collect();
    if failed.is_empty() {
        let run = story.header.run;
        return Err(format!(
            "error: --limit {FAILED}: no host failed in run {run}, the last one of this inventory"
        ));
    }
    Ok(failed)
}
