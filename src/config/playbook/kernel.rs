use crate::config::{
    Kernel, names,
    node::{Node, Value},
    problems::Problems,
    quote,
    section::{Field, Section, suggestion, unique_entries},
};

/// Reads `kernel:`.
pub(super) fn read(field: Field, problems: &mut Problems) -> Kernel {
    let keys = &["package", "require", "edit"];
    let Some(section) = Section::open(field.node, "`kernel`", field.key.place, keys, problems) else {
        return Kernel::default();
    };
    let package = section.get("package").and_then(|field| {
        let name = field.string(problems)?;
        problems
            .check(field.node.place, names::package(name))
            .then(|| name.to_owned())
    });
    let mut options = |key: &str| {
        section
            .get(key)
            .map(|field| options(field, problems))
            .unwrap_or_default()
    };
    Kernel {
        package,
        require: options("require"),
        edit: options("edit"),
    }
}

fn options(field: Field, problems: &mut Problems) -> Vec<(String, String)> {
    let what = format!("`kernel.{}`", field.key.name);
    let mut options = Vec::new();
    for (key, node) in unique_entries(field.node, &what, problems).unwrap_or_default() {
        let bare = key.name.strip_prefix("CONFIG_").unwrap_or_default();
        if bare.is_empty() || !bare.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
            let message = format!("{} is no kernel option", quote(&key.name));
            let help = if key.name.starts_with("CONFIG_") {
                "an option is written CONFIG_NAME in letters, digits and `_`".to_owned()
            } else {
                suggestion(&key.name, &[&format!("CONFIG_{}", key.name)])
                    .replace("valid here: ", "write it with its prefix: ")
            };
            problems.error_with_help(key.place, message, help);
        } else if let Some(value) = value(&key.name, node, problems) {
            options.push((key.name.clone(), value));
        }
    }
    options
}

/// A value as Kconfig writes it: tristates and numbers bare, strings in double quotes.
fn value(name: &str, node: &Node, problems: &mut Problems) -> Option<String> {
    match &node.value {
        Value::String(value) if matches!(value.as_str(), "y" | "m" | "n") => Some(value.clone()),
        Value::String(value) if value.contains(['"', '\\']) || value.chars().any(char::is_control) => {
            let message = format!("`{name}`: {} cannot stand in a kernel configuration", quote(value));
            problems.error_with_help(node.place, message, "no quotes, backslashes and control characters");
            None
        }
        Value::String(value) => Some(format!("\"{value}\"")),
        Value::Integer(_) => Some(node.raw.clone()),
        Value::Bool(_) => {
            let message = format!(
                "`{name}`: expected y, m, n, a number or a string, found {}",
                node.kind()
            );
            problems.error_with_help(
                node.place,
                message,
                "write `y` for built in, `m` for a module, `n` for not set",
            );
            None
        }
        _ => {
            let message = format!(
                "`{name}`: expected y, m, n, a number or a string, found {}",
                node.kind()
            );
            problems.error(node.place, message);
            None
        }
    }
}
