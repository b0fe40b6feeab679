//! Inventories and playbooks as JSON Schemas, for editors. The reader does not use them: its errors say more than a
//! schema can. The types here are described and never made; tests/schema.rs proves that both mean the same.
#![allow(dead_code)]

mod connection;
mod inventory;
mod kubernetes;
mod labels;
mod playbook;
mod rollout;
mod rules;
mod text;

use schemars::{
    JsonSchema, Schema, SchemaGenerator, generate::SchemaSettings, json_schema, transform::RecursiveTransform,
};
use serde_json::Value;
use std::borrow::Cow;

/// The JSON Schema of an inventory (draft 2020-12).
pub fn inventory() -> String {
    of::<inventory::Inventory>()
}

/// The JSON Schema of a playbook (draft 2020-12).
pub fn playbook() -> String {
    of::<playbook::Playbook>()
}

/// The JSON Schema of what imaform writes as this type (draft 2020-12).
pub fn written<T: JsonSchema>() -> String {
    generated::<T>(SchemaSettings::draft2020_12().for_serialize())
}

fn of<T: JsonSchema>() -> String {
    generated::<T>(SchemaSettings::draft2020_12().with_transform(RecursiveTransform(as_the_reader)))
}

fn generated<T: JsonSchema>(settings: SchemaSettings) -> String {
    let schema = settings.into_generator().into_root_schema_for::<T>();
    format!("{:#}\n", schema.to_value())
}

/// What may be left out is no null to the reader, which `Option` makes of it. Names of Rust's numbers say nothing here.
fn as_the_reader(schema: &mut Schema) {
    let Some(object) = schema.as_object_mut() else { return };
    object.remove("format");
    if let Some(Value::Array(types)) = object.get_mut("type") {
        types.retain(|name| name != "null");
        if let [name] = types.as_slice() {
            let name = name.clone();
            object.insert("type".into(), name);
        }
    }
    if let Some(Value::Array(words)) = object.get_mut("enum") {
        words.retain(|word| !word.is_null());
    }
    if let Some(Value::Array(ways)) = object.get_mut("anyOf") {
        ways.retain(|way| way.get("type").is_none_or(|name| name != "null"));
        if let [Value::Object(way)] = ways.as_slice() {
            let way = way.clone();
            object.remove("anyOf");
            // A description of the place stands before that of the type.
            for (key, value) in way {
                object.entry(key).or_insert(value);
            }
        }
    }
}

/// A value that may be given without content (`vars:`).
struct Nullable<T>(T);

impl<T: JsonSchema> JsonSchema for Nullable<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({"anyOf": [generator.subschema_for::<T>(), {"const": null}]})
    }
}
