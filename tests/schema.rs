//! The schemas that editors use against the reader: both must know the same keys and words, and judge alike.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "schema/documents.rs"]
mod documents;
#[path = "schema/mutations.rs"]
mod mutations;
#[path = "schema/reader.rs"]
mod reader;
#[path = "schema/shape.rs"]
mod shape;
#[path = "schema/verdicts.rs"]
mod verdicts;

use documents::{INVENTORIES, PLAYBOOKS};
use imaform::config::Diagnostic;
use jsonschema::Validator;
use reader::{Kind, Reader, document};
use serde_json::Value;
use shape::{Shape, all_sections};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::Command,
};

const BOTH: [(Kind, &str, &[&str]); 2] = [
    (Kind::Inventory, "inventory", &INVENTORIES),
    (Kind::Playbook, "playbook", &PLAYBOOKS),
];

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn validator(kind: Kind) -> Validator {
    jsonschema::draft202012::new(&kind.schema()).unwrap()
}

/// `UPDATE_GOLDEN=1` writes the files anew.
#[test]
fn the_files_are_what_the_command_prints() {
    for name in ["inventory", "playbook", "plan"] {
        let path = repository().join(format!("docs/schema/{name}.json"));
        let imaform = Command::new(env!("CARGO_BIN_EXE_imaform"))
            .args(["schema", name])
            .output()
            .unwrap();
        assert!(imaform.status.success(), "{imaform:?}");
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            fs::write(&path, &imaform.stdout).unwrap();
        }
        let same = fs::read(&path).unwrap() == imaform.stdout;
        assert!(
            same,
            "{} is not what `imaform schema {name}` prints: UPDATE_GOLDEN=1 takes it over",
            path.display()
        );
    }
}

#[test]
fn every_example_is_valid_and_names_its_schema() {
    for (kind, directory) in [(Kind::Inventory, "inventory"), (Kind::Playbook, "playbooks")] {
        let validator = validator(kind);
        let files = fs::read_dir(repository().join(directory)).unwrap();
        // The lab writes its own inventory, which nobody edits.
        let files = files
            .map(|file| file.unwrap().path())
            .filter(|path| !path.ends_with("lab.yml"));
        let files: Vec<PathBuf> = files.collect();
        assert!(!files.is_empty());
        for path in files {
            let errors: Vec<String> = validator
                .iter_errors(&reader::read(&path))
                .map(|error| error.to_string())
                .collect();
            assert!(errors.is_empty(), "{}: {errors:?}", path.display());
            let text = fs::read_to_string(&path).unwrap();
            let schema = text
                .lines()
                .next()
                .and_then(|line| line.strip_prefix("# yaml-language-server: $schema="));
            let schema = path
                .parent()
                .unwrap()
                .join(schema.unwrap_or_else(|| panic!("{} has no modeline", path.display())));
            assert_eq!(
                serde_json::from_slice::<Value>(&fs::read(schema).unwrap()).unwrap(),
                kind.schema()
            );
        }
    }
}

#[test]
fn both_know_the_same_keys() {
    const UNKNOWN: &str = "zzzzzzzzzzzzzzzzzzzz";
    let reader = Reader::new();
    for (kind, name, documents) in BOTH {
        let (schema, validator) = (kind.schema(), validator(kind));
        let mut used: BTreeMap<*const Value, BTreeSet<String>> = BTreeMap::new();
        for text in documents {
            let document = document(text);
            for (at, shape) in Shape::of(&schema).places(&document) {
                let Some(Value::Object(entries)) = document.pointer(&at) else {
                    continue;
                };
                for section in shape.sections() {
                    used.entry(section).or_default().extend(entries.keys().cloned());
                }
                if shape.sections().is_empty() {
                    continue;
                }
                let mut changed = document.clone();
                changed.pointer_mut(&at).unwrap()[UNKNOWN] = Value::Null;
                assert!(!validator.is_valid(&changed), "{name} {at}: the schema takes any key");
                let told = reader.errors(kind, &changed);
                let told = told.iter().find(|error| error.message.contains(UNKNOWN));
                let told = told.unwrap_or_else(|| panic!("{name} {at}: the reader takes any key"));
                assert_eq!(listed(told), Some(shape.keys()), "{name} {at}");
            }
        }
        for section in all_sections(&schema) {
            let keys: BTreeSet<String> = section["properties"].as_object().unwrap().keys().cloned().collect();
            let used = used.get(&std::ptr::from_ref(section)).cloned().unwrap_or_default();
            let unused: Vec<_> = keys.difference(&used).collect();
            assert!(unused.is_empty(), "no {name} of this test has {unused:?} in {section}");
        }
    }
}

#[test]
fn both_know_the_same_words() {
    const WRONG: &str = "zzzzzzzzzzzzzzzzzzzz";
    let reader = Reader::new();
    let mut unlisted = BTreeSet::new();
    for (kind, name, documents) in BOTH {
        let schema = kind.schema();
        for document in documents.iter().map(|text| document(text)) {
            for (at, shape) in Shape::of(&schema).places(&document) {
                let Some(Value::String(_)) = document.pointer(&at).filter(|_| !shape.words().is_empty()) else {
                    continue;
                };
                let mut changed = document.clone();
                *changed.pointer_mut(&at).unwrap() = WRONG.into();
                let told = reader.errors(kind, &changed);
                match told.iter().find_map(listed) {
                    Some(words) => assert_eq!(words, shape.words(), "{name} {at}"),
                    None => {
                        let told = told.iter().map(ToString::to_string).collect::<String>();
                        let missing: Vec<_> = shape.words().into_iter().filter(|word| !told.contains(word)).collect();
                        assert!(missing.is_empty(), "{name} {at}: {missing:?} in {told}");
                        unlisted.insert(
                            at.rsplit('/')
                                .find(|part| part.parse::<usize>().is_err())
                                .unwrap()
                                .to_owned(),
                        );
                    }
                }
            }
        }
    }
    // These errors tell in words of their own what is right.
    assert_eq!(
        unlisted,
        ["become_password", "days", "hooks", "owner"].map(String::from).into()
    );
}

/// The names that an error says to be right.
fn listed(error: &Diagnostic) -> Option<BTreeSet<String>> {
    let help = error.help.as_deref().unwrap_or_default();
    let (_, list) = help.split_once("valid here: ")?;
    Some(list.split(", ").map(|name| name.trim_matches('`').to_owned()).collect())
}
