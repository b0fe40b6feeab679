//! Documents with one thing changed, before the reader and the schema.

use super::{
    documents::{INVENTORIES, PLAYBOOKS},
    mutations::{Mutation, Mutations},
    reader::{Kind, Reader, document},
    shape::Shape,
    validator,
};
use imaform::config::Diagnostic;
use std::collections::BTreeSet;

/// What only the reader of an inventory can know: parts of its messages.
const INVENTORY_ALONE: [&str; 15] = [
    // Files and time zones.
    "does not exist",
    "is no file",
    "cannot read the file",
    "is no time zone",
    // Names, with ranges spread.
    "is given twice",
    "gives one `address` to all its hosts",
    "gives one `node` to all its hosts",
    "the inventory has no host",
    "the node name",
    "are the same",
    // What one place says of another.
    "has no `playbook`",
    "has no `kubernetes`",
    "does not say which cluster",
    "has no meaning with",
    "the path",
];

/// What only the reader of a playbook can know.
const PLAYBOOK_ALONE: [&str; 10] = [
    // Files.
    "does not exist",
    "cannot read the template",
    "`certificate`: /",
    // What templates and the kernel make of it.
    "rendered `policy`",
    "holds no rule",
    "becomes more than one line",
    // What one place says of another.
    "needs `labels`",
    "needs the built-in policy",
    "does not work with",
    "cannot be labelled",
];

#[test]
fn both_judge_inventories_alike() {
    judge_alike(Kind::Inventory, &INVENTORIES, &INVENTORY_ALONE);
}

#[test]
fn both_judge_playbooks_alike() {
    judge_alike(Kind::Playbook, &PLAYBOOKS, &PLAYBOOK_ALONE);
}

/// What the reader takes, the schema takes, and what the reader refuses, the schema
/// refuses, but for `alone`.
fn judge_alike(kind: Kind, documents: &[&str], alone: &[&'static str]) {
    let (reader, schema, validator) = (Reader::new(), kind.schema(), validator(kind));
    let mut mutations = Mutations::default();
    let mut needed = BTreeSet::new();
    let mut wrong = Vec::new();
    for document in documents.iter().map(|text| document(text)) {
        let told = reader.errors(kind, &document);
        assert!(told.is_empty(), "{told:?}");
        for Mutation { what, document } in mutations.of(&document, &Shape::of(&schema)) {
            let told = reader.errors(kind, &document);
            match (told.as_slice(), validator.is_valid(&document)) {
                ([], false) => wrong.push(format!("{what}: only the schema refuses")),
                ([_, ..], true) => {
                    for Diagnostic { message, .. } in &told {
                        match alone.iter().find(|part| message.contains(**part)) {
                            Some(part) => _ = needed.insert(*part),
                            None => wrong.push(format!("{what}: only the reader refuses: {message}")),
                        }
                    }
                }
                _ => {}
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(
        needed,
        alone.iter().copied().collect(),
        "an exception that excepts nothing"
    );
}
