//! Finds the assignments of a variable in a shell file, and says which of them are sure to be what they seem.

use super::{Reason, shell_word::word_end};
use std::ops::Range;

/// A place where a variable may get a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mention {
    /// The line on which it begins, from 1.
    pub line: usize,
    /// The variable.
    pub variable: &'static str,
    /// The command, in bytes of the file.
    pub raw: Range<usize>,
    /// Where the value stands, or why it is not clear what the command does.
    pub value: Result<Range<usize>, Reason>,
}

/// What a look at a whole file gives.
#[derive(Debug, Default)]
pub(super) struct Scan {
    /// In the order of the file.
    pub mentions: Vec<Mention>,
    /// Whether a line appended at the end would be a statement of its own.
    pub finished: bool,
}

/// Looks for the variables.
///
/// # Errors
/// The line, from 1, on which a quote or substitution begins that never ends.
pub(super) fn scan(text: &str, variables: &[&'static str]) -> Result<Scan, usize> {
    let mut scanner = Scanner {
        text,
        at: 0,
        blocks: Vec::new(),
        heredocs: Vec::new(),
        comment: false,
    };
    let mut scan = Scan {
        mentions: Vec::new(),
        finished: true,
    };
    while scanner.at < text.len() {
        let nested = !scanner.blocks.is_empty();
        let line = scanner.logical_line().map_err(|at| line_of(text, at))?;
        let alone = !nested && !line.operators && line.commands.len() == 1;
        for words in &line.commands {
            for variable in variables {
                if let Some(value) = value_in(text, words, variable) {
                    let start = words.first().map_or(0, |word| word.start);
                    let end = words.last().map_or(0, |word| word.end);
                    let value = match value {
                        Ok(_) if nested => Err(Reason::Conditional),
                        Ok(_) if !alone => Err(Reason::SeveralCommands),
                        other => other,
                    };
                    scan.mentions.push(Mention {
                        line: line_of(text, start),
                        variable,
                        raw: start..end,
                        value,
                    });
                }
            }
        }
    }
    let continued = !scanner.comment && (text.ends_with('\\') || text.ends_with("\\\n"));
    scan.finished = scanner.blocks.is_empty() && scanner.heredocs.is_empty() && !continued;
    Ok(scan)
}

/// Whether the text holds the name as a whole word (letters, digits and `_` making words, `-` being the same as `_`).
pub(super) fn mentions(text: &str, name: &str) -> bool {
    let text = text.replace('-', "_");
    let name = name.replace('-', "_");
    let part_of_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.match_indices(&name).any(|(at, _)| {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        let after = text.get(at + name.len()..).and_then(|after| after.chars().next());
        !before.is_some_and(part_of_word) && !after.is_some_and(part_of_word)
    })
}

fn line_of(text: &str, at: usize) -> usize {
    text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1
}

/// Whether a command gives the variable a value: `None` if it does not, else where or why that is unclear.
fn value_in(text: &str, words: &[Range<usize>], variable: &str) -> Option<Result<Range<usize>, Reason>> {
    let word = |range: &Range<usize>| text.get(range.clone()).unwrap_or_default();
    let first = words.first().map(word)?;
    let assigned = |range: &Range<usize>| -> Option<Result<Range<usize>, Reason>> {
        let rest = word(range).strip_prefix(variable)?;
        if rest.starts_with("+=") {
            return Some(Err(Reason::Append));
        }
        let value = rest.strip_prefix('=')?;
        Some(Ok(range.end - value.len()..range.end))
    };
    if let [only] | [_, only] = words
        && (words.len() == 1 || first == "export")
        && let Some(value) = assigned(only)
    {
        return Some(value);
    }
    let default = |range: &Range<usize>| {
        let word = word(range);
        word.contains(&format!("${{{variable}:=")) || word.contains(&format!("${{{variable}="))
    };
    let declares = matches!(
        first,
        "export"
            | "unset"
            | "read"
            | "readonly"
            | "local"
            | "typeset"
            | "declare"
            | "eval"
            | "getopts"
            | "for"
            | "printf"
    );
    let harmless = matches!(words, [_, name] if first == "export" && word(name) == variable);
    let unclear = words.iter().any(|range| {
        assigned(range).is_some() || default(range) || (declares && !harmless && mentions(word(range), variable))
    });
    unclear.then_some(Err(Reason::OtherCommand))
}

/// One line, with all the lines that belong to it.
#[derive(Default)]
struct LogicalLine {
    commands: Vec<Vec<Range<usize>>>,
    /// Whether anything but a `;` at the very end connects the commands or redirects them.
    operators: bool,
}

struct Scanner<'a> {
    text: &'a str,
    at: usize,
    /// What is open: `(` for a parenthesis, anything else for a compound command.
    blocks: Vec<char>,
    /// Delimiters of the here-documents that begin after this line, with whether tabs are stripped.
    heredocs: Vec<(String, bool)>,
    /// Whether the last line ends in a comment, where a backslash continues nothing.
    comment: bool,
}

