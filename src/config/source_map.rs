use super::{Diagnostic, node::Place, paths, source::Source};
use std::{
    collections::{HashMap, VecDeque},
    path::{Path, PathBuf},
};

/// Leads from the lines of a rendered text back to the files in which they are written, where rendering has left them as
/// they are.
#[derive(Debug, Clone)]
pub struct SourceMap {
    sources: Vec<Source>,
}

/// Where a line is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SourceLine<'s> {
    /// The file.
    pub file: &'s Path,
    /// The line in it, from 1.
    pub number: usize,
    /// How many characters stand before it there, and in the rendered text.
    before: (usize, usize),
}

impl SourceLine<'_> {
    /// The column there of a column of the rendered line; both from 1.
    pub fn column(&self, rendered: usize) -> usize {
        let (written, own) = self.before;
        (rendered + written).saturating_sub(own).max(1)
    }
}

impl SourceMap {
    /// Of a text that is its own source.
    pub fn of(path: impl Into<PathBuf>, text: impl Into<String>) -> Self {
        let (path, text) = (path.into(), text.into());
        Self {
            sources: vec![Source { path, text }],
        }
    }

    /// Of a template and those that it includes, or of a playbook in which rules stand. What cannot be read is left out.
    pub fn read(path: &Path) -> Self {
        let directory = paths::directory_of(path);
        let mut sources: Vec<Source> = Source::read(path).into_iter().collect();
        let mut next = 0;
        while let Some(source) = sources.get(next) {
            let mut named: Vec<PathBuf> = included(&source.text).map(|name| directory.join(name)).collect();
            named.retain(|path| sources.iter().all(|known| known.path != *path));
            sources.extend(named.iter().filter_map(|path| Source::read(path).ok()));
            next += 1;
        }
        Self { sources }
    }

    /// Where each line of a rendered text is written. Lines that are alike are taken in their order.
    pub fn lines(&self, rendered: &str) -> Vec<Option<SourceLine<'_>>> {
        let mut written: HashMap<&str, VecDeque<SourceLine<'_>>> = HashMap::new();
        for source in &self.sources {
            for (index, line) in source.text.split('\n').enumerate() {
                let (before, rule) = bare(line);
                written.entry(rule).or_default().push_back(SourceLine {
                    file: &source.path,
                    number: index + 1,
                    before: (before, 0),
                });
            }
        }
        let place = |line| {
            let (own, rule) = bare(line);
            let alike = written.get_mut(rule)?;
            let at = match alike.front()? {
                // A loop repeats it.
                last if alike.len() == 1 => *last,
                _ => alike.pop_front()?,
            };
            let before = (at.before.0, own);
            Some(SourceLine { before, ..at })
        };
        rendered.split('\n').map(place).collect()
    }

    /// Says something of a word in a rendered text, where it is written.
    pub(super) fn diagnostic(
        &self,
        rendered: &str,
        (line, column): (usize, usize),
        message: &str,
    ) -> Option<Diagnostic> {
        let at = self.lines(rendered).into_iter().nth(line.checked_sub(1)?)??;
        let source = self.sources.iter().find(|source| source.path == at.file)?;
        let word = rendered.split('\n').nth(line - 1)?.chars().skip(column - 1);
        let place = Place {
            line: at.number,
            column: at.column(column),
            width: word.take_while(|c| !c.is_whitespace()).count(),
        };
        Some(source.diagnostic(place, message))
    }
}

/// The line without what stands around its rule, and how many characters stand before: blanks, and the dash of a list.
fn bare(line: &str) -> (usize, &str) {
    let blank = [' ', '\t'];
    let trimmed = line.trim_start_matches(blank);
    let rule = trimmed
        .strip_prefix("- ")
        .map_or(trimmed, |item| item.trim_start_matches(blank));
    let before = line.len() - rule.len();
    // Everything before is ASCII, so bytes are characters.
    (before, rule.trim_end())
}

/// The templates that a template names in its tags.
fn included(text: &str) -> impl Iterator<Item = &str> {
    text.split("{%").skip(1).filter_map(|rest| {
        let (tag, _) = rest.split_once("%}")?;
        let mut words = tag.trim_start_matches(['-', '+']).split_whitespace();
        let names_one = ["include", "extends", "import", "from"].contains(&words.next()?);
        let name = words.next().filter(|_| names_one)?;
        Some(name.trim_matches(['"', '\'']))
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::fs;

    fn places(map: &SourceMap, rendered: &str) -> Vec<Option<(String, usize, usize)>> {
        let name = |line: SourceLine<'_>| line.file.file_name().unwrap().to_string_lossy().into_owned();
        let lines = map.lines(rendered).into_iter();
        lines
            .map(|line| line.map(|line| (name(line), line.number, line.column(1))))
            .collect()
    }

    #[test]
    fn a_line_is_found_where_it_is_written_and_lines_that_are_alike_in_their_order() {
        let map = SourceMap::of("t", "# measure\n{% if x %}\n  measure\n{% endif %}\nmeasure  \naudit\n");
        let at = |line, column| Some(("t".to_owned(), line, column));
        assert_eq!(
            places(&map, "measure\nmeasure\nmeasure\naudit\nappraise"),
            [at(3, 3), at(5, 1), at(5, 1), at(6, 1), None]
        );
    }

    #[test]
    fn a_list_of_a_playbook_and_an_included_template_are_sources_too() {
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name);
        fs::write(path("p.yml"), "policy:\n  rules:\n    - measure\n").unwrap();
        let map = SourceMap::read(&path("p.yml"));
        assert_eq!(places(&map, "measure"), [Some(("p.yml".to_owned(), 3, 7))]);
        // Each includes the other: both are read once.
        fs::write(path("a.j2"), "{%- include 'b.j2' %}\n{% include \"nowhere\" %}\n").unwrap();
        fs::write(path("b.j2"), "audit\n{% if x %}{% include \"a.j2\" %}{% endif %}\n").unwrap();
        let map = SourceMap::read(&path("a.j2"));
        assert_eq!(places(&map, "audit"), [Some(("b.j2".to_owned(), 1, 1))]);
        assert_eq!(map.sources.len(), 2);
    }
}
