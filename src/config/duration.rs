use super::{node::Value, problems::Problems, quote, section::Field};
use std::time::Duration;

const HELP: &str = "write a number and its unit: `30s`, `10m` or `2h`";

/// Reads `30s`, `10m`, `2h`, from one second to a day.
pub(super) fn read(field: Field, problems: &mut Problems) -> Option<Duration> {
    let name = &field.key.name;
    let Value::String(text) = &field.node.value else {
        let message = format!("`{name}`: expected a time, found {}", field.node.kind());
        problems.error_with_help(field.node.place, message, HELP);
        return None;
    };
    match parse(text) {
        Some(duration) if (1..=86_400).contains(&duration.as_secs()) => Some(duration),
        Some(_) => {
            problems.error(
                field.node.place,
                format!("`{name}`: {} is not between 1s and 24h", quote(text)),
            );
            None
        }
        None => {
            problems.error_with_help(field.node.place, format!("`{name}`: {} is no time", quote(text)), HELP);
            None
        }
    }
}

fn parse(text: &str) -> Option<Duration> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let number: u64 = digits.parse().ok()?;
    let seconds = match &text[digits.len()..] {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        _ => return None,
    };
    Some(Duration::from_secs(number.checked_mul(seconds)?))
}
