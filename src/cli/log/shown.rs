use crate::{
    ima::{
        Label, hex,
        measurement::{Entry, Field, FileDigest, Form, ListError},
    },
    words::printable,
};
use serde_json::{Map, Value, json};
use std::io::{self, Write};

/// The rows of `log show`, written as they come.
#[derive(Debug)]
pub enum Table {
    /// For people.
    Text,
    /// For scripts: one object, an entry a line.
    Json {
        /// Entries written so far.
        entries: u64,
    },
}

/// Bytes of a buffer that are shown to people.
const SHOWN: usize = 64;

impl Table {
    /// Begins a table.
    pub fn text(out: &mut impl Write) -> io::Result<Self> {
        writeln!(
            out,
            "{:>6} {:>3} {:<9} {:<71} PATH  MORE",
            "ENTRY", "PCR", "TEMPLATE", "DIGEST"
        )?;
        Ok(Self::Text)
    }

    /// Begins the object.
    pub fn json(out: &mut impl Write, form: &Form) -> io::Result<Self> {
        let form = Value::from(form.to_string());
        write!(out, "{{\"format_version\":1,\"form\":{form},\"entries\":[")?;
        Ok(Self::Json { entries: 0 })
    }

    /// Writes a row.
    pub fn entry(&mut self, out: &mut impl Write, entry: &Entry<'_>) -> io::Result<()> {
        match self {
            Self::Text => {
                let path = printable(&String::from_utf8_lossy(entry.path())).replace(['\n', '\t'], "?");
                let more = more(entry).join(", ");
                let row = format!(
                    "{:>6} {:>3} {:<9} {:<71} {path}  {more}",
                    entry.number,
                    entry.pcr,
                    entry.layout.name(),
                    digest(entry),
                );
                writeln!(out, "{}", row.trim_end())
            }
            Self::Json { entries } => {
                let comma = if *entries == 0 { "\n" } else { ",\n" };
                *entries += 1;
                write!(out, "{comma}{}", object(entry))
            }
        }
    }

    /// Ends it; `fault` is what stopped the list.
    pub fn end(&self, out: &mut impl Write, fault: Option<&ListError>) -> io::Result<()> {
        match self {
            Self::Text => Ok(()),
            Self::Json { .. } => {
                let fault = fault.map_or(Value::Null, |fault| fault.to_string().into());
                writeln!(out, "\n],\"fault\":{fault}}}")
            }
        }
    }
}

fn digest(entry: &Entry<'_>) -> String {
    if entry.is_violation() {
        return "violation".to_owned();
    }
    entry
        .digest()
        .map_or_else(|| "-".to_owned(), |digest| digest.to_string())
}

/// The fields beyond digest and path that are not empty.
fn more(entry: &Entry<'_>) -> Vec<String> {
    entry
        .fields()
        .filter(|(_, data)| !data.is_empty())
        .filter_map(|(field, data)| match field {
            Field::Digest | Field::DigestNg | Field::DigestNgV2 | Field::Name | Field::NameNg => None,
            Field::Signature => Some(match Label::parse(data) {
                Ok(label) => label.to_string(),
                Err(_) => format!("sig {}", hex::encode(data)),
            }),
            Field::EvmSignature => Some(format!("EVM signature, {} bytes", data.len())),
            Field::Modsig => Some(format!("appended signature, {} bytes", data.len())),
            Field::Buffer => Some(buffer(data)),
            Field::DigestModsig => (FileDigest::named(data).ok()).map(|digest| format!("without it {digest}")),
            Field::InodeUid | Field::InodeGid => entry.number_in(data).map(|number| format!("{} {number}", field.id())),
            Field::InodeMode => entry.number_in(data).map(|mode| format!("{} {mode:06o}", field.id())),
            Field::XattrNames => Some(format!(
                "xattrs {}",
                printable(String::from_utf8_lossy(data).trim_end_matches('\0'))
            )),
            Field::XattrLengths | Field::XattrValues => Some(format!("{} {}", field.id(), hex::encode(data))),
        })
        .collect()
}

/// A command line or a version as text, keys and structures by their length.
fn buffer(data: &[u8]) -> String {
    match std::str::from_utf8(data) {
        Ok(text) if !text.chars().any(char::is_control) => format!("buf \"{}\"", printable(text)),
        _ if data.len() <= SHOWN => format!("buf {}", hex::encode(data)),
        _ => format!("buf of {} bytes", data.len()),
    }
}

/// An entry for scripts. A path that is no UTF-8 is there as bytes, too.
pub fn object(entry: &Entry<'_>) -> Value {
    let path = String::from_utf8_lossy(entry.path());
    let mut object = json!({
        "entry": entry.number,
        "pcr": entry.pcr,
        "template_hash": hex::encode(entry.template_hash),
        "template": entry.layout.name(),
        "violation": entry.is_violation(),
        "path": path,
        "digest": entry.digest().map(|digest| digest.to_string()),
    });
    if path.contains('\u{fffd}') {
        object["path_hex"] = hex::encode(entry.path()).into();
    }
    let fields: Map<String, Value> = entry
        .fields()
        .filter_map(|(field, data)| {
            let value = match field {
                Field::Digest | Field::DigestNg | Field::DigestNgV2 | Field::Name | Field::NameNg => return None,
                Field::InodeUid | Field::InodeGid | Field::InodeMode => entry.number_in(data).into(),
                Field::DigestModsig => FileDigest::named(data).ok().map(|digest| digest.to_string()).into(),
                Field::XattrNames => String::from_utf8_lossy(data).trim_end_matches('\0').into(),
                _ => hex::encode(data).into(),
            };
            Some((field.id().to_owned(), value))
        })
        .collect();
    if !fields.is_empty() {
        object["fields"] = fields.into();
    }
    object
}
