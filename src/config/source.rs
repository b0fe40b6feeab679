use super::{Diagnostic, diagnostic::Excerpt, node::Place};
use std::{
    fs::File,
    io::Read,
    path::{Path, PathBuf},
};

/// Larger than any inventory that people write; a wrong path (`/dev/zero`, a disk image) must not eat the memory.
const LIMIT: u64 = 16 * 1024 * 1024;

/// A text file that people wrote: kept so that errors can show its lines.
#[derive(Debug, Clone)]
pub(super) struct Source {
    pub(super) path: PathBuf,
    pub(super) text: String,
}

impl Source {
    /// Reads a file; what goes wrong is said of the file as a whole.
    pub(super) fn read(path: &Path) -> Result<Self, Diagnostic> {
        match read_text(path) {
            Ok(text) => Ok(Self {
                path: path.to_owned(),
                text,
            }),
            Err(reason) => Err(Diagnostic::of_file(path, format!("cannot read the file: {reason}"))),
        }
    }

    /// Says something of one place in this file.
    pub(super) fn diagnostic(&self, place: Place, message: impl Into<String>) -> Diagnostic {
        Diagnostic {
            message: message.into(),
            file: self.path.clone(),
            line: place.line,
            column: place.column,
            help: None,
            excerpt: self.excerpt(place),
        }
    }

    fn excerpt(&self, place: Place) -> Option<Box<Excerpt>> {
        let line = self.text.lines().nth(place.line.checked_sub(1)?)?;
        let at = |chars: usize| line.char_indices().nth(chars).map_or(line.len(), |(byte, _)| byte);
        let first = place.column.saturating_sub(1);
        // Control characters are pictured by one sign of one column, so that an excerpt cannot steer a terminal.
        let picture = |c: char| if c.is_control() && c != '\t' { '\u{fffd}' } else { c };
        let (start, end) = (at(first), at(first + place.width.max(1)));
        let text: String = line.chars().map(picture).collect();
        let shift = |byte: usize| line[..byte].chars().map(|c| picture(c).len_utf8()).sum();
        Some(Box::new(Excerpt {
            start: shift(start),
            end: shift(end),
            text,
        }))
    }
}

/// Reads a whole text file, or says in a few words why not.
pub(super) fn read_text(path: &Path) -> Result<String, String> {
    let describe = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => "it does not exist".to_owned(),
        std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        std::io::ErrorKind::IsADirectory => "it is a directory".to_owned(),
        _ => error.to_string(),
    };
    let file = File::open(path).map_err(describe)?;
    let mut bytes = Vec::new();
    file.take(LIMIT + 1).read_to_end(&mut bytes).map_err(describe)?;
    if bytes.len() as u64 > LIMIT {
        return Err(format!("it is larger than {} MiB", LIMIT / 1024 / 1024));
    }
    String::from_utf8(bytes).map_err(|error| format!("it is not UTF-8 (byte {})", error.utf8_error().valid_up_to()))
}
