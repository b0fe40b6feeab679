use super::lists::checked;
use crate::{
    config::{
        KeySource, Signing, names,
        node::{Place, Value},
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

/// A path, `{file: PATH}` or `{env: NAME}`.
fn key(field: Field, directory: &Path, problems: &mut Problems) -> Option<KeySource> {
    const HELP: &str = "write the path of a PEM file, or `{env: NAME}`; the key itself does not belong here";
    match &field.node.value {
        Value::Map(_) => {
            let section = Section::open(field.node, "`key`", field.key.place, &["file", "env"], problems)?;
            let source = section.one_of(&["file", "env"], problems)?;
            let value = source.string(problems)?;
            if source.key.name == "file" {
                return file(directory, value, source.node.place, problems);
            }
            problems
                .check(source.node.place, names::environment(value))
                .then(|| KeySource::Env(value.to_owned()))
        }
        Value::String(path) if !path.contains("PRIVATE KEY") => file(directory, path, field.node.place, problems),
        // Neither the value nor its line is shown: it may well be the key.
        _ => {
            problems.error_unseen(field.key.place, "`key` must say where the private key is", HELP);
            None
        }
    }
}

/// The same file whoever asks from where: plans and tables show it.
fn file(directory: &Path, path: &str, place: Place, problems: &mut Problems) -> Option<KeySource> {
    let path = local_path(directory, path, place, problems)?;
    Some(KeySource::File(std::path::absolute(&path).unwrap_or(path)))
}

/// A path, or the certificate itself as PEM.
fn certificate(field: Field, directory: &Path, problems: &mut Problems) -> Option<Certificate> {
    let text = field.string(problems)?;
    let read = if text.starts_with("-----BEGIN CERTIFICATE") {
        Certificate::parse(text.as_bytes()).map_err(|error| error.to_string())
    } else {
        let path = local_path(directory, text, field.node.place, problems)?;
        let bytes = std::fs::read(&path).map_err(|error| error.to_string());
        bytes
            .and_then(|bytes| Certificate::parse(&bytes).map_err(|error| error.to_string()))
            .map_err(|why| format!("{}: {why}", path.display()))
    };
    let read = read.map_err(|why| Complaint::new(format!("`certificate`: {why}")));
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
