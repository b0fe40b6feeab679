//! The value of a shell assignment as tokens that know where their bytes stand.

use super::{
    Reason,
    grub_words::{Unit, Word, words},
};
use std::ops::Range;

/// How a value is quoted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    Double,
    Single,
    Bare,
}

/// A value that is sure to be understood.
#[derive(Debug)]
pub(super) struct Value<'a> {
    /// As written, quotes included.
    pub raw: &'a str,
    pub style: Style,
    /// The part of `raw` between the quotes.
    pub inner: Range<usize>,
    /// Its tokens; ranges are of `raw`.
    pub words: Vec<Word>,
    /// The variables that it refers to.
    pub references: Vec<String>,
}

impl<'a> Value<'a> {
    /// Reads the word after `=`.
    pub fn parse(raw: &'a str) -> Result<Self, Reason> {
        // In a file with CR LF the CR becomes a part of the value; as white space at its end it does no harm.
        let body = raw.strip_suffix('\r').unwrap_or(raw);
        let (style, inner) = match body.as_bytes() {
            [b'"', .., b'"'] => (Style::Double, 1..body.len() - 1),
            [b'\'', .., b'\''] => (Style::Single, 1..body.len() - 1),
            _ => (Style::Bare, 0..body.len()),
        };
        let mut units = Vec::new();
        let mut references = Vec::new();
        let mut at = inner.start;
        while at < inner.end {
            let rest = raw.get(at..inner.end).unwrap_or_default();
            let (len, text) = match style {
                Style::Single => literal(rest, &['\''])?,
                Style::Double => decoded(rest, style, &mut references)?,
                Style::Bare => decoded(rest, style, &mut references)?,
            };
            if text == Some(Some('\n')) {
                return Err(Reason::LineBreak);
            }
            if let Some(text) = text {
                units.push(Unit {
                    text,
                    raw: at..at + len,
                });
            }
            at += len;
        }
        let (words, closed) = words(&units, raw);
        if !closed {
            return Err(Reason::GrubQuote);
        }
        Ok(Self {
            raw,
            style,
            inner,
            words,
            references,
        })
    }

    /// The same value in double quotes, so that it can take more than one token.
    pub fn in_double_quotes(raw: &str) -> Result<String, Reason> {
        let (body, end) = raw.strip_suffix('\r').map_or((raw, ""), |body| (body, "\r"));
        let mut text = String::from("\"");
        let mut at = 0;
        while at < body.len() {
            let rest = body.get(at..).unwrap_or_default();
            let (len, decoded) = decoded(rest, Style::Bare, &mut Vec::new())?;
            match decoded {
                Some(Some(c)) => text.push_str(&escaped(c)),
                Some(None) => text.push_str(rest.get(..len).unwrap_or_default()),
                None => {}
            }
            at += len;
        }
        Ok(text + "\"" + end)
    }

    /// A new token as it is written inside this value's quotes.
    pub fn encode(&self, token: &str) -> String {
        match self.style {
            Style::Single => token.to_owned(),
            Style::Double | Style::Bare => token.chars().map(escaped).collect(),
        }
    }
}

/// A character as it is written inside double quotes.
pub(super) fn escaped(c: char) -> String {
    match c {
        '$' | '`' | '"' | '\\' => format!("\\{c}"),
        _ => c.to_string(),
    }
}

/// One decoded character (`Some(Some(c))`), a reference to a variable (`Some(None)`) or nothing (a line continuation),
/// with its length in bytes.
type Decoded = (usize, Option<Option<char>>);

fn literal(rest: &str, forbidden: &[char]) -> Result<Decoded, Reason> {
    let c = rest.chars().next().ok_or(Reason::Quoting)?;
    if forbidden.contains(&c) {
        Err(Reason::Quoting)
    } else {
        Ok((c.len_utf8(), Some(Some(c))))
    }
}

fn decoded(rest: &str, style: Style, references: &mut Vec<String>) -> Result<Decoded, Reason> {
    let mut chars = rest.chars();
    match (chars.next(), chars.next()) {
        (Some('`'), _) => Err(Reason::Substitution),
        (Some('$'), Some('(')) => Err(Reason::Substitution),
        (Some('$'), Some('{')) => {
            let body = rest
                .get(2..)
                .and_then(|rest| rest.split_once('}'))
                .ok_or(Reason::Substitution)?
                .0;
            if body.contains(['$', '`', '"', '\'', '\\', '{']) {
                return Err(Reason::Substitution);
            }
            let name = body
                .split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
                .next()
                .unwrap_or_default();
            references.push(name.to_owned());
            Ok((body.len() + 3, Some(None)))
        }
        (Some('$'), Some(c)) if c.is_ascii_alphabetic() || c == '_' => {
            let name = rest.get(1..).unwrap_or_default();
            let len = name
                .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
                .unwrap_or(name.len());
            references.push(name.get(..len).unwrap_or_default().to_owned());
            Ok((len + 1, Some(None)))
        }
        (Some('$'), Some(c)) if c.is_ascii_digit() || matches!(c, '@' | '*' | '#' | '?' | '-' | '$' | '!') => {
            Ok((2, Some(None)))
        }
        (Some('\\'), Some('\n')) => Ok((2, None)),
        (Some('\\'), Some(c)) if style == Style::Bare || matches!(c, '$' | '`' | '"' | '\\') => {
            Ok((1 + c.len_utf8(), Some(Some(c))))
        }
        // Unquoted, ~ may become a home directory, and quotes begin a part with other rules.
        _ if style == Style::Bare => literal(rest, &['"', '\'', '~', '\\']),
        _ => literal(rest, &['"']),
    }
}
