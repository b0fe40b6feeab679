use super::Plan;
use crate::resource::{Action, Change, Effect};

/// What has to happen before more is known.
const LOOK: &str = "the host is looked at";

impl Plan {
    /// Marks what this plan says of things that the facts of `time`, from which it is made, do not tell of: `unasked` are lines
    /// of a probe request.
    pub fn mark_unknown(&mut self, unasked: &[String], time: &str) {
        if unasked.is_empty() {
            return;
        }
        let names = |kind: &str| {
            unasked
                .iter()
                .filter_map(|line| line.strip_prefix(kind))
                .collect::<Vec<_>>()
        };
        let (files, packages, services) = (names("file "), names("package "), names("service "));
        for step in self.graph.steps_mut() {
            let of = |names: &[&str]| match &step.action {
                Action::Script(call) => call.args.iter().any(|arg| names.contains(&arg.as_str())),
                _ => false,
            };
            let unknown = match &step.change {
                Change::File { path, .. } => files.contains(&path.as_str()),
                _ => match step.id.resource() {
                    "packages" => of(&packages),
                    "services" => of(&services),
                    _ => false,
                },
            };
            if unknown {
                step.effect = Effect::Unknown {
                    until: LOOK.into(),
                    why: format!("the facts of {time} do not say what is there now"),
                };
            }
        }
        self.warnings.push(format!(
            "the facts of {time} were taken for another playbook: unknown until {LOOK} is what they do not tell of ({})",
            unasked.join(", ")
        ));
    }
}
