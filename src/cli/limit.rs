use crate::{config::Target, pattern::matches};

/// Keeps the targets whose name or group matches one of the comma-separated patterns (`*` stands for anything).
///
/// # Errors
/// When a pattern matches no host: a misspelt name must not look like success.
pub fn limit(targets: Vec<Target>, patterns: Option<&str>) -> Result<Vec<Target>, String> {
    let Some(patterns) = patterns else { return Ok(targets) };
    let patterns: Vec<&str> = patterns
        .split(',')
        .map(str::trim)
        .filter(|pattern| !pattern.is_empty())
        .collect();
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
