use super::{Diagnostic, node::Place, source::Source};

/// Collects what is wrong with one file, so that all of it is said at once.
pub(super) struct Problems<'s> {
    source: &'s Source,
    found: Vec<Diagnostic>,
}

impl<'s> Problems<'s> {
    pub(super) fn of(source: &'s Source) -> Self {
        Self {
            source,
            found: Vec::new(),
        }
    }

    pub(super) fn error(&mut self, place: Place, message: impl Into<String>) {
        self.found.push(self.source.diagnostic(place, message));
    }

    pub(super) fn error_with_help(&mut self, place: Place, message: impl Into<String>, help: impl Into<String>) {
        self.found.push(self.source.diagnostic(place, message).with_help(help));
    }

    /// An error whose line must not be shown.
    pub(super) fn error_unseen(&mut self, place: Place, message: impl Into<String>, help: impl Into<String>) {
        let diagnostic = self.source.diagnostic(place, message).with_help(help);
        self.found.push(Diagnostic {
            excerpt: None,
            ..diagnostic
        });
    }

    /// Takes the verdict of a grammar: `Err((what is wrong, what to do))`.
    pub(super) fn check(&mut self, place: Place, verdict: Result<(), Complaint>) -> bool {
        match verdict {
            Ok(()) => true,
            Err(Complaint { message, help }) => {
                let diagnostic = self.source.diagnostic(place, message);
                self.found.push(Diagnostic { help, ..diagnostic });
                false
            }
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// What was found, top to bottom.
    pub(super) fn finish(mut self) -> Vec<Diagnostic> {
        self.found
            .sort_by_key(|diagnostic| (diagnostic.line, diagnostic.column));
        self.found.dedup();
        self.found
    }
}

/// What a grammar says against a value; the place is added by who knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Complaint {
    pub(super) message: String,
    pub(super) help: Option<String>,
}

impl Complaint {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            help: None,
        }
    }

    pub(super) fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}
