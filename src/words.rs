//! How things are written for people.

use std::time::Duration;

/// `1 step`, `2 steps`.
pub fn count(number: usize, word: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {word}{plural}")
}

/// `30s`, `10m`, `2h`: a time as inventories and playbooks write it.
pub fn duration(duration: Duration) -> String {
    match duration.as_secs() {
        seconds if seconds >= 3600 && seconds.is_multiple_of(3600) => format!("{}h", seconds / 3600),
        seconds if seconds >= 60 && seconds.is_multiple_of(60) => format!("{}m", seconds / 60),
        seconds => format!("{seconds}s"),
    }
}

/// Text that may hold what a host said, made fit for a terminal: control characters other than tab and newline, and
/// those that turn the direction of text or break lines unseen, are shown in their escaped form (`\u{1b}`).
pub fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        if acts_on_terminal(character) {
            out.extend(character.escape_default());
        } else {
            out.push(character);
        }
    }
    out
}

fn acts_on_terminal(character: char) -> bool {
    match character {
        '\t' | '\n' => false,
        // Unicode's Bidi_Control, and its line and paragraph separators.
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => true,
        _ => character.is_control(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_no_plural() {
        assert_eq!(
            [0, 1, 2].map(|number| count(number, "step")),
            ["0 steps", "1 step", "2 steps"]
        );
    }

    #[test]
    fn a_host_cannot_write_escape_sequences() {
        for (text, shown) in [
            ("\x1b[2J\x1b]0;title\x07", "\\u{1b}[2J\\u{1b}]0;title\\u{7}"),
            ("all well\rFAILED\u{8}\u{7f}", "all well\\rFAILED\\u{8}\\u{7f}"),
            ("\u{9b}31m", "\\u{9b}31m"),
            (
                "a\u{202e}b\u{202c}\u{2066}c\u{2069}",
                "a\\u{202e}b\\u{202c}\\u{2066}c\\u{2069}",
            ),
            ("\u{61c}\u{200e}\u{200f}\u{2028}", "\\u{61c}\\u{200e}\\u{200f}\\u{2028}"),
        ] {
            assert_eq!(printable(text), shown);
            assert_eq!(printable(shown), shown, "what is shown already stays");
        }
    }

    #[test]
    fn ordinary_text_stays() {
        let text = "-GRUB=\"a \\${b}\"\n\tboot id 1 → 2 … ✓ é 日本";
        assert_eq!(printable(text), text);
    }
}
