//! A difference of lists, for people.

use super::diffed_words::{name, number, some, some_of, written};
use crate::{
    ima::measurement::diff::{Coverage, Diff, Order, PackageManager, Parting, Relation, Restart, Start},
    words::count,
};
use std::{collections::BTreeSet, fmt::Write};

/// One of the two lists.
#[derive(Debug, Clone, Copy)]
pub struct Side<'a> {
    /// What it is called in sentences: `A`, or `the reference`.
    pub name: &'a str,
    /// Where it is from, and what it is.
    pub source: &'a str,
}

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

/// The text while it is written.
pub(super) struct Text<'d, 'a> {
    pub(super) diff: &'d Diff<'a>,
    /// What A and B are called.
    pub(super) names: [&'d str; 2],
    pub(super) out: String,
}

impl Text<'_, '_> {
    pub(super) fn line(&mut self, line: impl AsRef<str>) {
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
            count(shared, "measurement"),
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
            self.at_work(manager);
        }
        if let Some(entry) = manager.earlier {
            let a = self.names[0];
            self.line(format!(
                "A package manager was at work in {a}, up to entry {entry}: what {a} had measured before may be of the time before it."
            ));
        }
        let mut unexplained = self.diff.changed.iter().filter(|changed| changed.explanation.is_none());
        if unexplained.next().is_some() {
            self.may_be_missing(manager);
        }
        let kernels = [("New", &manager.new_kernels), ("Gone", &manager.gone_kernels)];
        for (what, kernels) in kernels.into_iter().filter(|(_, kernels)| !kernels.is_empty()) {
            let kernels = some(kernels.iter().map(|kernel| name(kernel)), "more");
            self.line(format!("{what} kernel: {kernels}."));
        }
    }

    fn at_work(&mut self, manager: &PackageManager<'_>) {
        let [a, b] = self.names;
        let who = match manager.managers.is_empty() {
            true => "A package manager, it seems,".to_owned(),
            false => joined(&manager.managers),
        };
        let when = match manager.start {
            Some(Start::Entry(entry)) if entry > 0 => format!("from entry {entry} of {b} on"),
            _ => format!("between {a} and {b}"),
        };
        let traces = some(manager.traces.iter().map(|(path, _)| name(path)), "more traces");
        self.line(format!("{who} was at work {when}: {traces}."));
        if !manager.packages.is_empty() {
            let packages = manager.packages.iter().map(|package| name(package.as_bytes()));
            let packages = some_of(20, packages, "more");
            self.line(format!("Packages that the traces name: {packages}."));
        }
    }

    /// Why a package manager may have been at work unseen.
    fn may_be_missing(&mut self, manager: &PackageManager<'_>) {
        let [a, b] = self.names;
        if !manager.asked.is_empty() {
            let who = joined(&manager.asked);
            self.line(format!("{who} ran, but nothing shows that it unpacked anything."));
        }
        if manager.seen_before && manager.traces.is_empty() {
            self.line(format!(
                "A package manager was measured before {a} ended, and the kernel does not measure again what has not changed."
            ));
        }
        if matches!(self.diff.relation, Relation::NewBoot(_) | Relation::InDoubt(_)) {
            self.line(format!(
                "An upgrade after {a} was taken, and before the boot of {b}, left its traces in neither list."
            ));
        }
    }
}

fn joined(managers: &BTreeSet<&str>) -> String {
    managers.iter().copied().collect::<Vec<_>>().join(" and ")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::ima::measurement::{List, diff::Snapshot};

    /// A list of ima-ng with these contents of `/a`, kept in a file in the boot `boot` and read back.
    fn kept(contents: &str, boot: &str, mark: Option<u64>) -> Snapshot {
        let line = |name: &str, byte: char| {
            let digest = byte.to_string().repeat(64);
            format!("10 {} ima-ng sha256:{digest} {name}\n", "1".repeat(40))
        };
        let files = contents.chars().map(|byte| line("/a", byte));
        let text: String = [line("boot_aggregate", '1')].into_iter().chain(files).collect();
        let list = &mut List::open(text.as_bytes()).unwrap();
        Snapshot::read(list, mark).unwrap().of_boot(boot.to_owned())
    }

    fn against_reference(reference: &Snapshot, today: &Snapshot) -> String {
        let sides = [("the reference", "web-1.json"), ("the list", "web-1")];
        let sides = sides.map(|(name, source)| Side { name, source });
        text(&Diff::between(reference, today), sides, None)
    }

    #[test]
    fn a_reference_of_the_same_boot_that_today_does_not_go_on_from() {
        let reference = serde_json::to_string(&kept("234", "x", None)).unwrap();
        let reference = serde_json::from_str(&reference).unwrap();
        let said = against_reference(&reference, &kept("2456", "x", Some(4)));
        let digest = |byte: &str| byte.repeat(64);
        assert_eq!(
            said,
            format!(
                "the reference: web-1.json; 4 entries, 1 name, 0 violations\n\
                 the list: web-1; 5 entries, 1 name, 0 violations\n\n\
                 WARNING: the reference and the list are of one boot, and the list does not go on where the reference ended.\n\
                 A list only grows while a host runs: one of the two was altered.\n\
                 \n\
                 Changed, and no package manager was seen at work before (1):\n  \
                   /a\n    \
                     - sha256:{}\n    \
                     + sha256:{} (entry 4 of the list)\n    \
                     + sha256:{} (entry 5 of the list)\n\n\
                 names: 1 changed without a package manager\n",
                digest("4"),
                digest("5"),
                digest("6"),
            )
        );
    }

    #[test]
    fn another_boot_with_the_same_contents_is_no_difference() {
        let said = against_reference(&kept("23", "x", None), &kept("23", "y", Some(3)));
        assert!(
            said.contains("\nA new boot: the list has another boot id than the reference.\n"),
            "{said}"
        );
        assert!(said.ends_with("\n\nno difference\n"), "{said}");
    }
}
