//! Rules of auditd.

use super::{Findings, Observed, ScriptCall, Step, StepId, managed_file};
use crate::{
    config::{Desired, FileContent, Stage},
    host::Script,
};

/// Rules of auditd: the file, and the kernel's own list of rules.
pub fn plan(desired: &Desired, observed: &Observed) -> Findings {
    let Some(file) = file(desired) else {
        return Findings::default();
    };
    let id = StepId::new("audit", "rules");
    let mut findings = managed_file::plan(id, &file, observed, "audit rules");
    let written = !findings.steps.is_empty();
    for step in &mut findings.steps {
        // The package brings the directory and its own rules.
        step.needs.push(StepId::new("packages", "install"));
    }
    let missing = missing_keys(&file.content, &observed.audit_rules);
    if !written && missing.is_empty() {
        return findings;
    }
    let reason = if written {
        "the rules change".to_owned()
    } else {
        format!("the kernel holds no rule with the key {}", missing.join(", "))
    };
    let step = Step::new(
        StepId::new("audit", "load"),
        Stage::Prepare,
        "load the audit rules (augenrules --load)",
        reason,
        ScriptCall::new(Script::LoadAudit, [file.path.clone()], "").into(),
        "auditctl -l shows a rule for each key",
    );
    let mut needs = findings.ids();
    needs.extend([StepId::new("packages", "install"), StepId::new("services", "enable")]);
    findings.steps.push(step.needs(needs));
    findings
}

/// The rules as a file.
pub fn file(desired: &Desired) -> Option<FileContent> {
    let audit = desired.audit.as_ref()?;
    Some(FileContent {
        mode: 0o640,
        ..managed_file::root_file(&audit.path, &audit.content)
    })
}

/// The keys (`-k NAME`) of a rules file of which the kernel's list has none. The kernel prints rules in a spelling of its
/// own; the key is what stays the same.
fn missing_keys(rules: &str, loaded: &str) -> Vec<String> {
    let mut missing: Vec<String> = rules
        .lines()
        .filter(|line| !line.trim_start().starts_with('#'))
        .filter_map(|line| key(line))
        .filter(|key| !loaded.lines().any(|line| self::key(line) == Some(key)))
        .map(str::to_owned)
        .collect();
    missing.sort();
    missing.dedup();
    missing
}

fn key(rule: &str) -> Option<&str> {
    let mut words = rule.split_ascii_whitespace();
    while let Some(word) = words.next() {
        match word {
            "-k" => return words.next(),
            "-F" => match words.next().and_then(|field| field.strip_prefix("key=")) {
                Some(key) => return Some(key),
                None => continue,
            },
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_keys_in_both_spellings() {
        let loaded = "-w /etc/passwd -p wa -k identity\n-a always,exit -F arch=b64 -S init_module -F key=modules\n";
        let rules =
            "# -k comment\n-w /etc/passwd -p wa -k identity\n-a always,exit -S init_module -k modules\n-w /x -k new\n";
        assert_eq!(missing_keys(rules, loaded), ["new"]);
    }
}
