use crate::{
    cli::labels::compare::Compared,
    ima::{Appraisal, HashAlgorithm, hex},
    resource::{FaultyFile, HostPath, LabelAudit, LabelFault, Signed, Signer},
};
use serde_json::{Value, json};
use std::{collections::BTreeMap, fmt::Display};

/// Names of one kind that a person is shown.
const SHOWN: usize = 20;

/// Kinds of files whose label does not hold: the key in JSON, and how a person is told.
const KINDS: [(Kind, &str, &str); 5] = [
    (Kind::Stale, "stale", "stale: changed where the kernel did not see it"),
    (Kind::Unlabelled, "unlabelled", "without a label"),
    (Kind::Invalid, "invalid", "with a label that is none"),
    (Kind::Unreadable, "unreadable", "that could not be read"),
    (
        Kind::BeingWritten,
        "being_written",
        "being written: the kernel labels them when they are closed",
    ),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Stale,
    Unlabelled,
    Invalid,
    Unreadable,
    BeingWritten,
}

impl Kind {
    fn of(file: &FaultyFile) -> Self {
        match &file.fault {
            _ if file.writer.is_some() => Self::BeingWritten,
            LabelFault::Stale | LabelFault::Refused => Self::Stale,
            LabelFault::Unlabelled => Self::Unlabelled,
            LabelFault::Invalid(_) => Self::Invalid,
            LabelFault::Unreadable(_) => Self::Unreadable,
        }
    }
}

/// For people, below the other lines of a host.
pub fn lines(compared: &Compared, mode: Appraisal) -> Vec<String> {
    match compared {
        Compared::NothingInScope => {
            vec!["  labels: nothing to compare, the playbook has no `labels:`".to_owned()]
        }
        Compared::Failed(error) => vec![format!(
            "  labels: not compared: {}",
            error.to_string().replace('\n', "\n    ")
        )],
        Compared::Done { scope, audit } => audit_lines(scope, audit, mode),
    }
}

fn audit_lines(scope: &str, audit: &LabelAudit, mode: Appraisal) -> Vec<String> {
    let width = audit.in_scope().to_string().len();
    let indent = width + "       ".len();
    let line = |count: u64, words: &str| format!("    {count:>width$} {words}");
    let mut lines = vec![format!("  labels: {} files in scope: {scope}", audit.in_scope())];
    let counts = |counts: &BTreeMap<HashAlgorithm, u64>| {
        let words = counts.iter().map(|(algorithm, count)| format!("{count} {algorithm}"));
        words.collect::<Vec<_>>().join(", ")
    };
    match sum(&audit.fits) {
        0 => lines.push(line(0, "fit their label")),
        all => lines.push(line(all, &format!("fit their label: {}", counts(&audit.fits)))),
    }
    if !audit.signed.is_empty() {
        lines.push(line(
            sum(&audit.signed),
            &format!(
                "signed, not checked here (that takes the certificate): {}",
                signers(audit)
            ),
        ));
    }
    if !audit.unchecked.is_empty() {
        lines.push(line(
            sum(&audit.unchecked),
            &format!(
                "not checked, the host has no program for it: {}",
                counts(&audit.unchecked)
            ),
        ));
    }
    for (kind, _, words) in KINDS {
        let files: Vec<&FaultyFile> = of_kind(audit, kind).collect();
        if !files.is_empty() {
            lines.push(line(files.len() as u64, words));
            lines.extend(named(indent, files.into_iter().map(|file| file_words(file, kind))));
        }
    }
    if !audit.settled.is_empty() {
        // Opening a file to read it is what labels it there.
        let why = if mode == Appraisal::Fix {
            "did not fit until they were read for this: in fix mode the kernel labels what is opened"
        } else {
            "changed while they were looked at, and fit now"
        };
        lines.push(line(audit.settled.len() as u64, why));
        lines.extend(named(indent, audit.settled.iter()));
    }
    lines
}

fn signers(audit: &LabelAudit) -> String {
    let words = |(signer, count): (&Signer, &u64)| {
        let of = match signer.signed {
            Signed::Content => "",
            Signed::Verity => " of the fs-verity digest",
        };
        format!("{count} by key {:08x} ({}{of})", signer.key_id, signer.algorithm)
    };
    audit.signed.iter().map(words).collect::<Vec<_>>().join(", ")
}

