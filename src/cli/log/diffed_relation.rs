//! Two lists and how they stand to each other, for scripts.

use super::{diffed::Side, diffed_json::Name};
use crate::ima::measurement::diff::{Content, Parting, Relation, Restart, Snapshot};
use serde::Serialize;

/// One of the two lists.
#[derive(Debug, Serialize)]
pub struct List<'a> {
    source: &'a str,
    entries: u64,
    names: usize,
    violations: u64,
    boot_aggregate: Option<String>,
    template: Option<&'a str>,
    boot_id: Option<&'a str>,
}

/// The key `relation`.
#[derive(Debug, Default, Serialize)]
pub struct Related<'a> {
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    added: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    missing: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    shared: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    same_order: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parting: Option<Parted<'a>>,
}

#[derive(Debug, Serialize)]
struct Parted<'a> {
    entry: u64,
    a: Option<PartedEntry<'a>>,
    b: Option<PartedEntry<'a>>,
}

#[derive(Debug, Serialize)]
struct PartedEntry<'a> {
    #[serde(flatten)]
    name: Name<'a>,
    /// Of a violation there is none.
    digest: Option<String>,
}

impl<'a> List<'a> {
    /// What `side` tells of, in figures.
    pub fn of(list: &'a Snapshot, side: Side<'a>) -> Self {
        Self {
            source: side.source,
            entries: list.entries(),
            names: list.files().len(),
            violations: list.violation_count(),
            boot_aggregate: list.boot_aggregate().map(Content::to_string),
            template: list.template(),
            boot_id: list.boot_id(),
        }
    }
}

impl<'a> Related<'a> {
    /// In which relation they are.
    pub fn of(relation: Relation, parting: Option<&'a Parting>) -> Self {
        let mut related = Self {
            parting: parting.map(Parted::of),
            ..Self::default()
        };
        related.kind = match relation {
            Relation::Same => "same",
            Relation::Continued { added } => {
                related.added = Some(added);
                "continued"
            }
            Relation::Shortened { missing } => {
                related.missing = Some(missing);
                "shortened"
            }
            Relation::NewBoot(restart) => {
                related.reason = Some(match restart {
                    Restart::BootId => "boot_id",
                    Restart::BootAggregate => "boot_aggregate",
                    Restart::Template => "template",
                    Restart::Kernel => "kernel",
                });
                "new_boot"
            }
            Relation::InDoubt(order) => {
                related.shared = Some(order.shared);
                related.same_order = Some(order.kept);
                "in_doubt"
            }
            Relation::Contradiction => "contradiction",
        };
        related
    }
}

impl<'a> Parted<'a> {
    fn of(parting: &'a Parting) -> Self {
        let side = |side: &'a Option<(Vec<u8>, Option<Content>)>| {
            side.as_ref().map(|(path, content)| PartedEntry {
                name: Name::of(path),
                digest: content.as_ref().map(Content::to_string),
            })
        };
        Self {
            entry: parting.entry,
            a: side(&parting.a),
            b: side(&parting.b),
        }
    }
}
