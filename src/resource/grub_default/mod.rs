//! Edits of `/etc/default/grub` and `/etc/default/grub.d/*.cfg`, the shell files that `grub-mkconfig` sources.
//!
//! Only what is sure to mean what it seems is edited; everything that is not imaform's stays byte for byte. The host's
//! own shell has the last word: [`satisfied`] compares what it makes of the files with what is wanted.

mod edit;
mod grub_words;
mod lsm;
mod owned;
mod rewrite;
mod shell;
mod shell_word;
mod value;

pub use edit::edit;
pub use lsm::{AlreadyOn, LsmError, LsmOutcome, resolve_lsm, switched_off};

use crate::config::Token;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The file that gets the variable when no file assigns it.
pub const GRUB_DEFAULT: &str = "/etc/default/grub";

/// A file and its whole content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrubFile {
    /// Absolute path.
    pub path: String,
    /// The text.
    pub content: String,
}

/// What becomes of the files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum GrubEdit {
    /// They say what is wanted.
    Unchanged,
    /// The files that change, each with its whole new content; in the order in which they are sourced.
    Changed(Vec<GrubFile>),
}

/// Why the files are not edited.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GrubError {
    /// It is not certain what a line does.
    #[error("{file}, line {line}: {reason}, so imaform does not edit it; {help}")]
    Unclear {
        /// Path of the file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// What is unclear.
        reason: Reason,
        /// What to do by hand.
        help: String,
    },
    /// A quote, a substitution or the file itself ends too late.
    #[error("{file}, line {line}: a quote, `$(` or backtick is never closed; close it (`sh -n {file}` checks)")]
    Unterminated {
        /// Path of the file.
        file: String,
        /// The line on which it begins, from 1.
        line: usize,
    },
    /// A line appended would not stand on its own.
    #[error("{file} ends in the middle of a command: finish its last line (`sh -n {file}` checks)")]
    Unfinished {
        /// Path of the file.
        file: String,
    },
    /// No file to write into.
    #[error("there is no {GRUB_DEFAULT}: does this host boot by GRUB? If so, create the file (it may be empty)")]
    NoFile,
    /// The caller has not looked up the list that the member joins.
    #[error("`{key}: +{member}` must be resolved against the host's own list first; write `{key}` in full instead")]
    Unresolved {
        /// The parameter.
        key: String,
        /// The member to add.
        member: String,
    },
    /// A token that would not arrive unchanged.
    #[error(
        "the kernel parameter `{token}` cannot be written for GRUB: it must hold no quotes, backslashes, backticks or \
         line breaks, and `$` only in ${{name}}"
    )]
    Unwritable {
        /// The token.
        token: String,
    },
}

/// Why it is not certain what a line does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// `+=`
    #[error("the value is appended with +=, which /bin/sh need not know")]
    Append,
    /// Inside if, for, a function, …
    #[error("the value is assigned inside an if, a loop, a function or a group")]
    Conditional,
    /// Several commands on one line.
    #[error("there is more than this one assignment on the line")]
    SeveralCommands,
    /// unset, read, eval, `${X:=…}`, …
    #[error("the variable is changed by something other than a plain assignment")]
    OtherCommand,
    /// `$(…)`, backticks or a `${…}` that is more than a name.
    #[error("the value is computed by the shell ($(…), backticks or a nested ${{…}})")]
    Substitution,
    /// Several kinds of quotes in one value.
    #[error("the value mixes several kinds of quotes")]
    Quoting,
    /// A line break in the value, which would cut grub.cfg's line in two.
    #[error("the value holds a line break")]
    LineBreak,
    /// A quote for GRUB that is left open.
    #[error("a quote inside the value is left open for GRUB")]
    GrubQuote,
}

/// A parameter of a command line that is not as wanted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mismatch {
    /// The parameter's name.
    pub key: String,
    /// The tokens wanted, in order; none if it must not be there.
    pub wanted: Vec<String>,
    /// The tokens found, in order.
    pub found: Vec<String>,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |tokens: &[String]| {
            if tokens.is_empty() {
                "nothing".to_owned()
            } else {
                format!("`{}`", tokens.join(" "))
            }
        };
        write!(
            f,
            "{}: {} found, {} wanted",
            self.key,
            list(&self.found),
            list(&self.wanted)
        )
    }
}

/// The tokens of a value *as sourced by the shell*, as the kernel will read them: GRUB's quotes are taken away, its
/// variables (`${imaform_boot}`) stay.
pub fn tokens_after(value: &str) -> Vec<String> {
    grub_words::effective_words(value)
        .into_iter()
        .map(|word| word.plain)
        .collect()
}

/// Whether a value *as sourced by the shell* gives the kernel what is wanted. Pass the values of `GRUB_CMDLINE_LINUX`
/// and `GRUB_CMDLINE_LINUX_DEFAULT` joined by a space, as `grub-mkconfig` joins them, so that a token in the second
/// cannot overrule one in the first unseen.
///
/// # Errors
/// Every parameter that differs. A `Token::Member` or a token that cannot be written is never satisfied.
pub fn satisfied(effective_value: &str, wanted: &[(String, Token)]) -> Result<(), Vec<Mismatch>> {
    let words = grub_words::effective_words(effective_value);
    let words = owned::for_the_kernel(&words);
    let all = owned::Owned::all(wanted).map_err(|error| {
        vec![Mismatch {
            key: "cmdline".to_owned(),
            wanted: vec![error.to_string()],
            found: Vec::new(),
        }]
    })?;
    let mismatches: Vec<Mismatch> = all.iter().filter_map(|owned| owned.mismatch(words)).collect();
    if mismatches.is_empty() { Ok(()) } else { Err(mismatches) }
}
