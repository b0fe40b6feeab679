//! systemd units.

use super::{Change, Findings, Observed, ScriptCall, Step, StepId};
use crate::{
    config::{Desired, Stage},
    host::Script,
};

/// systemd units that must be enabled and active.
pub fn plan(desired: &Desired, observed: &Observed) -> Findings {
    let mut units = Vec::new();
    let mut lines = Vec::new();
    for (index, unit) in desired.services.iter().enumerate() {
        let (active, enabled) = observed.services.get(index).cloned().unwrap_or_default();
        let enabled_enough = matches!(
            enabled.as_str(),
            "enabled" | "static" | "alias" | "indirect" | "generated"
        );
        if active == "active" && enabled_enough {
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
        return Findings::default();
    }
    if !observed.has_tool("systemctl") {
        return Findings::refusal(format!("{} must run, and there is no systemctl", units.join(", ")));
    }
    let step = Step::new(
        StepId::new("services", "enable"),
        Stage::Prepare,
        format!("enable and start {}", units.join(" ")),
        lines.join("; "),
        ScriptCall::new(Script::EnableServices, units, "").into(),
        "systemctl is-active",
    );
    Findings::step(
        step.needs([StepId::new("packages", "install")])
            .shows(Change::Lines(lines)),
    )
}
