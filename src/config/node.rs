use super::{Diagnostic, source::Source};
use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_yaml::{DuplicateKeyPolicy, Location, Spanned};
use std::fmt;

/// A place in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(super) struct Place {
    /// From 1.
    pub(super) line: usize,
    /// In characters, from 1.
    pub(super) column: usize,
    /// In characters.
    pub(super) width: usize,
}

/// A key of a mapping and where it stands.
#[derive(Debug, Clone)]
pub(super) struct Key {
    pub(super) name: String,
    pub(super) place: Place,
}

/// A YAML value and where it stands. Mappings keep their order and their repeated keys, so that all that is wrong with a
/// file can be said at once.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) value: Value,
    pub(super) place: Place,
    /// The scalar as it is written: `0644` and `"0644"` are told apart by it. Empty for lists and mappings.
    pub(super) raw: String,
}

/// What a YAML value is (YAML 1.2: `off`, `y` and `no` are strings).
#[derive(Debug, Clone)]
pub(super) enum Value {
    Null,
    Bool(bool),
    Integer(i128),
    Float(f64),
    String(String),
    List(Vec<Node>),
    Map(Vec<(Key, Node)>),
}

impl Node {
    /// Reads one YAML document. A syntax error is one diagnostic: what follows it cannot be trusted.
    pub(super) fn parse(source: &Source) -> Result<Self, Diagnostic> {
        let options = serde_yaml::options! {
            duplicate_keys: DuplicateKeyPolicy::PassThrough,
            strict_booleans: true,
            leading_zero_numbers_as_strings: true,
            underscored_numbers_as_strings: true,
            reject_unsupported_tags: true,
            with_snippet: false,
        };
        match serde_yaml::from_str_with_options::<Spanned<Raw>>(&source.text, options) {
            Ok(root) => Ok(Self::build(root, &source.text)),
            Err(error) => Err(syntax_error(source, &error)),
        }
    }

    fn build(raw: Spanned<Raw>, text: &str) -> Self {
        let value = match raw.value {
            Raw::Null => Value::Null,
            Raw::Bool(value) => Value::Bool(value),
            Raw::Integer(value) => Value::Integer(value),
            Raw::Float(value) => Value::Float(value),
            Raw::String(value) => Value::String(value),
            Raw::List(items) => Value::List(items.into_iter().map(|item| Self::build(item, text)).collect()),
            Raw::Map(entries) => Value::Map(
                entries
                    .into_iter()
                    .map(|(key, value)| {
                        (
                            Key {
                                place: Place::of(key.referenced),
                                name: key.value,
                            },
                            Self::build(value, text),
                        )
                    })
                    .collect(),
            ),
        };
        let raw_text = match value {
            Value::List(_) | Value::Map(_) => "",
            _ => slice(text, raw.defined).unwrap_or_default(),
        };
        Self {
            value,
            place: Place::of(raw.referenced),
            raw: raw_text.to_owned(),
        }
    }

    /// What was found, for 'expected X, found Y'.
    pub(super) fn kind(&self) -> String {
        match &self.value {
            Value::Null => "nothing".into(),
            Value::Bool(value) => format!("the boolean {value}"),
            Value::Integer(_) | Value::Float(_) => format!("the number {}", self.raw),
            Value::String(value) => format!("the string {}", super::quote(value)),
            Value::List(_) => "a list".into(),
            Value::Map(_) => "a mapping".into(),
        }
    }

    /// Whether a scalar is written without quotes.
    pub(super) fn is_plain(&self) -> bool {
        !self.raw.starts_with(['"', '\'', '|', '>'])
    }
}

impl Place {
    fn of(location: Location) -> Self {
        let as_usize = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        // serde-saphyr counts from 1 and says 0 for 'unknown'; every file has a first line.
        Self {
            line: as_usize(location.line()).max(1),
            column: as_usize(location.column()).max(1),
            width: usize::try_from(location.span().len()).unwrap_or(1),
        }
    }
}

fn slice(text: &str, location: Location) -> Option<&str> {
    let span = location.span();
    let start = usize::try_from(span.byte_offset()?).ok()?;
    let end = start.checked_add(usize::try_from(span.byte_len()?).ok()?)?;
    text.get(start..end)
}

fn syntax_error(source: &Source, error: &serde_yaml::Error) -> Diagnostic {
    let full = error.render();
    let message = full.split(" at line ").next().unwrap_or(&full);
    match error.location() {
        Some(location) => source.diagnostic(Place::of(location), format!("not valid YAML: {message}")),
        None => Diagnostic::of_file(&source.path, format!("not valid YAML: {message}")),
    }
}

/// What serde hands over; [`Node::build`] adds what the file says beside it.
enum Raw {
    Null,
    Bool(bool),
    Integer(i128),
    Float(f64),
    String(String),
    List(Vec<Spanned<Raw>>),
    Map(Vec<(Spanned<String>, Spanned<Raw>)>),
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RawVisitor)
    }
}

struct RawVisitor;

impl<'de> Visitor<'de> for RawVisitor {
    type Value = Raw;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a YAML value")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }

    fn visit_none<E: de::Error>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Raw, E> {
        Ok(Raw::Bool(value))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Raw, E> {
        Ok(Raw::Integer(value.into()))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Raw, E> {
        Ok(Raw::Integer(value.into()))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Raw, E> {
        Ok(Raw::Float(value))
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Raw, E> {
        Ok(Raw::String(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Raw, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_element()? {
            items.push(item);
        }
        Ok(Raw::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Raw, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = access.next_entry()? {
            entries.push(entry);
        }
        Ok(Raw::Map(entries))
    }
}
