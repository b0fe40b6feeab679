use super::{
    Route,
    route::{sets_labels, writes_labels},
};
use crate::{
    config::{Desired, Policy, PolicyLoad, Stage},
    ima::Appraisal,
    resource::{Action, BootMode, Findings, Observed, Running, Step, StepId, boot_mode, labels, policy, sha256_hex},
};

/// The steps that reboot the host, and those that only make sense between boots.
pub(super) fn plan(desired: &Desired, observed: &Observed, running: &Running, route: Route) -> Findings {
    let mut findings = Findings::default();
    let target = desired.appraisal;
    if route.leaves_enforce() {
        findings.steps.extend(leave(desired));
    }
    match route {
        Route::Stay => findings.merge(stay(desired, observed)),
        Route::Confirm => {
            findings.merge(stay(desired, observed));
            findings.steps.extend(confirm());
        }
        Route::Switch { .. } => {
            let set = boot_mode::set("mode", Stage::Enforce, target, "the playbook asks for it");
            let needs = [set.id.clone()];
            findings.steps.push(set);
            if !running.is(target) || route.leaves_enforce() {
                let why = why_reboot(running, target);
                findings
                    .steps
                    .push(boot_mode::reboot("final", Stage::Enforce, target, desired, &why).needs(needs));
            }
        }
        Route::Label { fix_boot, .. } => {
            let trial_pending = writes_labels(desired) && BootMode::of(observed).trial.is_some();
            if fix_boot {
                findings.steps.extend(into_fix(desired, observed, running));
                if sets_labels(desired) && target != Appraisal::Fix {
                    findings.warnings.push("labels.method is setxattr, and still there is a fix boot: the running one cannot judge the policy, since one is loaded already or the host leaves enforce first".into());
                }
            } else if trial_pending || running.mode == Appraisal::Fix && !running.confirmed {
                // A trial that an earlier run left pending would enforce before the labels are complete.
                findings.steps.push(fix_mode());
            }
            let policy = desired.policy.as_ref();
            let unjudged = policy.filter(|policy| fix_boot || !policy::is_judged(policy, observed, running));
            findings.steps.extend(label(desired, unjudged, observed));
            findings.steps.extend(finish(desired));
        }
    }
    if let Some(policy) = &desired.policy {
        let is_loaded = observed.integrity.loaded == sha256_hex(&policy.content);
        let loads_now = match (policy.load, route) {
            // What is loaded once is gone with the boot.
            (PolicyLoad::Once, _) => !is_loaded || reboots(&findings),
            (PolicyLoad::Boot, Route::Label { .. }) => target == Appraisal::Fix,
            (PolicyLoad::Boot, _) => false,
        };
        if loads_now || matches!(route, Route::Label { .. }) && policy.load == PolicyLoad::Once {
            findings.steps.push(policy::load(policy));
        }
    }
    findings
}

fn reboots(findings: &Findings) -> bool {
    findings
        .steps
        .iter()
        .any(|step| matches!(step.action, Action::Reboot(_)))
}

