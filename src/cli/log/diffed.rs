//! A difference of lists, for people.

use crate::{
    ima::measurement::diff::{
        Changed, Content, Coverage, Diff, Explanation, MeasuredFile, Order, PackageManager, Parting, Relation, Restart,
        Seen, Snapshot, Start, Way,
    },
    words::{count, printable},
};
use std::{collections::BTreeMap, fmt::Write};

/// One of the two lists.
#[derive(Debug, Clone, Copy)]
pub struct Side<'a> {
    /// What it is called in sentences: `A`, or `the reference`.
    pub name: &'a str,
    /// Where it is from, and what it is.
    pub source: &'a str,
}

/// How much of each group a person is shown.
const SHOWN: usize = 200;

/// How many examples of one thing.
const EXAMPLES: usize = 3;

/// What the lists are, how they stand to each other, and the groups of differences, the most alarming first.
pub fn text(diff: &Diff<'_>, sides: [Side<'_>; 2], parting: Option<&Parting>) -> String {
    let mut text = Text {
        diff,
        names: sides.map(|side| side.name),
        out: String::new(),
    };
    text.head(sides);
    text.relation(parting);
    text.coverage();
    text.package_manager();
    text.out.push('\n');
    text.groups();
    text.summary();
    text.out
}

struct Text<'d, 'a> {
    diff: &'d Diff<'a>,
    names: [&'d str; 2],
    out: String,
}

impl<'d, 'a> Text<'d, 'a> {
    fn line(&mut self, line: impl AsRef<str>) {
        let _ = writeln!(self.out, "{}", line.as_ref());
    }

