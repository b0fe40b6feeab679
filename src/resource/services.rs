//! systemd units.

use super::{Findings, Observed, ScriptCall, Step, StepId, Unchanged};
use crate::{
    config::{Desired, Stage},
    host::Script,
};

/// systemd units that must be enabled and active.
pub fn plan(desired: &Desired, observed: &Observed) -> Findings {
    let mut units = Vec::new();
    let mut lines = Vec::new();
    let mut findings = Findings::default();
    let id = StepId::new("services", "enable");
    for (index, unit) in desired.services.iter().enumerate() {
        let (active, enabled) = observed.services.get(index).cloned().unwrap_or_default();
        let enabled_enough = matches!(
            enabled.as_str(),
            "enabled" | "static" | "alias" | "indirect" | "generated"
        );
        if active == "active" && enabled_enough {
            findings.unchanged.push(Unchanged::new(&id, format!("service {unit}")));
            continue;
        }
        let said = |state: &str| {
            if state.is_empty() {
                "unknown".to_owned()
            } else {
                state.to_owned()
            }
        };
        lines.push(format!("{unit}: {}, {}", said(&active), said(&enabled)));
        units.push(unit.clone());
    }
    if units.is_empty() {
        return findings;
    }
    if !observed.has_tool("systemctl") {
        return Findings::refusal(format!("{} must run, and there is no systemctl", units.join(", ")));
    }
    let step = Step::new(
        id,
        Stage::Prepare,
        format!("enable and start {}", units.join(" ")),
        lines.join("; "),
        ScriptCall::new(Script::EnableServices, units, "").into(),
        "systemctl is-active",
    );
    findings.steps.push(step.needs([StepId::new("packages", "install")]));
    findings
}