/// Files that lost or never got their label. Where the rules in force label no new files, there always will be some.
fn stay(desired: &Desired, observed: &Observed) -> Findings {
    let mut findings = Findings::default();
    let (Some(scope), Some(found)) = (&desired.labels, &observed.labels) else {
        return findings;
    };
    let count = found.lacking();
    if desired.appraisal == Appraisal::Off || count == 0 {
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

/// Steps that take an enforcing host back to fix before its boot files are changed: `update-grub` can fail under enforce.
fn leave(desired: &Desired) -> Vec<Step> {
    let set = boot_mode::set(
        "leave-enforce",
        Stage::Prepare,
        Appraisal::Fix,
        "boot files change, which fails under enforce",
    );
    let mut out = boot_mode::reboot(
        "left-enforce",
        Stage::Prepare,
        Appraisal::Fix,
        desired,
        "leave enforce first",
    );
    if let Action::Reboot(expectation) = &mut out.action {
        // The command line is what changes next; of this boot only the mode matters.
        expectation.cmdline.clear();
    }
    vec![set, out.needs([StepId::new("boot", "leave-enforce")])]
}

/// Lets every other change wait until the host has left enforce: a reboot runs beside nothing else.
pub(super) fn leave_first(observed: &Observed, findings: &mut Findings) {
    if !observed.grub.menu_snippet {
        findings.refusals.push(
            "the host enforces, and grub.cfg does not carry /etc/grub.d/01_imaform, by which imaform would leave enforce; update-grub fails under it. Boot once with ima_appraise=fix at the GRUB prompt, then apply".into(),
        );
    }
    for step in &mut findings.steps {
        step.needs.push(StepId::new("boot", "left-enforce"));
    }
}

fn into_fix(desired: &Desired, observed: &Observed, running: &Running) -> Vec<Step> {
    let mode = fix_mode();
    let at_boot = desired.policy.as_ref().filter(|policy| policy.load == PolicyLoad::Boot);
    // Without its policy an enforcing host would fall back to the built-in rules at its next boot, under which far more is
    // denied: it is out of enforce first.
    let set_aside = at_boot
        .filter(|policy| observed.file(&policy.path).exists())
        .map(|policy| policy::set_aside(policy).needs([mode.id.clone()]));
    let mut steps: Vec<Step> = [Some(mode), set_aside].into_iter().flatten().collect();
    let needs: Vec<StepId> = steps.iter().map(|step| step.id.clone()).collect();
    let why = why_reboot(running, Appraisal::Fix);
    steps.push(boot_mode::reboot("fix", Stage::Fix, Appraisal::Fix, desired, &why).needs(needs));
    steps
}

fn fix_mode() -> Step {
    let reason = "any boot from here on writes labels and denies nothing";
    boot_mode::set("fix-mode", Stage::Fix, Appraisal::Fix, reason)
}

fn label(desired: &Desired, unjudged: Option<&Policy>, observed: &Observed) -> Vec<Step> {
    let mut steps = Vec::new();
    if let Some(policy) = unjudged {
        steps.push(policy::judge(policy));
        steps.push(policy::install(policy, observed));
    }
    if let Some(scope) = desired.labels.as_ref().filter(|_| writes_labels(desired)) {
        let before: Vec<StepId> = steps.iter().map(|step| step.id.clone()).collect();
        steps.push(labels::files(scope).needs(before));
        steps.push(labels::verify(scope));
    }
    steps
}

fn finish(desired: &Desired) -> Vec<Step> {
    match desired.appraisal {
        Appraisal::Fix => Vec::new(),
        Appraisal::Enforce => {
            let trial = boot_mode::trial("trial-mode");
            let reason = "the files are labelled and the kernel has accepted the policy";
            let boot = boot_mode::reboot("trial", Stage::Enforce, Appraisal::Enforce, desired, reason);
            let mut steps = vec![boot.needs([trial.id.clone()])];
            steps.insert(0, trial);
            let mut proof = confirm();
            if let Some(first) = proof.first_mut() {
                first.needs.push(StepId::new("boot", "trial"));
            }
            steps.extend(proof);
            steps
        }
        mode @ (Appraisal::Log | Appraisal::Off) => {
            let set = boot_mode::set("mode", Stage::Enforce, mode, "the playbook asks for it");
            let needs = [set.id.clone()];
            let why = if writes_labels(desired) {
                "the files are labelled"
            } else {
                "the kernel has accepted the policy"
            };
            vec![
                set,
                boot_mode::reboot("final", Stage::Enforce, mode, desired, why).needs(needs),
            ]
        }
    }
}

fn confirm() -> Vec<Step> {
    let proof = boot_mode::prove();
    let reason = "the trial boot is proven: from now on every boot enforces";
    let confirm = boot_mode::set("confirm", Stage::Enforce, Appraisal::Enforce, reason).needs([proof.id.clone()]);
    vec![proof, confirm]
}

fn why_reboot(running: &Running, mode: Appraisal) -> String {
    if running.mode != mode {
        return format!("the running mode is {}", running.mode);
    }
    if running.cmdline_missing.is_empty() {
        return "a loaded policy stays until the next boot".into();
    }
    format!("the running kernel lacks {}", running.cmdline_missing.join(" "))
}
