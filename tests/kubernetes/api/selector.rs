//! Label selectors and field selectors.

use super::{refusal::Refusal, resources::Resource};
use serde_json::Value;

pub fn label<'a>(object: &'a Value, key: &str) -> Option<&'a str> {
    object["metadata"]["labels"][key].as_str()
}

/// Keeps the objects whose labels meet the selector: `a=b`, `a!=b`, `a in (b,c)`, `a notin (b,c)`, `a`, `!a`.
pub fn by_labels(objects: &mut Vec<Value>, selector: &str) -> Result<(), Refusal> {
    for requirement in requirements(selector) {
        let (key, values, wanted) = parse(requirement)?;
        objects.retain(|object| match (&values, label(object, key)) {
            (None, value) => value.is_some() == wanted,
            (Some(values), value) => value.is_some_and(|value| values.contains(&value)) == wanted,
        });
    }
    Ok(())
}

/// Splits at the commas outside of parentheses.
fn requirements(selector: &str) -> Vec<&str> {
    let mut inside = false;
    let parts = selector.split(move |letter| {
        inside = letter == '(' || inside && letter != ')';
        letter == ',' && !inside
    });
    parts.map(str::trim).filter(|part| !part.is_empty()).collect()
}

/// The key, the values (none: the key alone matters), and whether it must be so or must not.
fn parse(requirement: &str) -> Result<(&str, Option<Vec<&str>>, bool), Refusal> {
    for (operator, wanted) in [(" notin (", false), (" in (", true)] {
        if let Some((key, values)) = requirement.split_once(operator) {
            let values = values
                .strip_suffix(')')
                .ok_or_else(|| Refusal::bad_request(format!("unable to parse requirement: {requirement}")))?;
            return Ok((key.trim(), Some(values.split(',').map(str::trim).collect()), wanted));
        }
    }
    Ok(match equation(requirement) {
        Some((key, value, wanted)) => (key, Some(vec![value]), wanted),
        None => match requirement.strip_prefix('!') {
            Some(key) => (key.trim(), None, false),
            None => (requirement, None, true),
        },
    })
}

/// `a=b`, `a==b` and `a!=b`.
fn equation(text: &str) -> Option<(&str, &str, bool)> {
    let (key, value) = text.split_once('=')?;
    let (key, wanted) = key.strip_suffix('!').map_or((key, true), |key| (key, false));
    Some((key.trim(), value.strip_prefix('=').unwrap_or(value).trim(), wanted))
}

/// Keeps the objects whose fields are so: `spec.nodeName=a,status.phase!=Running`.
pub fn by_fields(objects: &mut Vec<Value>, selector: &str, resource: &Resource) -> Result<(), Refusal> {
    for requirement in selector.split(',').filter(|part| !part.is_empty()) {
        let (field, wanted, equal) = equation(requirement)
            .ok_or_else(|| Refusal::bad_request(format!("invalid field selector: {requirement}")))?;
        if !["metadata.name", "metadata.namespace"].contains(&field) && !resource.fields.contains(&field) {
            return Err(Refusal::bad_request(format!("field label not supported: {field}")));
        }
        let pointer = format!("/{}", field.replace('.', "/"));
        objects.retain(|object| {
            let value = match object.pointer(&pointer) {
                Some(Value::String(text)) => text.clone(),
                Some(value) => value.to_string(),
                None if field == "spec.unschedulable" => "false".into(),
                None => String::new(),
            };
            (value == wanted) == equal
        });
    }
    Ok(())
}
