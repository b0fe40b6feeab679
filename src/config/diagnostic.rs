use annotate_snippets::{AnnotationKind, Level, Origin, Renderer, Snippet};
use std::{fmt, path::PathBuf};

/// One thing that is wrong in one file, said to the person who wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// What is wrong, in one line.
    pub message: String,
    /// The file, as it was named.
    pub file: PathBuf,
    /// Line, from 1; 0 where the file as a whole is meant (it is missing, it is not text).
    pub line: usize,
    /// Column in characters, from 1; 0 where the file as a whole is meant.
    pub column: usize,
    /// What to do about it.
    pub help: Option<String>,
    /// The line that is meant, for the picture.
    pub excerpt: Option<Box<Excerpt>>,
}

/// A line of a file and the part of it that is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excerpt {
    /// The line, without its newline.
    pub text: String,
    /// First byte of what is meant.
    pub start: usize,
    /// The byte after what is meant.
    pub end: usize,
}

impl Diagnostic {
    /// Says something of a file as a whole.
    pub fn of_file(file: impl Into<PathBuf>, message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            file: file.into(),
            line: 0,
            column: 0,
            help: None,
            excerpt: None,
        }
    }

    /// The same with a hint.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let title = Level::ERROR.primary_title(self.message.as_str());
        let path = self.file.to_string_lossy();
        let mut group = match &self.excerpt {
            Some(excerpt) => title.element(
                Snippet::source(excerpt.text.as_str())
                    .line_start(self.line)
                    .path(path.as_ref())
                    .annotation(AnnotationKind::Primary.span(excerpt.start..excerpt.end)),
            ),
            None if self.line > 0 => {
                title.element(Origin::path(path.as_ref()).line(self.line).char_column(self.column))
            }
            None => title.element(Origin::path(path.as_ref())),
        };
        if let Some(help) = &self.help {
            group = group.element(Level::HELP.message(help.as_str()));
        }
        f.write_str(&Renderer::plain().render(&[group]))
    }
}

/// Everything that is wrong with an inventory and what it names, found in one go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostics(Vec<Diagnostic>);

impl Diagnostics {
    pub(super) fn of(found: Vec<Diagnostic>) -> Self {
        Self(found)
    }

    /// Each thing by itself: file by file, top to bottom.
    pub fn iter(&self) -> impl Iterator<Item = &Diagnostic> {
        self.0.iter()
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, diagnostic) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n\n")?;
            }
            diagnostic.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for Diagnostics {}
