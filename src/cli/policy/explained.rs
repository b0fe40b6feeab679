//! An explanation, for people and for scripts.

use crate::{
    cli::session::CliError,
    ima::policy::{Access, Explanation, Kernel, Keyword, Rule},
};
use serde_json::{Value, json};
use std::fmt::Write;

/// Where a rule stands.
fn place(rule: &Rule) -> String {
    match rule.line {
        0 => "the kernel's build".to_owned(),
        line => format!("line {line}"),
    }
}

fn names(keywords: &[Keyword]) -> String {
    keywords.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// A block for each class: what is done, by which rule, and why not by the rules before it.
pub fn text(explanation: &Explanation<'_>, access: &Access, kernel: &Kernel) -> String {
    let mut text = format!("{} on Linux {}\n", access.facts().join(" "), kernel.version());
    for decision in &explanation.classes {
        let said = explanation
            .effect(decision.class, access, kernel)
            .unwrap_or_else(|| "not known: it rests on what is not given".to_owned());
        let _ = writeln!(text, "\n{}: {said}", decision.class);
        for (rule, keywords) in &decision.open {
            let _ = writeln!(text, "  {} may decide, by {}: {rule}", place(rule), names(keywords));
        }
        if let Some(rule) = decision.rule {
            let word = if decision.open.is_empty() {
                "decides"
            } else {
                "decides if those do not"
            };
            let _ = writeln!(text, "  {} {word}: {rule}", place(rule));
        }
        for (rule, mismatch) in &decision.passed {
            let _ = writeln!(text, "  {} does not match: {mismatch}: {rule}", place(rule));
        }
    }
    text
}

/// The same for scripts.
///
/// # Errors
/// None that is known; the form of JSON leaves room for them.
pub fn json(explanation: &Explanation<'_>, access: &Access, kernel: &Kernel) -> Result<Value, CliError> {
    let rule_json = |rule: &Rule| json!({ "line": (rule.line > 0).then_some(rule.line), "text": rule.to_string() });
    let classes: Vec<Value> = explanation
        .classes
        .iter()
        .map(|decision| {
            let passed = decision.passed.iter().map(|(rule, mismatch)| {
                let mut entry = rule_json(rule);
                entry["condition"] = json!(mismatch.keyword);
                entry["reason"] = json!(mismatch.to_string());
                entry
            });
            let open = decision.open.iter().map(|(rule, keywords)| {
                let mut entry = rule_json(rule);
                entry["unknown"] = json!(keywords);
                entry
            });
            json!({
                "class": decision.class,
                "decided": decision.open.is_empty(),
                "rule": decision.rule.map(rule_json),
                "action": decision.rule.map(|rule| rule.action),
                "effect": explanation.effect(decision.class, access, kernel),
                "undecided": open.collect::<Vec<_>>(),
                "not_matching": passed.collect::<Vec<_>>(),
            })
        })
        .collect();
    Ok(json!({
        "format_version": 1,
        "kernel": kernel.version().to_string(),
        "access": serde_json::to_value(access)?,
        "classes": classes,
    }))
}