    fn head(&mut self, sides: [Side<'_>; 2]) {
        let lists = [self.diff.a, self.diff.b];
        for (side, list) in sides.iter().zip(lists) {
            let line = format!(
                "{}: {}; {}, {}, {}",
                side.name,
                name(side.source.as_bytes()),
                number(list.entries(), "entry"),
                count(list.files().len(), "name"),
                number(list.violation_count(), "violation"),
            );
            self.line(line);
        }
        self.out.push('\n');
    }

    fn relation(&mut self, parting: Option<&Parting>) {
        let [a, b] = self.names;
        match self.diff.relation {
            Relation::Same => self.line(format!("{a} and {b} have the same entries.")),
            Relation::Continued { added } => self.line(format!(
                "The same boot, as far as lists tell: {b} goes on where {a} ended, with {}.",
                number(added, "more entry")
            )),
            Relation::Shortened { missing } => self.line(format!(
                "{b} is the beginning of {a}, which has {}: {b} is the older of the two, or was cut off.",
                number(missing, "more entry")
            )),
            Relation::NewBoot(restart) => self.restart(restart),
            Relation::InDoubt(order) => self.doubt(order),
            Relation::Contradiction => self.line(format!(
                "WARNING: {a} and {b} are of one boot, and {b} does not go on where {a} ended.\n\
                 A list only grows while a host runs: one of the two was altered."
            )),
        }
        if let Some((before, after)) = self.diff.boot_aggregates() {
            self.line(format!("  - {before}\n  + {after}"));
        }
        if let Some(parting) = parting {
            self.parting(parting);
        }
    }

    fn restart(&mut self, restart: Restart) {
        let [a, b] = self.names;
        self.line(match restart {
            Restart::BootId => format!("A new boot: {b} has another boot id than {a}."),
            Restart::BootAggregate => format!(
                "A new boot: {b} has another boot_aggregate than {a}.\n\
                 Firmware, its settings, the boot loader or what it loaded was changed, or {b} is of another machine."
            ),
            Restart::Template => {
                let [before, after] = [self.diff.a, self.diff.b].map(written);
                format!(
                    "A new boot: boot_aggregate is written as {before} in {a}, and as {after} in {b}\n\
                     (ima_template=, ima_hash=, or the defaults of another kernel)."
                )
            }
            Restart::Kernel => format!("A new boot: another kernel ran in {b} than in {a}."),
        });
    }

    fn doubt(&mut self, Order { shared, kept }: Order) {
        let [a, b] = self.names;
        let aggregate = match (self.diff.a.boot_aggregate(), self.diff.b.boot_aggregate()) {
            (Some(content), Some(_)) if content.is_zero() => {
                "boot_aggregate is zeros in both (no TPM) and tells no boot from another"
            }
            (Some(_), Some(_)) => "the same boot_aggregate",
            _ => "not both begin with boot_aggregate",
        };
        self.line(format!(
            "In doubt: {aggregate}, but {b} does not go on where {a} ended.\n\
             Either the host was restarted, and nothing that boot_aggregate covers had changed, or one of the lists was \
             altered.\n\
             Of {} that both have, {kept} come in the same order: a restart seldom repeats the order, an alteration keeps \
             it.\n\
             Only a quote decides: imaform log verify.",
            count(shared, "content"),
        ));
    }

    fn parting(&mut self, parting: &Parting) {
        self.line(format!("They part at entry {}:", parting.entry));
        for (sign, side) in [('-', &parting.a), ('+', &parting.b)] {
            let said = match side {
                Some((path, Some(content))) => format!("{} {}", name(path), name(content.to_string().as_bytes())),
                Some((path, None)) => format!("{} violation", name(path)),
                None => "the list has ended".to_owned(),
            };
            self.line(format!("  {sign} {said}"));
        }
    }

    fn coverage(&mut self) {
        let [a, b] = self.names;
        let [before, after] = [self.diff.a, self.diff.b].map(|list| count(list.files().len(), "name"));
        let little = |few: &str| {
            format!("{few} is of a time when little was measured: before its policy, or early in its boot.")
        };
        let said = match self.diff.coverage {
            Coverage::Alike => return,
            Coverage::Begun => format!(
                "{a} holds nothing but boot_aggregate: IMA measured nothing yet. {b} has {after}: IMA measures now, and there \
                 is nothing to compare them with."
            ),
            Coverage::Ended => format!(
                "WARNING: {b} holds nothing but boot_aggregate: IMA measures nothing any more, or not yet. {a} has {before}."
            ),
            Coverage::Wider => format!("{a} has {before}, {b} {after}: {}", little(a)),
            Coverage::Narrower => format!("{a} has {before}, {b} {after}: {}", little(b)),
        };
        self.line(said);
    }

    fn package_manager(&mut self) {
        let manager = &self.diff.package_manager;
        if !manager.traces.is_empty() {
            let said = self.at_work(manager);
            self.line(said);
        } else if !self.diff.changed.is_empty() {
            let said = self.not_at_work(manager);
            self.line(said);
        }
        let kernels = [("New", &manager.new_kernels), ("Gone", &manager.gone_kernels)];
        for (what, kernels) in kernels.into_iter().filter(|(_, kernels)| !kernels.is_empty()) {
            let kernels = some(kernels.iter().map(|kernel| name(kernel)), "more");
            self.line(format!("{what} kernel: {kernels}."));
        }
    }

    fn at_work(&self, manager: &PackageManager<'_>) -> String {
        let [a, b] = self.names;
        let who: Vec<&str> = manager.managers.iter().copied().collect();
        let who = if who.is_empty() {
            "A package manager, it seems,".to_owned()
        } else {
            who.join(" and ")
        };
        let when = match manager.start {
            Some(Start::Entry(entry)) if entry > 0 => format!("from entry {entry} of {b} on"),
            _ => format!("between {a} and {b}"),
        };
        let traces = some(manager.traces.iter().map(|(path, _)| name(path)), "more traces");
        let mut said = format!("{who} was at work {when}: {traces}.");
        if !manager.packages.is_empty() {
            let packages = some_of(
                20,
                manager.packages.iter().map(|package| name(package.as_bytes())),
                "more",
            );
            let _ = write!(said, " Packages that the traces name: {packages}.");
        }
        said
    }

    fn not_at_work(&self, manager: &PackageManager<'_>) -> String {
        let [a, b] = self.names;
        let mut said = "No package manager was seen at work".to_owned();
        let ran: Vec<&str> = manager.managers.iter().copied().collect();
        if !ran.is_empty() {
            let _ = write!(
                said,
                ": {} ran, but nothing shows that it unpacked anything",
                ran.join(" and ")
            );
        }
        if manager.seen_before {
            let _ = write!(
                said,
                ". One was measured before {a} ended, and the kernel does not measure again what has not changed"
            );
        }
        if matches!(self.diff.relation, Relation::NewBoot(_) | Relation::InDoubt(_)) {
            let _ = write!(
                said,
                ". An upgrade before the boot of {b} left its traces in the list of the boot before"
            );
        }
        said.push('.');
        said
    }

    fn groups(&mut self) {
        let diff = self.diff;
        let manager = &diff.package_manager;
        let own = |path: &[u8]| manager.accounts_for(path);
        let [a, b] = self.names;
        let other: Vec<_> = diff.unexplained(Way::Other).collect();
        self.changed("Changed, and no package manager was seen at work before", other);
        let back: Vec<_> = diff.unexplained(Way::Back).collect();
        self.changed("An earlier content came back", back);
        self.violations();
        let explained = diff.explained().map(|(changed, _)| changed);
        let explained: Vec<_> = explained.filter(|changed| !own(changed.name)).collect();
        self.changed("Changed after a package manager was at work", explained);
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
        changed.sort_by_key(|changed| rank(changed.name));
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
        violations.sort_by_key(|more| (more.before, rank(more.name)));
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
        files.sort_by_key(|(path, _)| rank(path));
        let rows = files.iter().map(|(path, file)| {
            let contents = file.seen().len() as u64 + file.more();
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

    fn summary(&mut self) {
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

/// A name on one line.
fn name(path: &[u8]) -> String {
    printable(&String::from_utf8_lossy(path)).replace(['\n', '\t'], "?")
}

/// A content, and where it is in the list.
fn of(seen: &Seen, list: &str) -> String {
    match seen.entry {
        Some(entry) => format!(
            "{} (entry {entry} of {list})",
            name(seen.content.to_string().as_bytes())
        ),
        None => name(seen.content.to_string().as_bytes()),
    }
}

/// How the first entry is written.
fn written(list: &Snapshot) -> String {
    let scheme = list.boot_aggregate().map(Content::scheme);
    let text = format!(
        "{} with {}",
        list.template().unwrap_or_default(),
        scheme.unwrap_or_default()
    );
    name(text.as_bytes())
}

fn schemes(file: &MeasuredFile) -> String {
    let mut schemes: Vec<&str> = file.seen().iter().map(|seen| seen.content.scheme()).collect();
    schemes.sort_unstable();
    schemes.dedup();
    name(schemes.join(" and ").as_bytes())
}

fn number(number: u64, word: &str) -> String {
    match number {
        1 => format!("1 {word}"),
        _ => match word.strip_suffix('y') {
            Some(stem) => format!("{number} {stem}ies"),
            None => format!("{number} {word}s"),
        },
    }
}

fn some(names: impl ExactSizeIterator<Item = String>, more: &str) -> String {
    some_of(EXAMPLES, names, more)
}

/// The first of many, and how many there are.
fn some_of(most: usize, names: impl ExactSizeIterator<Item = String>, more: &str) -> String {
    let all = names.len();
    let first: Vec<String> = names.take(most).collect();
    let rest = match all.saturating_sub(most) {
        0 => String::new(),
        rest => format!(" and {rest} {more}"),
    };
    first.join(", ") + &rest
}

/// What changes by itself comes last: state, and what is made at run time.
fn rank(path: &[u8]) -> bool {
    ["/var/", "/run/", "/tmp/", "/home/", "/dev/", "/proc/", "/sys/"]
        .iter()
        .any(|directory| path.starts_with(directory.as_bytes()))
}
