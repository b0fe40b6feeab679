use super::{
    GRUB_DEFAULT, GrubEdit, GrubError, GrubFile, Reason,
    owned::{Owned, grub_text},
    rewrite::rewritten,
    shell::{self, Mention},
    value::{Style, Value, escaped},
};
use crate::config::Token;
use std::ops::Range;

const LINUX: &str = "GRUB_CMDLINE_LINUX";
const LINUX_DEFAULT: &str = "GRUB_CMDLINE_LINUX_DEFAULT";

/// Writes the wanted kernel parameters into the files, which are given in the order in which `grub-mkconfig` sources
/// them: `/etc/default/grub`, then `/etc/default/grub.d/*.cfg` as the shell sorts them.
///
/// The last assignment of `GRUB_CMDLINE_LINUX` is the one that counts and is edited: tokens of wanted parameters are
/// replaced where they stand, missing ones appended (before a lone `--`), unwanted ones taken out. The same parameters
/// are taken out of `GRUB_CMDLINE_LINUX_DEFAULT`, and of earlier values that the last one builds upon, since they would
/// contradict. `ima_policy` replaces the legacy `ima_tcb` and `ima_appraise_tcb`. Where no file assigns the variable,
/// `/etc/default/grub` gets a line. A value `${name}` is written so that GRUB, not the shell, expands it.
///
/// # Errors
/// What [`GrubError`] lists: an edit that is not certain is refused, with the place and what to do by hand.
pub fn edit(files: &[GrubFile], wanted: &[(String, Token)]) -> Result<GrubEdit, GrubError> {
    let owned = Owned::all(wanted)?;
    let mut editor = Editor::new(files, &owned)?;

    let linux = editor.of(LINUX);
    match linux.split_last() {
        Some((last, earlier)) => {
            let mut references = editor.set(last, &owned)?;
            for place in earlier.iter().rev() {
                if !references.iter().any(|name| name == LINUX) {
                    break;
                }
                references = editor.clear(place)?;
            }
        }
        None => editor.append()?,
    }
    for place in editor.of(LINUX_DEFAULT) {
        editor.clear(&place)?;
    }
    Ok(editor.finish())
}

/// A mention and the index of its file.
type Place = (usize, Mention);

struct Editor<'a> {
    files: &'a [GrubFile],
    owned: &'a [Owned],
    places: Vec<Place>,
    /// Indices of the files to which a line can be appended.
    finished: Vec<bool>,
    /// File, range and new text of each change.
    changes: Vec<(usize, Range<usize>, String)>,
}

impl<'a> Editor<'a> {
    fn new(files: &'a [GrubFile], owned: &'a [Owned]) -> Result<Self, GrubError> {
        let mut places = Vec::new();
        let mut finished = Vec::new();
        for (index, file) in files.iter().enumerate() {
            let scan = shell::scan(&file.content, &[LINUX, LINUX_DEFAULT]).map_err(|line| GrubError::Unterminated {
                file: file.path.clone(),
                line,
            })?;
            finished.push(scan.finished);
            places.extend(scan.mentions.into_iter().map(|mention| (index, mention)));
        }
        Ok(Self {
            files,
            owned,
            places,
            finished,
            changes: Vec::new(),
        })
    }

    fn of(&self, variable: &str) -> Vec<Place> {
        self.places
            .iter()
            .filter(|(_, mention)| mention.variable == variable)
            .cloned()
            .collect()
    }

