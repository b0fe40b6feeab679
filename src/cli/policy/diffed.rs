//! A difference of policies, for people and for scripts.

use crate::{
    ima::policy::{
        Class, Kernel,
        diff::{Change, Coverage, Difference, Example, Outcome, Trend},
    },
    words::count,
};
use serde_json::{Value, json};
use std::{fmt::Write, path::Path};

/// A block for each change, as in a pull request, and a last line that sums up. `files`: the policy before and after.
pub fn text(difference: &Difference<'_>, files: [&Path; 2], kernel: &Kernel) -> String {
    let [before, after] = files;
    let mut text = String::new();
    for change in &difference.changes {
        let _ = writeln!(text, "{}: {}", heading(change), change.conditions);
        let _ = writeln!(text, "  - {}", outcome(&change.before, before));
        let _ = writeln!(text, "  + {}", outcome(&change.after, after));
        let _ = writeln!(text, "  for example: {}\n", Example(&change.example));
    }
    if let Coverage::Share(share) = difference.coverage {
        let _ = writeln!(
            text,
            "The policies tell more accesses apart than can be compared: about {:.0} % were looked at, chosen evenly, and \
             there may be more changes.",
            (share * 100.0).floor()
        );
    }
    let changes = match difference.changes.len() {
        0 => "no change".to_owned(),
        more => count(more, "change"),
    };
    let _ = writeln!(text, "{changes} in effect ({kernel})");
    text
}

fn heading(change: &Change<'_>) -> String {
    let done = match change.class {
        Class::Measure => "measured",
        Class::Appraise => "appraised",
        Class::Audit => "audited",
        Class::Hash => "labelled by a hash rule",
    };
    match change.trend() {
        Trend::Lost => format!("No longer {done}"),
        Trend::Otherwise => format!("Otherwise {done}"),
        Trend::New => format!("Newly {done}"),
    }
}

fn outcome(outcome: &Outcome<'_>, path: &Path) -> String {
    let effect = &outcome.effect;
    match outcome.rule {
        Some(rule) => format!("{effect} ({} line {}: {rule})", path.display(), rule.line),
        None => format!("{effect} (no rule)"),
    }
}

/// The same for scripts.
pub fn json(difference: &Difference<'_>, kernel: &Kernel) -> Value {
    let side = |outcome: &Outcome<'_>| json!({ "rule": outcome.rule.map(|rule| rule.line), "effect": outcome.effect.to_string() });
    let changes = difference.changes.iter().map(|change| {
        json!({
            "class": change.class,
            "before": side(&change.before),
            "after": side(&change.after),
            "conditions": change.conditions,
            "example": change.example,
        })
    });
    let compared = match difference.coverage {
        Coverage::All => 1.0,
        Coverage::Share(share) => share,
    };
    json!({
        "format_version": 1,
        "kernel": kernel.version(),
        "built_as": kernel.assumed(),
        "complete": difference.coverage == Coverage::All,
        "compared": compared,
        "changes": changes.collect::<Vec<_>>(),
    })
}