impl Scanner<'_> {
    fn byte(&self, at: usize) -> Option<u8> {
        self.text.as_bytes().get(at).copied()
    }

    /// # Errors
    /// Where something begins that never ends.
    fn logical_line(&mut self) -> Result<LogicalLine, usize> {
        let mut line = LogicalLine::default();
        let mut words: Vec<Range<usize>> = Vec::new();
        let mut command_position = true;
        let mut separated = false;
        let mut joined = false;
        self.comment = false;
        while let Some(byte) = self.byte(self.at) {
            match byte {
                b' ' | b'\t' => self.at += 1,
                b'\\' if self.byte(self.at + 1) == Some(b'\n') => self.at += 2,
                b'\n' => {
                    self.at += 1;
                    self.skip_heredocs();
                    if !joined {
                        break;
                    }
                }
                b'#' => {
                    self.comment = true;
                    self.at = self
                        .text
                        .get(self.at..)
                        .and_then(|rest| rest.find('\n'))
                        .map_or(self.text.len(), |len| self.at + len);
                }
                b';' | b'&' | b'|' | b'(' | b')' | b'<' | b'>' => {
                    self.at += 1;
                    let doubled = self.byte(self.at) == Some(byte);
                    if doubled && byte != b'(' && byte != b')' {
                        self.at += 1;
                    }
                    line.operators |= byte != b';';
                    joined = byte == b'|' || (byte == b'&' && doubled);
                    match byte {
                        b'<' if doubled => self.heredoc()?,
                        b'(' => self.blocks.push('('),
                        b')' if self.blocks.last() == Some(&'(') => {
                            self.blocks.pop();
                        }
                        _ => {}
                    }
                    if byte != b'<' && byte != b'>' {
                        separated = true;
                        command_position = true;
                        line.commands.push(std::mem::take(&mut words));
                    }
                }
                _ => {
                    let start = self.at;
                    self.at = word_end(self.text, start)?;
                    joined = false;
                    if command_position && self.keyword(start) {
                        continue;
                    }
                    command_position = false;
                    words.push(start..self.at);
                }
            }
        }
        line.commands.push(words);
        line.commands.retain(|words| !words.is_empty());
        line.operators |= separated && line.commands.len() > 1;
        Ok(line)
    }

    /// Follows compound commands; `true` where a command may follow the word that begins at `start`.
    fn keyword(&mut self, start: usize) -> bool {
        match self.text.get(start..self.at).unwrap_or_default() {
            "if" | "while" | "until" | "{" => {
                self.blocks.push('{');
                true
            }
            "for" | "case" => {
                self.blocks.push('{');
                false
            }
            "fi" | "done" | "esac" | "}" => {
                self.blocks.pop();
                true
            }
            "then" | "else" | "elif" | "do" | "!" => true,
            _ => false,
        }
    }

    fn heredoc(&mut self) -> Result<(), usize> {
        let strip = self.byte(self.at) == Some(b'-');
        self.at += usize::from(strip);
        while matches!(self.byte(self.at), Some(b' ' | b'\t')) {
            self.at += 1;
        }
        let start = self.at;
        self.at = word_end(self.text, start)?;
        let word = self.text.get(start..self.at).unwrap_or_default();
        self.heredocs.push((word.replace(['"', '\'', '\\'], ""), strip));
        Ok(())
    }

    fn skip_heredocs(&mut self) {
        while !self.heredocs.is_empty() && self.at < self.text.len() {
            let rest = self.text.get(self.at..).unwrap_or_default();
            let line = rest.split_inclusive('\n').next().unwrap_or_default();
            self.at += line.len();
            let content = line.trim_end_matches('\n');
            let ends = self.heredocs.first().is_some_and(|(delimiter, strip)| {
                let content = if *strip {
                    content.trim_start_matches('\t')
                } else {
                    content
                };
                content == delimiter
            });
            if ends {
                self.heredocs.remove(0);
            }
        }
    }
}
