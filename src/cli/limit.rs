use crate::config::Target;

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

fn matches(pattern: &str, text: &str) -> bool {
    let Some((head, tail)) = pattern.split_once('*') else {
        return pattern == text;
    };
    let Some(rest) = text.strip_prefix(head) else {
        return false;
    };
    (0..=rest.len()).any(|at| rest.get(at..).is_some_and(|rest| matches(tail, rest)))
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn stars_match_anything() {
        for (pattern, text, expected) in [
            ("web-1", "web-1", true),
            ("web-1", "web-10", false),
            ("web-*", "web-10", true),
            ("*-1*0", "web-1-0", true),
            ("*", "", true),
            ("a*b", "acd", false),
            ("é*", "éa", true),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }
}
