//! A snapshot in a file.

use super::{
    Content, Seen, Snapshot, Stage,
    snapshot::{MeasuredFile, Violated},
};
use crate::ima::hex;
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error, MapAccess, Visitor},
    ser::SerializeStruct,
};
use std::{borrow::Cow, collections::BTreeMap, fmt, marker::PhantomData};

/// The form of the file; another one is refused.
const FORMAT_VERSION: u32 = 1;

/// Stands before a content that was measured in the initramfs.
const INITRAMFS: &str = "initramfs:";

/// Stands before a name that is no UTF-8, in hexadecimal digits then.
const HEX: &str = "hex:";

impl Serialize for Snapshot {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut stored = serializer.serialize_struct("Snapshot", 8)?;
        stored.serialize_field("format_version", &FORMAT_VERSION)?;
        stored.serialize_field("boot_id", &self.boot_id)?;
        stored.serialize_field("boot_aggregate", &self.boot_aggregate.as_ref().map(ToString::to_string))?;
        stored.serialize_field("template", &self.template)?;
        stored.serialize_field("entries", &self.entries)?;
        stored.serialize_field("history", &hex::encode(&self.history))?;
        stored.serialize_field("files", &Map(&self.files, contents))?;
        stored.serialize_field("violations", &Map(&self.violations, |violated| violated.count))?;
        stored.end()
    }
}

/// Names with what is written of each.
struct Map<'a, V, W>(&'a BTreeMap<Vec<u8>, V>, fn(&V) -> W);

impl<V, W: Serialize> Serialize for Map<'_, V, W> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (written(name), self.1(value))))
    }
}

/// The contents with blanks between them, so that a name takes a line; `+3` where some were not kept.
fn contents(file: &MeasuredFile) -> String {
    let word = |seen: &Seen| match seen.stage {
        Stage::Initramfs => format!("{INITRAMFS}{}", seen.content),
        Stage::Host => seen.content.to_string(),
    };
    let mut words: Vec<String> = file.seen.iter().map(word).collect();
    if file.more > 0 {
        words.push(format!("+{}", file.more));
    }
    words.join(" ")
}

fn written(name: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(name) {
        Ok(text) if !text.starts_with(HEX) => text.into(),
        _ => format!("{HEX}{}", hex::encode(name)).into(),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    #[serde(rename = "format_version")]
    _format_version: Known,
    boot_id: Option<String>,
    boot_aggregate: Option<String>,
    template: Option<String>,
    entries: u64,
    history: String,
    files: Names<String>,
    violations: Names<u64>,
}

/// The version that this is.
struct Known;

impl<'de> Deserialize<'de> for Known {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match u32::deserialize(deserializer)? {
            FORMAT_VERSION => Ok(Self),
            other => Err(Error::custom(format!(
                "a snapshot of format {other}; this imaform knows {FORMAT_VERSION}"
            ))),
        }
    }
}

/// Names, each once: a merge of two files may have left it twice, and one of the two would be lost.
struct Names<V>(BTreeMap<Vec<u8>, V>);

impl<'de, V: Deserialize<'de>> Deserialize<'de> for Names<V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(NamesVisitor(PhantomData))
    }
}

struct NamesVisitor<V>(PhantomData<V>);

impl<'de, V: Deserialize<'de>> Visitor<'de> for NamesVisitor<V> {
    type Value = Names<V>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("names of files")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut names = BTreeMap::new();
        while let Some((key, value)) = map.next_entry::<String, V>()? {
            let name = match key.strip_prefix(HEX) {
                Some(digits) => hex::decode(digits)
                    .ok_or_else(|| A::Error::custom(format!("`{key}` does not go on in hexadecimal digits")))?,
                None => key.clone().into_bytes(),
            };
            if names.insert(name, value).is_some() {
                return Err(A::Error::custom(format!("`{key}` is there twice")));
            }
        }
        Ok(Names(names))
    }
}

impl<'de> Deserialize<'de> for Snapshot {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Stored::deserialize(deserializer)?.snapshot().map_err(D::Error::custom)
    }
}

impl Stored {
    fn snapshot(self) -> Result<Snapshot, String> {
        let content = |text: &str| text.parse::<Content>().map_err(|bad| bad.to_string());
        let seen = |word: &str| {
            let (text, stage) = match word.strip_prefix(INITRAMFS) {
                Some(text) => (text, Stage::Initramfs),
                None => (word, Stage::Host),
            };
            let content = content(text)?;
            Ok::<_, String>(Seen {
                content,
                entry: None,
                stage,
            })
        };
        let history = hex::decode(&self.history).and_then(|bytes| bytes.try_into().ok());
        let mut files = BTreeMap::new();
        for (name, words) in self.files.0 {
            let mut file = MeasuredFile::default();
            for word in words.split(' ') {
                match word.strip_prefix('+').map(str::parse) {
                    Some(Ok(more)) => file.more = more,
                    _ => file.add(seen(word)?),
                }
            }
            files.insert(name, file);
        }
        let violated = |count| Violated { count, last: None };
        let violations = self.violations.0.into_iter();
        Ok(Snapshot {
            boot_id: self.boot_id,
            boot_aggregate: self.boot_aggregate.as_deref().map(content).transpose()?,
            template: self.template,
            entries: self.entries,
            history: history.ok_or("`history` is not 64 hexadecimal digits")?,
            files,
            violations: violations.map(|(name, count)| (name, violated(count))).collect(),
            mark: None,
        })
    }
}
