//! A difference of lists, for scripts. The keys are explained in the help of `log diff`.

use super::{
    diffed::Side,
    diffed_relation::{List, Related},
};
use crate::ima::{
    hex,
    measurement::diff::{Coverage, Diff, Explanation, MeasuredFile, Parting, Seen, Start, Way},
};
use serde::Serialize;
use std::borrow::Cow;

/// Everything that there is to say.
#[derive(Debug, Serialize)]
pub struct Object<'a> {
    format_version: u32,
    a: List<'a>,
    b: List<'a>,
    relation: Related<'a>,
    coverage: &'static str,
    differs: bool,
    package_manager: Manager<'a>,
    changed: Vec<Change<'a>>,
    violations: Vec<Violations<'a>>,
    new: Vec<File<'a>>,
    gone: Vec<File<'a>>,
    incomparable: Vec<Incomparable<'a>>,
}

/// A name; one that is no UTF-8 is there as bytes, too.
#[derive(Debug, Serialize)]
pub struct Name<'a> {
    path: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    path_hex: Option<String>,
}

#[derive(Debug, Serialize)]
struct Manager<'a> {
    at_work: bool,
    from_entry: Option<u64>,
    in_a_until_entry: Option<u64>,
    managers: Vec<&'static str>,
    asked: Vec<&'static str>,
    traces: Vec<TraceOf<'a>>,
    packages: Vec<&'a str>,
    new_kernels: Vec<Cow<'a, str>>,
    gone_kernels: Vec<Cow<'a, str>>,
}

#[derive(Debug, Serialize)]
struct TraceOf<'a> {
    #[serde(flatten)]
    name: Name<'a>,
    entry: Option<u64>,
}

#[derive(Debug, Serialize)]
struct Change<'a> {
    #[serde(flatten)]
    name: Name<'a>,
    way: &'static str,
    old: Vec<Said>,
    new: Vec<Said>,
    package_manager: Option<&'static str>,
}

#[derive(Debug, Serialize)]
struct Said {
    digest: String,
    entry: Option<u64>,
}

#[derive(Debug, Serialize)]
struct Violations<'a> {
    #[serde(flatten)]
    name: Name<'a>,
    a: u64,
    b: u64,
    last_entry: Option<u64>,
}

#[derive(Debug, Serialize)]
struct File<'a> {
    #[serde(flatten)]
    name: Name<'a>,
    contents: Vec<Said>,
    more: u64,
}

#[derive(Debug, Serialize)]
struct Incomparable<'a> {
    #[serde(flatten)]
    name: Name<'a>,
    a: Vec<Said>,
    b: Vec<Said>,
}

impl<'a> Object<'a> {
    /// The difference of the lists that `sides` tells of.
    pub fn of(diff: &'a Diff<'a>, sides: [Side<'a>; 2], parting: Option<&'a Parting>) -> Self {
        let [a, b] = sides;
        let changed = diff.changed.iter().map(|changed| Change {
            name: Name::of(changed.name),
            way: match changed.way {
                Way::Other => "other",
                Way::Back => "back",
                Way::OtherStage => "other_stage",
            },
            old: changed.old_contents().map(Said::from).collect(),
            new: changed.new_contents().map(Said::from).collect(),
            package_manager: changed.explanation.map(|explanation| match explanation {
                Explanation::Unpacked => "unpacked",
                Explanation::PackageManager => "at_work",
            }),
        });
        let violations = diff.violations.iter().map(|more| Violations {
            name: Name::of(more.name),
            a: more.before,
            b: more.after.count,
            last_entry: more.after.last,
        });
        let incomparable = diff.incomparable.iter().map(|(path, before, after)| Incomparable {
            name: Name::of(path),
            a: said(before),
            b: said(after),
        });
        Self {
            format_version: 1,
            a: List::of(diff.a, a),
            b: List::of(diff.b, b),
            relation: Related::of(diff.relation, parting),
            coverage: match diff.coverage {
                Coverage::Alike => "alike",
                Coverage::Begun => "begun",
                Coverage::Ended => "ended",
                Coverage::Wider => "wider",
                Coverage::Narrower => "narrower",
            },
            differs: !diff.is_empty(),
            package_manager: Manager::of(diff),
            changed: changed.collect(),
            violations: violations.collect(),
            new: files(&diff.new),
            gone: files(&diff.gone),
            incomparable: incomparable.collect(),
        }
    }
}

impl<'a> Name<'a> {
    /// The name in bytes.
    pub fn of(path: &'a [u8]) -> Self {
        let text = String::from_utf8_lossy(path);
        Self {
            path_hex: text.contains('\u{fffd}').then(|| hex::encode(path)),
            path: text,
        }
    }
}

impl<'a> Manager<'a> {
    fn of(diff: &'a Diff<'a>) -> Self {
        let manager = &diff.package_manager;
        let traces = manager.traces.iter().map(|(path, entry)| TraceOf {
            name: Name::of(path),
            entry: *entry,
        });
        Self {
            at_work: manager.start.is_some(),
            from_entry: match manager.start {
                Some(Start::Entry(entry)) => Some(entry),
                _ => None,
            },
            in_a_until_entry: manager.earlier,
            managers: manager.managers.iter().copied().collect(),
            asked: manager.asked.iter().copied().collect(),
            traces: traces.collect(),
            packages: manager.packages.iter().map(String::as_str).collect(),
            new_kernels: manager
                .new_kernels
                .iter()
                .map(|kernel| String::from_utf8_lossy(kernel))
                .collect(),
            gone_kernels: manager
                .gone_kernels
                .iter()
                .map(|kernel| String::from_utf8_lossy(kernel))
                .collect(),
        }
    }
}

impl From<&Seen> for Said {
    fn from(seen: &Seen) -> Self {
        Self {
            digest: seen.content.to_string(),
            entry: seen.entry,
        }
    }
}

fn said(file: &MeasuredFile) -> Vec<Said> {
    file.seen().iter().map(Said::from).collect()
}

fn files<'a>(files: &[(&'a [u8], &'a MeasuredFile)]) -> Vec<File<'a>> {
    let file = |(path, file): &(&'a [u8], &'a MeasuredFile)| File {
        name: Name::of(path),
        contents: said(file),
        more: file.more(),
    };
    files.iter().map(file).collect()
}
