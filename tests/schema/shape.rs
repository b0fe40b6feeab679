use serde_json::Value;
use std::collections::BTreeSet;

/// What a schema says of one place of a document: the alternatives that can stand there.
#[derive(Clone)]
pub struct Shape<'s> {
    root: &'s Value,
    ways: Vec<&'s Value>,
}

impl<'s> Shape<'s> {
    pub fn of(root: &'s Value) -> Self {
        Self { root, ways: vec![root] }
    }

    fn of_ways(&self, ways: impl IntoIterator<Item = &'s Value>) -> Self {
        let mut all = Vec::new();
        ways.into_iter().for_each(|way| alternatives(self.root, way, &mut all));
        Self {
            root: self.root,
            ways: all,
        }
    }

    /// What is said of each value of a document, with its JSON pointer.
    pub fn places(&self, value: &Value) -> Vec<(String, Shape<'s>)> {
        let mut places = Vec::new();
        self.visit(String::new(), value, &mut places);
        places
    }

    fn visit(&self, at: String, value: &Value, places: &mut Vec<(String, Shape<'s>)>) {
        match value {
            Value::Object(entries) => {
                for (key, value) in entries {
                    let key_pointer = key.replace('~', "~0").replace('/', "~1");
                    self.child(key).visit(format!("{at}/{key_pointer}"), value, places);
                }
            }
            Value::Array(items) => {
                let shape = self.of_ways(self.ways.iter().filter_map(|way| way.get("items")));
                for (index, item) in items.iter().enumerate() {
                    shape.visit(format!("{at}/{index}"), item, places);
                }
            }
            _ => {}
        }
        places.push((at, self.clone()));
    }

    fn child(&self, key: &str) -> Self {
        let named = |way: &&'s Value| way.get("properties")?.get(key);
        let named: Vec<_> = self.ways.iter().filter_map(named).collect();
        let free = self
            .ways
            .iter()
            .filter_map(|way| way.get("patternProperties")?.as_object())
            .flat_map(|map| map.values());
        if named.is_empty() {
            self.of_ways(free)
        } else {
            self.of_ways(named)
        }
    }

    /// The mappings whose keys are known beforehand; empty where keys are names of the user's own.
    pub fn sections(&self) -> Vec<&'s Value> {
        let mappings = || self.ways.iter().copied().filter(|way| way["type"] == "object");
        if mappings().any(|way| way.get("patternProperties").is_some()) {
            return Vec::new();
        }
        mappings().collect()
    }

    pub fn keys(&self) -> BTreeSet<String> {
        let properties = self
            .sections()
            .into_iter()
            .filter_map(|section| section["properties"].as_object());
        properties.flat_map(|properties| properties.keys().cloned()).collect()
    }

    /// The words of a fixed set.
    pub fn words(&self) -> BTreeSet<String> {
        let listed = self.ways.iter().filter_map(|way| way.get("enum")?.as_array()).flatten();
        let alone = self.ways.iter().filter_map(|way| way.get("const"));
        listed
            .chain(alone)
            .filter_map(|word| Some(word.as_str()?.to_owned()))
            .collect()
    }
}

/// Follows references and takes alternatives apart. Beside `properties`, `oneOf` only says which of them exclude each other.
fn alternatives<'s>(root: &'s Value, way: &'s Value, all: &mut Vec<&'s Value>) {
    if let Some(name) = way.get("$ref").and_then(Value::as_str) {
        alternatives(root, root.pointer(&name[1..]).unwrap(), all);
        return;
    }
    let inner = ["anyOf", "oneOf"]
        .into_iter()
        .filter_map(|key| way.get(key)?.as_array())
        .flatten();
    match way.get("properties") {
        None if inner.clone().next().is_some() => inner.for_each(|way| alternatives(root, way, all)),
        _ => all.push(way),
    }
}

/// Every mapping with known keys that a schema describes.
pub fn all_sections(schema: &Value) -> Vec<&Value> {
    let inner: Vec<&Value> = match schema {
        Value::Object(map) => map.values().collect(),
        Value::Array(items) => items.iter().collect(),
        _ => Vec::new(),
    };
    let is_section = schema["additionalProperties"] == false && schema.get("properties").is_some();
    let own = (is_section && schema.get("patternProperties").is_none()).then_some(schema);
    own.into_iter()
        .chain(inner.into_iter().flat_map(all_sections))
        .collect()
}
