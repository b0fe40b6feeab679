//! Puts the wanted tokens into one value.

use super::{
    GrubError,
    owned::{Owned, for_the_kernel, grub_text, is_token},
    value::Value,
};
use std::ops::Range;

/// The value with the wanted tokens in it, quotes included.
pub(super) fn rewritten(value: &Value<'_>, owned: &[Owned]) -> Result<String, GrubError> {
    let words = for_the_kernel(&value.words);
    // What becomes of each word: `None` keeps it, an empty list takes it out.
    let mut fates: Vec<Option<Vec<String>>> = vec![None; value.words.len()];
    let mut appended: Vec<String> = Vec::new();
    for owned in owned {
        let places: Vec<usize> = words
            .iter()
            .enumerate()
            .filter(|(_, word)| owned.owns(word))
            .map(|(place, _)| place)
            .collect();
        let mut tokens = owned.tokens.iter();
        for (nth, place) in places.iter().enumerate() {
            let (Some(word), Some(fate)) = (words.get(*place), fates.get_mut(*place)) else {
                continue;
            };
            let mut new = Vec::new();
            if let Some(token) = tokens.next() {
                new.push(match value.raw.get(word.raw.clone()) {
                    Some(raw) if is_token(word, token) => raw.to_owned(),
                    _ => value.encode(&grub_text(token)?),
                });
            }
            if nth + 1 == places.len() {
                for token in tokens.by_ref() {
                    new.push(value.encode(&grub_text(token)?));
                }
            }
            *fate = Some(new);
        }
        for token in tokens {
            appended.push(value.encode(&grub_text(token)?));
        }
    }
    let slice = |range: Range<usize>| value.raw.get(range).unwrap_or_default();
    let mut text = String::new();
    let mut end = value.inner.start;
    let mut leading = None;
    for (place, (word, fate)) in value.words.iter().zip(&fates).enumerate() {
        let gap = slice(end..word.raw.start);
        end = word.raw.end;
        let first = *leading.get_or_insert(gap);
        let mut parts: Vec<String> = Vec::new();
        if place == words.len() {
            parts.append(&mut appended);
        }
        match fate {
            None => parts.push(slice(word.raw.clone()).to_owned()),
            Some(new) => parts.extend(new.iter().cloned()),
        }
        if !parts.is_empty() {
            text.push_str(if text.is_empty() { first } else { gap });
            text.push_str(&parts.join(" "));
        }
    }
    let trailing = slice(end..value.inner.end);
    if value.words.is_empty() || !appended.is_empty() || !text.is_empty() {
        if text.is_empty() {
            text.push_str(leading.unwrap_or_default());
            text.push_str(&appended.join(" "));
        } else {
            for token in &appended {
                text.push(' ');
                text.push_str(token);
            }
        }
        text.push_str(trailing);
    }
    Ok(format!(
        "{}{text}{}",
        slice(0..value.inner.start),
        slice(value.inner.end..value.raw.len())
    ))
}
