//! A first reader of IMA policies: what every kernel would refuse in a line by itself. Whether the parts of a rule go
//! together, and on which kernel, is not judged here yet.

mod action;
mod error;
mod keyword;
mod rule;

pub use action::Action;
pub use error::{Nearest, PolicyError, PolicyErrorKind};
pub use rule::{Condition, Operator, Rule};

use serde::Serialize;

/// The most bytes of one line: the kernel takes one rule a write, and of a write a page less the final NUL
/// (`ima_write_policy` in security/integrity/ima/ima_fs.c).
pub const MAX_LINE: usize = 4095;

/// A custom IMA policy, line by line readable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Policy {
    rules: Vec<Rule>,
}

impl Policy {
    /// Reads a policy file.
    ///
    /// # Errors
    /// Everything that is wrong, in the order of the file.
    pub fn parse(text: &str) -> Result<Self, Vec<PolicyError>> {
        let mut rules = Vec::new();
        let mut errors = Vec::new();
        let mut last = (1, 1);
        for (index, whole) in text.split_inclusive('\n').enumerate() {
            let line = index + 1;
            let content = whole.strip_suffix('\n').unwrap_or(whole);
            last = (line, content.chars().count() + 1);
            if content.len() > MAX_LINE {
                errors.push(PolicyError {
                    line,
                    column: 1,
                    kind: PolicyErrorKind::TooLong(content.len()),
                });
                continue;
            }
            let trimmed = content.trim_start_matches([' ', '\t']);
            if trimmed.is_empty() || trimmed.starts_with('#') {
                continue;
            }
            let control = content.chars().enumerate().find(|(_, c)| c.is_control() && *c != '\t');
            if let Some((at, c)) = control {
                errors.push(PolicyError {
                    line,
                    column: at + 1,
                    kind: PolicyErrorKind::Control(c),
                });
                continue;
            }
            rules.extend(Rule::parse(line, content, &mut errors));
        }
        let (line, column) = last;
        if rules.is_empty() && errors.is_empty() {
            errors.push(PolicyError {
                line,
                column: 1,
                kind: PolicyErrorKind::Empty,
            });
        } else if !text.ends_with('\n') {
            errors.push(PolicyError {
                line,
                column,
                kind: PolicyErrorKind::NoNewline,
            });
        }
        if errors.is_empty() {
            Ok(Self { rules })
        } else {
            Err(errors)
        }
    }

    /// The rules, in order.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// Whether a rule appraises anything.
    pub fn appraises(&self) -> bool {
        self.rules.iter().any(|rule| rule.action == Action::Appraise)
    }

    /// Whether files that are written in the ordinary way may get labels: a rule of `appraise` or `hash` without
    /// `func`, or with `FILE_CHECK`. Without one, what is written stays unlabelled until something labels it.
    pub fn appraises_new_files(&self) -> bool {
        self.rules
            .iter()
            .any(|rule| matches!(rule.action, Action::Appraise | Action::Hash) && rule.covers_files())
    }

    /// Whether loading this policy ends all appraisal by `ima_policy=` rules, which a custom policy replaces. Rules of
    /// the architecture and of the kernel's build stay.
    pub fn ends_appraisal(&self) -> bool {
        !self.appraises()
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