fn file_words(file: &FaultyFile, kind: Kind) -> String {
    let held = file
        .writer
        .as_ref()
        .map(|writer| format!("held open for writing by {writer}"));
    let reason = held.or_else(|| reason(&file.fault));
    let fault = match file.fault {
        LabelFault::Unlabelled if kind == Kind::BeingWritten => "no label, ",
        LabelFault::Stale | LabelFault::Refused if kind == Kind::BeingWritten => "stale, ",
        _ => "",
    };
    match reason {
        Some(reason) => format!("{}: {fault}{reason}", file.path),
        None => file.path.to_string(),
    }
}

fn reason(fault: &LabelFault) -> Option<String> {
    match fault {
        LabelFault::Stale | LabelFault::Unlabelled => None,
        LabelFault::Refused | LabelFault::Invalid(_) | LabelFault::Unreadable(_) => Some(fault.to_string()),
    }
}

fn named(indent: usize, names: impl ExactSizeIterator<Item = impl Display>) -> impl Iterator<Item = String> {
    let rest = names.len().saturating_sub(SHOWN);
    let more = (rest > 0).then(|| format!("… and {rest} more: --format json names them all"));
    let lines = names.take(SHOWN).map(|name| name.to_string()).chain(more);
    lines.map(move |line| format!("{:indent$}{line}", ""))
}

/// For scripts.
pub fn object(compared: &Compared) -> Value {
    let audit = match compared {
        Compared::NothingInScope => return Value::Null,
        Compared::Failed(error) => return json!({ "error": error.to_string() }),
        Compared::Done { audit, .. } => audit,
    };
    let counts = |counts: &BTreeMap<HashAlgorithm, u64>| -> Value {
        counts
            .iter()
            .map(|(name, count)| (name.to_string(), Value::from(*count)))
            .collect()
    };
    let signers: Vec<Value> = audit
        .signed
        .iter()
        .map(|(signer, count)| signer_object(signer, *count))
        .collect();
    let mut object = json!({
        "in_scope": audit.in_scope(),
        "labelled": audit.labelled(),
        "holds": audit.holds(),
        "fits": counts(&audit.fits),
        "signed_not_checked": signers,
        "algorithm_not_checked": counts(&audit.unchecked),
        "settled": audit.settled.iter().map(path_object).collect::<Vec<_>>(),
    });
    for (kind, key, _) in KINDS {
        object[key] = of_kind(audit, kind).map(file_object).collect::<Vec<_>>().into();
    }
    object
}

fn signer_object(signer: &Signer, count: u64) -> Value {
    json!({
        "files": count,
        "key_id": format!("{:08x}", signer.key_id),
        "algorithm": signer.algorithm,
        "signed": match signer.signed { Signed::Content => "content", Signed::Verity => "fs-verity digest" },
    })
}

fn file_object(file: &FaultyFile) -> Value {
    let mut object = path_object(&file.path);
    if let Some(reason) = reason(&file.fault) {
        object["reason"] = reason.into();
    }
    if let Some(writer) = &file.writer {
        object["held_by"] = json!({ "pid": writer.pid, "command": writer.command });
        object["label"] = match file.fault {
            LabelFault::Unlabelled => "missing",
            _ => "stale",
        }
        .into();
    }
    object
}

/// A path that is no UTF-8 is there as bytes, too.
fn path_object(path: &HostPath) -> Value {
    match std::str::from_utf8(path.bytes()) {
        Ok(text) => json!({ "path": text }),
        Err(_) => json!({ "path": String::from_utf8_lossy(path.bytes()), "path_hex": hex::encode(path.bytes()) }),
    }
}

fn of_kind(audit: &LabelAudit, kind: Kind) -> impl Iterator<Item = &FaultyFile> {
    audit.faulty.iter().filter(move |file| Kind::of(file) == kind)
}

fn sum<K>(counts: &BTreeMap<K, u64>) -> u64 {
    counts.values().fold(0, |all: u64, some| all.saturating_add(*some))
}
