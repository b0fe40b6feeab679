use super::{
    names,
    node::{Node, Value as NodeValue},
    problems::Problems,
    section::{Field, unique_entries, wrong_type},
};
use serde_json::{Map, Number, Value};
use std::{collections::BTreeMap, fmt};

/// Which level of the inventory a variable's value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// `defaults:`.
    Defaults,
    /// The host's group.
    Group,
    /// The host itself.
    Host,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Defaults => "defaults",
            Self::Group => "group",
            Self::Host => "host",
        })
    }
}

/// Variables with the level that each comes from. A value of a lower level replaces the whole value above it; lists and
/// mappings are not mixed.
#[derive(Debug, Clone, Default)]
pub(super) struct Variables {
    pub(super) values: Map<String, Value>,
    pub(super) origins: BTreeMap<String, Origin>,
}

impl Variables {
    /// The same with the values of a lower level on top.
    pub(super) fn with(&self, lower: &Map<String, Value>, origin: Origin) -> Self {
        let mut merged = self.clone();
        for (name, value) in lower {
            merged.values.insert(name.clone(), value.clone());
            merged.origins.insert(name.clone(), origin);
        }
        merged
    }
}

/// Reads a `vars:` mapping; its values are any YAML.
pub(super) fn read(field: Option<Field>, problems: &mut Problems) -> Map<String, Value> {
    let Some(field) = field else { return Map::new() };
    if matches!(field.node.value, NodeValue::Null) {
        return Map::new();
    }
    if !matches!(field.node.value, NodeValue::Map(_)) {
        wrong_type("vars", "a mapping of names to values", field.node, problems);
        return Map::new();
    }
    let mut vars = Map::new();
    for (key, node) in unique_entries(field.node, "`vars`", problems).unwrap_or_default() {
        if problems.check(key.place, names::variable(&key.name))
            && let Some(value) = json(node, problems)
        {
            vars.insert(key.name.clone(), value);
        }
    }
    vars
}

fn json(node: &Node, problems: &mut Problems) -> Option<Value> {
    Some(match &node.value {
        NodeValue::Null => Value::Null,
        NodeValue::Bool(value) => Value::Bool(*value),
        NodeValue::String(value) => Value::String(value.clone()),
        NodeValue::Integer(value) => Value::Number(Number::from_i128(*value)?),
        // A long row of digits arrives as a float that has lost some of them.
        NodeValue::Float(value) => match Number::from_f64(*value) {
            Some(number)
                if !node
                    .raw
                    .trim_start_matches(['-', '+'])
                    .bytes()
                    .all(|b| b.is_ascii_digit()) =>
            {
                Value::Number(number)
            }
            _ => {
                let message = format!("the number {} cannot be kept exactly", node.raw);
                problems.error_with_help(node.place, message, format!("put it in quotes: \"{}\"", node.raw));
                return None;
            }
        },
        NodeValue::List(items) => Value::Array(
            items
                .iter()
                .map(|item| json(item, problems))
                .collect::<Vec<_>>()
                .into_iter()
                .collect::<Option<_>>()?,
        ),
        NodeValue::Map(_) => {
            let mut map = Map::new();
            for (key, node) in unique_entries(node, "a variable", problems)? {
                map.insert(key.name.clone(), json(node, problems)?);
            }
            Value::Object(map)
        }
    })
}
