//! Takes a command line apart as GRUB's script language does (GRUB manual, "Shell-like scripting", Quoting).

use std::ops::Range;

/// One character of the value after the shell has sourced it.
#[derive(Debug, Clone)]
pub(super) struct Unit {
    /// The character; `None` stands for a shell variable whose content is not known.
    pub text: Option<char>,
    /// Where its bytes stand.
    pub raw: Range<usize>,
}

/// One token of the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    /// Where its bytes stand.
    pub raw: Range<usize>,
    /// The token as the kernel will read it, except that GRUB's variables are not expanded.
    pub plain: String,
    /// The parameter's name; `None` when a shell variable takes part in it.
    pub key: Option<String>,
    /// Whether `plain` is sure to be what GRUB passes on, or expands.
    pub exact: bool,
}

/// Splits into tokens; the second part is false when a quote is left open.
pub(super) fn words(units: &[Unit], raw: &str) -> (Vec<Word>, bool) {
    let mut words = Vec::new();
    let mut current: Option<Word> = None;
    let mut quote: Option<char> = None;
    let mut escape = false;
    for unit in units {
        let white = unit.text.is_some_and(|c| matches!(c, ' ' | '\t' | '\n' | '\r'));
        if white && quote.is_none() && !escape {
            words.extend(current.take());
            continue;
        }
        let word = current.get_or_insert_with(|| Word {
            raw: unit.raw.clone(),
            plain: String::new(),
            key: None,
            exact: true,
        });
        word.raw.end = unit.raw.end;
        let Some(c) = unit.text else {
            if !word.plain.contains('=') {
                word.key = Some(String::new());
            }
            word.plain.push_str(raw.get(unit.raw.clone()).unwrap_or_default());
            word.exact = false;
            escape = false;
            continue;
        };
        match (quote, c) {
            _ if escape => {
                // Inside double quotes GRUB takes the backslash away only before these.
                if quote == Some('"') && !matches!(c, '$' | '"' | '\\') {
                    word.plain.push('\\');
                }
                word.exact &= c != '$';
                word.plain.push(c);
                escape = false;
            }
            (None | Some('"'), '\\') => escape = true,
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), _) if open == c => quote = None,
            _ => {
                word.exact &= !(c == '$' && quote == Some('\''));
                word.plain.push(c);
            }
        }
    }
    words.extend(current);
    for word in &mut words {
        // Until here `key` only marks the words whose name is not known.
        word.key = match word.key {
            Some(_) => None,
            None => Some(word.plain.split('=').next().unwrap_or_default().to_owned()),
        };
    }
    (words, quote.is_none() && !escape)
}

/// Splits a value as the shell has sourced it.
pub(super) fn effective_words(value: &str) -> Vec<Word> {
    let units: Vec<Unit> = value
        .char_indices()
        .map(|(at, c)| Unit {
            text: Some(c),
            raw: at..at + c.len_utf8(),
        })
        .collect();
    words(&units, value).0
}
