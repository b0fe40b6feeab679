//! The groups of a difference of lists, the most alarming first, and the line that sums up.

use super::{
    diffed::Text,
    diffed_words::{EXAMPLES, name, of, schemes, some},
};
use crate::ima::measurement::diff::{Changed, Coverage, Explanation, MeasuredFile, Way, changes_by_itself};
use std::{collections::BTreeMap, fmt::Write};

/// How much of each group a person is shown.
const SHOWN: usize = 200;

impl<'a> Text<'_, 'a> {
    /// The groups that are not empty.
    pub(super) fn groups(&mut self) {
        let diff = self.diff;
        let manager = &diff.package_manager;
        let own = |path: &[u8]| manager.accounts_for(path);
        let [a, b] = self.names;
        let other: Vec<_> = diff.unexplained(Way::Other).collect();
        self.changed("Changed, and no package manager was seen at work before", other);
        let back: Vec<_> = diff.unexplained(Way::Back).collect();
        self.changed(
            "An earlier content came back, or the latest of A was not measured again",
            back,
        );
        let stage: Vec<_> = diff.unexplained(Way::OtherStage).collect();
        self.changed(
            "Another content in the initramfs than after it: these may be two files of one name",
            stage,
        );
        self.violations();
        let explained = diff.explained().map(|(changed, _)| changed);
        let explained: Vec<_> = explained.filter(|changed| !own(changed.name)).collect();
        self.changed(
            "Changed after a package manager was at work, which may explain it",
            explained,
        );
        let listed = |files: &[(&'a [u8], &'a MeasuredFile)]| -> Vec<_> {
            files.iter().copied().filter(|(path, _)| !own(path)).collect()
        };
        if !matches!(diff.coverage, Coverage::Begun | Coverage::Wider) {
            self.files("New", listed(&diff.new), b);
        }
        if !matches!(diff.coverage, Coverage::Ended | Coverage::Narrower) {
            self.files(&format!("Gone: not measured in {b}"), listed(&diff.gone), a);
        }
        self.incomparable();
    }

    fn changed(&mut self, title: &str, mut changed: Vec<&Changed<'a>>) {
        let b = self.names[1];
        changed.sort_by_key(|changed| changes_by_itself(changed.name));
        let many = changed.len();
        let rows = changed.into_iter().map(|changed| {
            let note = match changed.explanation {
                Some(Explanation::Unpacked) => " (unpacked by the package manager)",
                _ => "",
            };
            let mut row = format!("{}{note}", name(changed.name));
            let [old, new] = [self.names[0], b];
            for seen in changed.old_contents() {
                let _ = write!(row, "\n    - {}", of(seen, old));
            }
            let contents: Vec<_> = changed.new_contents().collect();
            for seen in contents.iter().take(EXAMPLES) {
                let _ = write!(row, "\n    + {}", of(seen, new));
            }
            if contents.len() > EXAMPLES {
                let _ = write!(row, "\n    + {} more, while the host ran", contents.len() - EXAMPLES);
            }
            row
        });
        let rows: Vec<String> = rows.take(SHOWN).collect();
        self.group(title, many, rows);
    }

    fn violations(&mut self) {
        let [a, b] = self.names;
        let mut violations = self.diff.violations.clone();
        violations.sort_by_key(|more| (more.before, changes_by_itself(more.name)));
        let rows = violations.iter().map(|more| {
            let before = match more.before {
                0 => "none".to_owned(),
                before => before.to_string(),
            };
            let last = more
                .after
                .last
                .map_or_else(String::new, |entry| format!(", the last at entry {entry} of {b}"));
            format!("{}: {} ({a}: {before}){last}", name(more.name), more.after.count)
        });
        let rows: Vec<String> = rows.take(SHOWN).collect();
        let many = self.diff.violations.len();
        self.group(
            "New violations: measured while open for writing, or written while in use",
            many,
            rows,
        );
    }

    fn files(&mut self, title: &str, mut files: Vec<(&[u8], &MeasuredFile)>, list: &str) {
        files.sort_by_key(|(path, _)| changes_by_itself(path));
        let rows = files.iter().map(|(path, file)| {
            let contents = (file.seen().len() as u64).saturating_add(file.more());
            let first = file.seen().first().map(|seen| of(seen, list)).unwrap_or_default();
            let others = if contents > 1 {
                format!(" and {} more while the host ran", contents - 1)
            } else {
                String::new()
            };
            format!("{} {first}{others}", name(path))
        });
        let rows: Vec<String> = rows.take(SHOWN).collect();
        self.group(title, files.len(), rows);
    }

    /// By algorithms: the names would all say the same.
    fn incomparable(&mut self) {
        let [a, b] = self.names;
        let mut kinds: BTreeMap<(String, String), Vec<&[u8]>> = BTreeMap::new();
        for (path, before, after) in &self.diff.incomparable {
            kinds.entry((schemes(before), schemes(after))).or_default().push(path);
        }
        let rows = kinds.into_iter().take(SHOWN).map(|((before, after), paths)| {
            let paths = some(paths.into_iter().map(name), "more");
            format!("{before} in {a}, {after} in {b}: {paths}")
        });
        let rows: Vec<String> = rows.collect();
        let title = "Not comparable: digests of different hash algorithms, so that nothing tells whether these changed";
        self.group(title, self.diff.incomparable.len(), rows);
    }

    fn group(&mut self, title: &str, many: usize, rows: Vec<String>) {
        if many == 0 {
            return;
        }
        self.line(format!("{title} ({many}):"));
        let shown = rows.len();
        for row in rows {
            self.line(format!("  {row}"));
        }
        if shown == SHOWN && many > shown {
            self.line(format!("  {} more are in the output of --format json", many - shown));
        }
        self.out.push('\n');
    }

    /// How many names there are in each.
    pub(super) fn summary(&mut self) {
        let diff = self.diff;
        let own = |path: &[u8]| diff.package_manager.accounts_for(path);
        let explained = diff.explained().filter(|(changed, _)| !own(changed.name)).count();
        let new = diff.new.iter().filter(|(path, _)| !own(path)).count();
        let gone = diff.gone.iter().filter(|(path, _)| !own(path)).count();
        let all = diff.explained().count() + diff.new.len() + diff.gone.len();
        let counts = [
            (
                diff.unexplained(Way::Other).count(),
                "changed without a package manager",
            ),
            (diff.unexplained(Way::Back).count(), "with an earlier content"),
            (
                diff.unexplained(Way::OtherStage).count(),
                "with another in the initramfs",
            ),
            (diff.violations.len(), "with new violations"),
            (explained, "changed after a package manager"),
            (new, "new"),
            (gone, "gone"),
            (diff.incomparable.len(), "not comparable"),
            (
                all - explained - new - gone,
                "of the package manager's own or of a new kernel, not listed",
            ),
        ];
        let counts: Vec<String> = counts
            .into_iter()
            .filter(|(number, _)| *number > 0)
            .map(|(number, what)| format!("{number} {what}"))
            .collect();
        match counts.is_empty() {
            true if diff.is_empty() => self.line("no difference"),
            true => self.line("no file differs"),
            false => self.line(format!("names: {}", counts.join(", "))),
        }
    }
}
