use super::lists::checked;
use crate::{
    config::{
        KeySource, Signing, names,
        node::Value,
        paths,
        problems::{Complaint, Problems},
        quote,
        section::{Field, Section},
        settings::local_path,
    },
    ima::Certificate,
};
use std::path::Path;

/// Reads `labels.signature:`.
pub(super) fn read(field: Field, directory: &Path, problems: &mut Problems) -> Option<Signing> {
    let what = "`labels.signature`";
    let section = Section::open(
        field.node,
        what,
        field.key.place,
        &["key", "certificate", "paths"],
        problems,
    )?;
    let key = section
        .require("key", problems)
        .and_then(|field| key(field, directory, problems));
    let certificate = section
        .require("certificate", problems)
        .and_then(|field| certificate(field, directory, problems));
    let paths = section.require("paths", problems).map(|field| {
        if matches!(&field.node.value, Value::List(items) if items.is_empty()) {
            problems.error(field.node.place, "`paths`: the list is empty");
        }
        checked(field, signed_path, problems)
    });
    Some(Signing {
        key: key?,
        certificate: certificate?,
        paths: paths?,
    })
}

/// A path, or `{env: NAME}`.
fn key(field: Field, directory: &Path, problems: &mut Problems) -> Option<KeySource> {
    const HELP: &str = "write the path of a PEM file, or `{env: NAME}`; the key itself does not belong here";
    match &field.node.value {
        Value::Map(_) => {
            let section = Section::open(field.node, "`key`", field.key.place, &["env"], problems)?;
            let source = section.require("env", problems)?;
            let name = source.string(problems)?;
            problems
                .check(source.node.place, names::environment(name))
                .then(|| KeySource::Env(name.to_owned()))
        }
        Value::String(path) if !path.contains("PRIVATE KEY") => {
            local_path(directory, path, field.node.place, problems).map(KeySource::File)
        }
        // Neither the value nor its line is shown: it may well be the key.
        _ => {
            problems.error_unseen(field.key.place, "`key` must say where the private key is", HELP);
            None
        }
    }
}

fn certificate(field: Field, directory: &Path, problems: &mut Problems) -> Option<Certificate> {
    let path = local_path(directory, field.string(problems)?, field.node.place, problems)?;
    let complaint = |why: String| Complaint::new(format!("`certificate`: {}: {why}", path.display()));
    let read = std::fs::read(&path)
        .map_err(|error| complaint(error.to_string()))
        .and_then(|bytes| Certificate::parse(&bytes).map_err(|error| complaint(error.to_string())));
    match read {
        Ok(certificate) => Some(certificate),
        Err(complaint) => {
            problems.check(field.node.place, Err(complaint));
            None
        }
    }
}

fn signed_path(path: &str) -> Result<(), Complaint> {
    paths::remote(path)?;
    if path.contains(['*', '?', '[', '\\']) {
        return Err(Complaint::new(format!("{} holds a wildcard", quote(path)))
            .with_help("name directories or files; `labels.exclude` takes wildcards, and holds for these paths, too"));
    }
    Ok(())
}