    fn text(&self, file: usize, range: &Range<usize>) -> &'a str {
        self.files
            .get(file)
            .and_then(|file| file.content.get(range.clone()))
            .unwrap_or_default()
    }

    /// Makes this assignment give what is wanted; returns the variables that it refers to.
    fn set(&mut self, (file, mention): &Place, wanted: &[Owned]) -> Result<Vec<String>, GrubError> {
        let unclear = |reason| self.unclear(*file, mention, reason, wanted);
        let range = mention.value.clone().map_err(unclear)?;
        let raw = self.text(*file, &range);
        let value = Value::parse(raw).map_err(unclear)?;
        let references = value.references.clone();
        let new = if value.style == Style::Bare {
            let quoted = Value::in_double_quotes(raw).map_err(unclear)?;
            let new = rewritten(&Value::parse(&quoted).map_err(unclear)?, wanted)?;
            if new == quoted { raw.to_owned() } else { new }
        } else {
            rewritten(&value, wanted)?
        };
        if new != raw {
            self.changes.push((*file, range, new));
        }
        Ok(references)
    }

    /// Takes the owned tokens out of this assignment, if it has any; returns the variables that it refers to.
    fn clear(&mut self, place: &Place) -> Result<Vec<String>, GrubError> {
        let (file, mention) = place;
        let raw = self.text(*file, &mention.raw);
        if self.owned.iter().any(|owned| shell::mentions(raw, &owned.key)) {
            let none = |owned: &Owned| Owned {
                key: owned.key.clone(),
                tokens: Vec::new(),
            };
            return self.set(place, &self.owned.iter().map(none).collect::<Vec<_>>());
        }
        // What cannot be read, and names none of the parameters, is let be.
        let value = mention
            .value
            .clone()
            .and_then(|range| Value::parse(self.text(*file, &range)));
        Ok(value.map_or_else(|_| Vec::new(), |value| value.references))
    }

    fn append(&mut self) -> Result<(), GrubError> {
        if tokens(self.owned).next().is_none() {
            return Ok(());
        }
        let index = self
            .files
            .iter()
            .position(|file| file.path == GRUB_DEFAULT)
            .ok_or(GrubError::NoFile)?;
        let content = self
            .files
            .get(index)
            .map(|file| file.content.as_str())
            .unwrap_or_default();
        if self.finished.get(index) != Some(&true) {
            return Err(GrubError::Unfinished {
                file: GRUB_DEFAULT.to_owned(),
            });
        }
        let mut value = String::new();
        for token in tokens(self.owned) {
            value.push_str(if value.is_empty() { "" } else { " " });
            value.extend(grub_text(token)?.chars().map(escaped));
        }
        let newline = if content.is_empty() || content.ends_with('\n') {
            ""
        } else {
            "\n"
        };
        self.changes.push((
            index,
            content.len()..content.len(),
            format!("{newline}{LINUX}=\"{value}\"\n"),
        ));
        Ok(())
    }

    fn unclear(&self, file: usize, mention: &Mention, reason: Reason, wanted: &[Owned]) -> GrubError {
        let tokens: Vec<String> = tokens(wanted)
            .map(|token| token.chars().map(escaped).collect())
            .collect();
        let help = if tokens.is_empty() {
            let names = wanted
                .iter()
                .map(|owned| owned.key.as_str())
                .collect::<Vec<_>>()
                .join(", ");
            format!("take these parameters out of it by hand: {names}")
        } else {
            let tokens = tokens.join(" ");
            format!(
                "write one plain {LINUX}=\"…\" on a line of its own there, with its other parameters and these: {tokens}"
            )
        };
        let file = self.files.get(file).map(|file| file.path.clone()).unwrap_or_default();
        GrubError::Unclear {
            file,
            line: mention.line,
            reason,
            help,
        }
    }

    fn finish(mut self) -> GrubEdit {
        // From the back, so that the places of earlier changes stay right.
        self.changes.sort_by_key(|(file, range, _)| (*file, range.start));
        let mut changed = Vec::new();
        for (index, file) in self.files.iter().enumerate() {
            let mut content = file.content.clone();
            for (_, range, new) in self.changes.iter().rev().filter(|(at, ..)| *at == index) {
                content.replace_range(range.clone(), new);
            }
            if content != file.content {
                changed.push(GrubFile {
                    path: file.path.clone(),
                    content,
                });
            }
        }
        if changed.is_empty() {
            GrubEdit::Unchanged
        } else {
            GrubEdit::Changed(changed)
        }
    }
}

fn tokens(owned: &[Owned]) -> impl Iterator<Item = &str> {
    owned.iter().flat_map(|owned| &owned.tokens).map(String::as_str)
}

#[cfg(test)]
#[path = "edit_tests.rs"]
mod tests;
