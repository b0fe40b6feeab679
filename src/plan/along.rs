//! The steps along a route, from boot to boot.

use super::{
    Route, boots,
    route::{sets_labels, writes_labels},
};
use crate::{
    config::{Desired, Policy, PolicyLoad, Stage},
    ima::Appraisal,
    resource::{
        BootMode, Findings, Menu, Observed, Running, Step, StepId, Unchanged, gate::Question, labels, policy,
        sha256_hex, signature,
    },
};

/// Those that reboot the host, and those that only make sense between boots. `menu`: whether the first of these boots
/// is the first of a new boot menu.
pub(super) fn steps(desired: &Desired, observed: &Observed, running: &Running, route: Route, menu: Menu) -> Findings {
    let mut findings = Findings::default();
    let target = desired.appraisal;
    if route.leaves_enforce() {
        findings.steps.extend(boots::leave(desired));
    }
    match route {
        Route::Stay => {
            let mode = format!("{target} as the mode of every boot");
            findings.merge(Findings::unchanged(&StepId::new("boot", "mode"), mode));
            if let Some(policy) = &desired.policy {
                findings.merge(Findings::unchanged(&StepId::new("policy", "install"), &policy.path));
            }
            findings.steps.extend(signature::stay(desired, observed));
            findings.merge(stay(desired, observed));
        }
        Route::Confirm => {
            findings.steps.extend(signature::stay(desired, observed));
            findings.merge(stay(desired, observed));
            findings.steps.extend(boots::confirm(desired));
        }
        Route::Switch { .. } => {
            if !running.is(target) || route.leaves_enforce() {
                let why = boots::why_reboot(running, target);
                findings.steps.extend(boots::switch(target, menu, desired, &why));
            } else {
                findings
                    .steps
                    .push(boots::settle("mode", Stage::Enforce, target, desired, observed));
            }
        }
        Route::Label { fix_boot, .. } => {
            let trial_pending =
                writes_labels(desired) && BootMode::of(observed).is_some_and(|boots| boots.trial.is_some());
            if fix_boot {
                findings.steps.extend(boots::into_fix(desired, observed, running, menu));
                if sets_labels(desired) && target != Appraisal::Fix {
                    findings.warnings.push("labels.method is setxattr, and still there is a fix boot: the running one cannot judge the policy, since one is loaded already or the host leaves enforce first".into());
                }
            } else if trial_pending || running.mode == Appraisal::Fix && !running.confirmed {
                // A trial that an earlier run left pending would enforce before the labels are complete.
                findings
                    .steps
                    .push(boots::settle("fix-mode", Stage::Fix, Appraisal::Fix, desired, observed));
            }
            let policy = desired.policy.as_ref();
            let unjudged = policy.filter(|policy| fix_boot || !policy::is_judged(policy, observed, running));
            findings.steps.extend(label(desired, unjudged, observed));
            findings
                .steps
                .extend(finish(desired, observed, if fix_boot { Menu::Proven } else { menu }));
        }
    }
    if let Some(policy) = &desired.policy {
        let is_loaded = observed.integrity.loaded == sha256_hex(&policy.content);
        let loads_now = match (policy.load, route) {
            // What is loaded once is gone with the boot.
            (PolicyLoad::Once, _) => !is_loaded || findings.steps.iter().any(Step::reboots),
            (PolicyLoad::Boot, Route::Label { .. }) => target == Appraisal::Fix,
            (PolicyLoad::Boot, _) => false,
        };
        if loads_now || matches!(route, Route::Label { .. }) && policy.load == PolicyLoad::Once {
            findings.steps.push(policy::load(policy));
        }
    }
    findings
}

/// Files that lost or never got their label. Where the rules in force label no new files, there always will be some.
fn stay(desired: &Desired, observed: &Observed) -> Findings {
    let mut findings = Findings::default();
    let (Some(scope), Some(found)) = (&desired.labels, &observed.labels) else {
        return findings;
    };
    let count = found.lacking();
    if desired.appraisal == Appraisal::Off || count == 0 {
        let complete = Unchanged::new(&StepId::new("labels", "files"), "the labels in scope");
        findings
            .unchanged
            .extend((desired.appraisal != Appraisal::Off).then_some(complete));
        return findings;
    }
    if desired.policy.as_ref().is_none_or(policy::labels_new_files) {
        findings.steps.push(labels::from_userspace(scope, found));
        findings.steps.push(labels::verify(scope));
    } else {
        findings.warnings.push(format!(
            "{count} files in scope have no label, and the loaded policy gives new files none: {}",
            found.missing.iter().take(3).cloned().collect::<Vec<_>>().join(", ")
        ));
    }
    findings
}

fn label(desired: &Desired, unjudged: Option<&Policy>, observed: &Observed) -> Vec<Step> {
    let mut steps = Vec::new();
    if let Some(policy) = unjudged {
        steps.push(policy::judge(policy));
        steps.push(policy::install(policy, observed));
    }
    if let Some((labels, signing)) = signature::of(desired) {
        steps.push(signature::load(signing));
        steps.push(signature::sign(labels, signing, observed));
    }
    if let Some(scope) = desired.labels.as_ref().filter(|_| writes_labels(desired)) {
        let before: Vec<StepId> = steps.iter().map(|step| step.id.clone()).collect();
        steps.push(labels::files(scope).needs(before));
        steps.push(labels::verify(scope));
    }
    steps
}

fn finish(desired: &Desired, observed: &Observed, menu: Menu) -> Vec<Step> {
    match desired.appraisal {
        Appraisal::Fix => Vec::new(),
        Appraisal::Enforce => {
            let mut steps = vec![Question::of(desired, observed).step()];
            let why = "the files are labelled and the kernel has accepted the policy";
            steps.extend(boots::enforce(desired, menu, why));
            steps
        }
        mode @ (Appraisal::Log | Appraisal::Off) => {
            let why = if writes_labels(desired) {
                "the files are labelled"
            } else {
                "the kernel has accepted the policy"
            };
            boots::switch(mode, menu, desired, why)
        }
    }
}
