use super::Lint;
use crate::ima::policy::{Diagnostic, Severity};

/// What a lint has to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The line of the rule, from 1; `None` where it is about the whole policy.
    pub line: Option<usize>,
    /// What is the matter.
    pub diagnostic: Diagnostic,
}

impl Finding {
    /// About the whole policy: the kernel takes it.
    pub(super) fn warning(lint: Lint, message: impl Into<String>) -> Self {
        let diagnostic = Diagnostic {
            severity: Severity::Warning,
            code: lint.code(),
            message: message.into(),
            column: 1,
            help: None,
        };
        Self { line: None, diagnostic }
    }

    /// The kernel refuses it.
    pub(super) fn refused(mut self) -> Self {
        self.diagnostic.severity = Severity::Error;
        self
    }

    /// In this line, at this character.
    pub(super) fn at(mut self, line: usize, column: usize) -> Self {
        self.line = Some(line);
        self.diagnostic.column = column;
        self
    }

    /// With what to do about it.
    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.diagnostic.help = Some(help.into());
        self
    }
}
