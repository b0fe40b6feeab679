use crate::{
    config::{
        node::{Node, Place, Value},
        problems::Problems,
        quote,
        section::{self, Field, Section},
    },
    ima::policy::{Action, Keyword},
};

/// A rule of a policy: a line as the kernel takes it, or a mapping of its parts, which is written as such a line. In the
/// line the action comes first and the others in the order in which every kernel takes them.
pub(super) fn line(node: &Node, problems: &mut Problems) -> Option<(String, Place)> {
    if !matches!(node.value, Value::Map(_)) {
        return section::string("rules", node, problems).map(|line| (line.to_owned(), node.place));
    }
    let keys: Vec<&str> = std::iter::once("action")
        .chain(Keyword::ALL.into_iter().map(Keyword::as_str))
        .collect();
    let section = Section::open(node, "the rule", node.place, &keys, problems)?;
    let actions = Action::ALL.map(Action::as_str);
    let mut line = section
        .require("action", problems)?
        .word(&actions, problems)?
        .to_owned();
    for keyword in Keyword::ALL {
        if let Some(field) = section.get(keyword.as_str()) {
            let word = word(keyword, field, problems)?;
            if !word.is_empty() {
                line.push(' ');
                line.push_str(&word);
            }
        }
    }
    Some((line, node.place))
}

/// `fowner=0`, `uid<1000`, `permit_directio`; empty for what is switched off.
fn word(keyword: Keyword, field: Field, problems: &mut Problems) -> Option<String> {
    if keyword == Keyword::PermitDirectio {
        let Value::Bool(on) = field.node.value else {
            section::wrong_type(keyword.as_str(), "true or false", field.node, problems);
            return None;
        };
        return Some(if on { keyword.to_string() } else { String::new() });
    }
    let value = match &field.node.value {
        Value::List(items) => {
            let items: Option<Vec<&str>> = items.iter().map(|item| scalar(keyword, item, problems)).collect();
            items?.join(divider(keyword, field, problems)?)
        }
        _ => scalar(keyword, field.node, problems)?.to_owned(),
    };
    // `uid: <1000` carries its own operator.
    let operator = if keyword.compares() && value.starts_with(['<', '>']) {
        ""
    } else {
        "="
    };
    Some(format!("{keyword}{operator}{value}"))
}

/// What stands between the items of a list.
fn divider(keyword: Keyword, field: Field, problems: &mut Problems) -> Option<&'static str> {
    match keyword {
        Keyword::Keyrings | Keyword::Label | Keyword::AppraiseType => Some("|"),
        Keyword::AppraiseAlgos => Some(","),
        _ => {
            section::wrong_type(keyword.as_str(), "one value", field.node, problems);
            None
        }
    }
}

/// A value as it is written: `0x9fa0` stays `0x9fa0`.
fn scalar<'n>(keyword: Keyword, node: &'n Node, problems: &mut Problems) -> Option<&'n str> {
    let value = match &node.value {
        Value::String(value) => value.as_str(),
        Value::Integer(_) => node.raw.as_str(),
        _ => {
            section::wrong_type(keyword.as_str(), "a text or a number", node, problems);
            return None;
        }
    };
    // A template's own spaces are gone when the rule is rendered.
    if value.contains(char::is_whitespace) && !value.contains("{{") {
        let message = format!("`{keyword}`: {} holds a space, which would end it", quote(value));
        problems.error_with_help(
            node.place,
            message,
            "the kernel knows no quoting: the value must be one word",
        );
        return None;
    }
    Some(value)
}
