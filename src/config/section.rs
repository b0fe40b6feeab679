use super::{
    node::{Key, Node, Place, Value},
    problems::Problems,
};
use std::collections::BTreeMap;

/// A mapping whose keys are known beforehand. Opening it reports unknown and repeated keys; its fields are then read one
/// by one.
pub(super) struct Section<'n> {
    /// What it is, for messages: `the group "workers"`.
    what: String,
    /// Where to point when something is missing.
    pub(super) place: Place,
    entries: BTreeMap<&'n str, Field<'n>>,
}

/// A key of a section with its value.
#[derive(Clone, Copy)]
pub(super) struct Field<'n> {
    pub(super) key: &'n Key,
    pub(super) node: &'n Node,
}

impl<'n> Section<'n> {
    /// Opens a mapping; `None` (and said so) when the value is no mapping.
    pub(super) fn open(
        node: &'n Node,
        what: impl Into<String>,
        place: Place,
        known: &[&str],
        problems: &mut Problems,
    ) -> Option<Self> {
        let what = what.into();
        let entries = unique_entries(node, &what, problems)?;
        let mut kept = BTreeMap::new();
        for (key, node) in entries {
            if known.contains(&key.name.as_str()) {
                kept.insert(key.name.as_str(), Field { key, node });
            } else {
                let message = format!("unknown key {} in {what}", super::quote(&key.name));
                problems.error_with_help(key.place, message, suggestion(&key.name, known));
            }
        }
        Some(Self {
            what,
            place,
            entries: kept,
        })
    }

    pub(super) fn get(&self, key: &str) -> Option<Field<'n>> {
        self.entries.get(key).copied()
    }

    /// The field, or an error that points to the section.
    pub(super) fn require(&self, key: &str, problems: &mut Problems) -> Option<Field<'n>> {
        let field = self.get(key);
        if field.is_none() {
            problems.error(self.place, format!("{} has no `{key}`", self.what));
        }
        field
    }

    /// Exactly one of some keys: none, or a second one, is an error.
    pub(super) fn one_of(&self, keys: &[&str], problems: &mut Problems) -> Option<Field<'n>> {
        let names = keys
            .iter()
            .map(|key| format!("`{key}`"))
            .collect::<Vec<_>>()
            .join(" or ");
        let mut present = keys.iter().filter_map(|key| self.get(key));
        let Some(first) = present.next() else {
            problems.error(self.place, format!("{} needs {names}", self.what));
            return None;
        };
        for other in present {
            let message = format!("{} takes only one of {names}", self.what);
            problems.error(other.key.place, message);
        }
        Some(first)
    }
}

impl<'n> Field<'n> {
    /// A text. Numbers and booleans are refused, since YAML may already have changed what was written.
    pub(super) fn string(&self, problems: &mut Problems) -> Option<&'n str> {
        string(&self.key.name, self.node, problems)
    }

    /// A whole number within bounds (both inclusive).
    pub(super) fn integer(&self, least: i128, most: i128, problems: &mut Problems) -> Option<i128> {
        match self.node.value {
            Value::Integer(value) if (least..=most).contains(&value) => Some(value),
            _ => {
                let expected = format!("a whole number from {least} to {most}");
                wrong_type(&self.key.name, &expected, self.node, problems);
                None
            }
        }
    }

    /// `true` or `false`.
    pub(super) fn boolean(&self, problems: &mut Problems) -> Option<bool> {
        let Value::Bool(value) = self.node.value else {
            wrong_type(&self.key.name, "true or false", self.node, problems);
            return None;
        };
        Some(value)
    }

    /// A list of texts with their places.
    pub(super) fn strings(&self, problems: &mut Problems) -> Vec<(&'n str, Place)> {
        let Value::List(items) = &self.node.value else {
            wrong_type(&self.key.name, "a list", self.node, problems);
            return Vec::new();
        };
        items
            .iter()
            .filter_map(|item| Some((string(&self.key.name, item, problems)?, item.place)))
            .collect()
    }

    /// One word of a fixed set.
    pub(super) fn word<'w>(&self, words: &[&'w str], problems: &mut Problems) -> Option<&'w str> {
        let expected = words.join(", ");
        let Value::String(value) = &self.node.value else {
            wrong_type(&self.key.name, &format!("one of {expected}"), self.node, problems);
            return None;
        };
        let found = words.iter().find(|word| *word == value).copied();
        if found.is_none() {
            let message = format!(
                "`{}`: expected one of {expected}, found {}",
                self.key.name,
                self.node.kind()
            );
            problems.error_with_help(self.node.place, message, suggestion(value, words));
        }
        found
    }
}

/// The entries of a mapping whose keys are names of the user's own; repeated keys are reported and dropped.
pub(super) fn unique_entries<'n>(
    node: &'n Node,
    what: &str,
    problems: &mut Problems,
) -> Option<Vec<(&'n Key, &'n Node)>> {
    let Value::Map(entries) = &node.value else {
        problems.error(node.place, format!("{what}: expected a mapping, found {}", node.kind()));
        return None;
    };
    let mut first: BTreeMap<&str, usize> = BTreeMap::new();
    let mut kept = Vec::with_capacity(entries.len());
    for (key, value) in entries {
        if let Some(line) = first.get(key.name.as_str()) {
            let message = format!("duplicate key {} in {what}", super::quote(&key.name));
            problems.error_with_help(key.place, message, format!("it is already given in line {line}"));
        } else {
            first.insert(&key.name, key.place.line);
            kept.push((key, value));
        }
    }
    Some(kept)
}

pub(super) fn string<'n>(name: &str, node: &'n Node, problems: &mut Problems) -> Option<&'n str> {
    if let Value::String(value) = &node.value {
        return Some(value);
    }
    let message = format!("`{name}`: expected a string, found {}", node.kind());
    match node.value {
        Value::Bool(_) | Value::Integer(_) | Value::Float(_) => {
            problems.error_with_help(node.place, message, format!("put it in quotes: \"{}\"", node.raw));
        }
        _ => problems.error(node.place, message),
    }
    None
}

pub(super) fn wrong_type(name: &str, expected: &str, node: &Node, problems: &mut Problems) {
    problems.error(
        node.place,
        format!("`{name}`: expected {expected}, found {}", node.kind()),
    );
}

/// 'did you mean …', or all that there is.
pub(super) fn suggestion(found: &str, known: &[&str]) -> String {
    let nearest = known
        .iter()
        .map(|name| (strsim::damerau_levenshtein(&found.to_lowercase(), name), name))
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, name)| *distance <= 1 + name.len().min(found.len()) / 3);
    match nearest {
        Some((_, name)) => format!("did you mean `{name}`?"),
        None => format!(
            "valid here: {}",
            known
                .iter()
                .map(|name| format!("`{name}`"))
                .collect::<Vec<_>>()
                .join(", ")
        ),
    }
}
