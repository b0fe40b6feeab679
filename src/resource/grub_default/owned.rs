//! The parameters that imaform decides, and what is wanted of each.

use super::{GrubError, Mismatch, grub_words::Word};
use crate::{config::Token, ima::same_name};

/// One parameter that imaform decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Owned {
    /// Its name, as wanted.
    pub key: String,
    /// The tokens wanted, in order, as the kernel reads them; none for a parameter that must not be there.
    pub tokens: Vec<String>,
}

/// The parameters of the names that these replace: `ima_policy=` takes the place of both.
const LEGACY: [&str; 2] = ["ima_tcb", "ima_appraise_tcb"];

impl Owned {
    /// All that is decided by `wanted`, in its order.
    ///
    /// # Errors
    /// [`GrubError::Unresolved`], [`GrubError::Unwritable`].
    pub fn all(wanted: &[(String, Token)]) -> Result<Vec<Self>, GrubError> {
        let mut all: Vec<Self> = Vec::new();
        for (key, token) in wanted {
            let tokens = match token {
                Token::Flag => vec![key.clone()],
                Token::Absent => Vec::new(),
                Token::Value(value) => vec![format!("{key}={value}")],
                Token::Repeated(values) => values.iter().map(|value| format!("{key}={value}")).collect(),
                Token::Member(member) => {
                    return Err(GrubError::Unresolved {
                        key: key.clone(),
                        member: member.clone(),
                    });
                }
            };
            if key.is_empty() || key.contains(['=', '$']) {
                return Err(GrubError::Unwritable { token: key.clone() });
            }
            for token in &tokens {
                grub_text(token)?;
            }
            match all.iter_mut().find(|owned| same_name(&owned.key, key)) {
                Some(owned) => owned.tokens.extend(tokens),
                None => all.push(Self {
                    key: key.clone(),
                    tokens,
                }),
            }
        }
        if all
            .iter()
            .any(|owned| owned.key == "ima_policy" && !owned.tokens.is_empty())
        {
            for legacy in LEGACY {
                if !all.iter().any(|owned| same_name(&owned.key, legacy)) {
                    all.push(Self {
                        key: legacy.to_owned(),
                        tokens: Vec::new(),
                    });
                }
            }
        }
        Ok(all)
    }

    /// Whether the token sets this parameter.
    pub fn owns(&self, word: &Word) -> bool {
        word.key.as_deref().is_some_and(|key| same_name(key, &self.key))
    }

    /// The difference between what is wanted and these tokens of a whole command line.
    pub fn mismatch(&self, words: &[Word]) -> Option<Mismatch> {
        let found: Vec<&Word> = words.iter().filter(|word| self.owns(word)).collect();
        let same = found.len() == self.tokens.len()
            && found
                .iter()
                .zip(&self.tokens)
                .all(|(word, token)| is_token(word, token));
        (!same).then(|| Mismatch {
            key: self.key.clone(),
            wanted: self.tokens.clone(),
            found: found.iter().map(|word| word.plain.clone()).collect(),
        })
    }
}

/// Whether the word is this token already, however it is quoted, `-` and `_` being the same in its name.
pub(super) fn is_token(word: &Word, token: &str) -> bool {
    let value = |text: &str| text.split_once('=').map(|(_, value)| value.to_owned());
    let name = |text: &str| text.split('=').next().unwrap_or_default().to_owned();
    word.exact && value(&word.plain) == value(token) && same_name(&name(&word.plain), &name(token))
}

/// The words before a lone `--`: what follows it is for init, not for the kernel.
pub(super) fn for_the_kernel(words: &[Word]) -> &[Word] {
    let end = words
        .iter()
        .position(|word| word.exact && word.plain == "--")
        .unwrap_or(words.len());
    words.get(..end).unwrap_or_default()
}

/// A token as it is written in GRUB's language; `${name}` stays a variable for GRUB to expand.
///
/// # Errors
/// [`GrubError::Unwritable`] for characters that shell, GRUB and kernel do not all pass on unchanged.
pub(super) fn grub_text(token: &str) -> Result<String, GrubError> {
    let error = || GrubError::Unwritable {
        token: token.to_owned(),
    };
    if token
        .chars()
        .any(|c| c.is_control() || matches!(c, '"' | '\'' | '\\' | '`'))
        || token == "--"
    {
        return Err(error());
    }
    let mut plain = String::new();
    let mut rest = token;
    while let Some((before, after)) = rest.split_once('$') {
        let (name, after) = after
            .strip_prefix('{')
            .and_then(|after| after.split_once('}'))
            .ok_or_else(error)?;
        let begins_well = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        if !begins_well || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
            return Err(error());
        }
        plain.push_str(before);
        rest = after;
    }
    plain.push_str(rest);
    let safe = |c: char| c.is_ascii_alphanumeric() || "_.,:/=+@%^-".contains(c);
    Ok(if plain.chars().all(safe) {
        token.to_owned()
    } else {
        format!("\"{token}\"")
    })
}
