use super::shape::Shape;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// What stands in a document in place of something right.
const VALUES: &str = r#"[
    null, true, 0, 1, -1, 70000, 4294967295, 1.5,
    "", " ", "zzz", "-x", ".x", "a b", "x,y", "+x", "+", "y", "é", "a\nb", "x\"y", "x*", "a@b", "me@", "~x", "{{ host }}",
    "/", "/x", "/x/", "/x//y", "/x/../y", "/proc/x", "0s", "010m", "1d", "10", "0%", "5%", "101%",
    "22:00", "23:59 - 24:00", "24:01-01:00", "0644", "648", [], ["zzz"], ["zzz", "zzz"], [1], [null], {}, {"zzz": "zzz"}
]"#;

/// What stands in place of a name of the user's own.
const KEYS: [&str; 16] = [
    "",
    "-x",
    ".x",
    "a b",
    "zzz",
    "host",
    "1x",
    "init",
    "ima-appraise",
    "CONFIG_",
    "CONFIG_X",
    "/x",
    "/x/",
    "x-[1:2]",
    "x-[1",
    "x-[a:b]",
];

/// A document with one thing changed.
pub struct Mutation {
    pub what: String,
    pub document: Value,
}

/// Makes them; what is said of a key at one level is tried once, in whichever document it comes first.
#[derive(Default)]
pub struct Mutations {
    tried: BTreeSet<String>,
}

impl Mutations {
    pub fn of(&mut self, document: &Value, shape: &Shape) -> Vec<Mutation> {
        let values: Vec<Value> = serde_json::from_str(VALUES).unwrap();
        let mut mutations = Vec::new();
        for (at, shape) in shape.places(document) {
            let mut change = |what: String, change: &dyn Fn(&mut Value)| {
                let mut document = document.clone();
                change(document.pointer_mut(&at).unwrap());
                mutations.push(Mutation {
                    what: format!("{at}{what}"),
                    document,
                });
            };
            if self.tried.insert(level(&at)) {
                for value in &values {
                    change(format!(" = {value}"), &|place| *place = value.clone());
                }
            }
            let Some(Value::Object(entries)) = document.pointer(&at) else {
                continue;
            };
            for key in entries.keys() {
                change(format!(" without {key}"), &|place| {
                    _ = place.as_object_mut().unwrap().remove(key)
                });
                for other in KEYS.into_iter().filter(|_| shape.sections().is_empty()) {
                    change(format!(": {other:?} for {key}"), &|place| {
                        let value = place.as_object_mut().unwrap().remove(key).unwrap();
                        place[other] = value;
                    });
                }
            }
            for key in shape.keys().into_iter().filter(|key| !entries.contains_key(key)) {
                for value in [json!("fix"), json!(["zzz"])] {
                    change(format!(" with {key}: {value}"), &|place| place[&key] = value.clone());
                }
            }
        }
        mutations
    }
}

/// A place without the numbers of items and the names of groups and hosts.
fn level(at: &str) -> String {
    let mut above = "";
    let mut level = String::new();
    for part in at.split('/') {
        let is_named = matches!(above, "groups" | "hosts") || part.parse::<usize>().is_ok();
        level.push('/');
        level.push_str(if is_named { "*" } else { part });
        above = part;
    }
    level
}
