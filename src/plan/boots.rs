use super::{
    Route,
    route::{sets_labels, writes_labels},
};
use crate::{
    config::{Desired, Policy, PolicyLoad, Stage},
    ima::Appraisal,
    resource::{
        Action, BootMode, Change, Findings, Menu, Observed, Running, Step, StepId, Unchanged, boot_mode,
        gate::Question, health, labels, policy, sha256_hex, signature,
    },
};

/// The steps that reboot the host, and those that only make sense between boots. `menu`: whether the first of these boots
/// is the first of a new boot menu.
pub(super) fn plan(desired: &Desired, observed: &Observed, running: &Running, route: Route, menu: Menu) -> Findings {
    let mut findings = Findings::default();
    let target = desired.appraisal;
    if route.leaves_enforce() {
        findings.steps.extend(leave(desired));
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
            findings.steps.extend(confirm(desired));
        }
        Route::Switch { .. } => {
            if !running.is(target) || route.leaves_enforce() {
                let why = why_reboot(running, target);
                findings.steps.extend(switch(target, menu, desired, &why));
            } else {
                findings
                    .steps
                    .push(settle("mode", Stage::Enforce, target, desired, observed));
            }
        }
        Route::Label { fix_boot, .. } => {
            let trial_pending =
                writes_labels(desired) && BootMode::of(observed).is_some_and(|boots| boots.trial.is_some());
            if fix_boot {
                findings.steps.extend(into_fix(desired, observed, running, menu));
                if sets_labels(desired) && target != Appraisal::Fix {
                    findings.warnings.push("labels.method is setxattr, and still there is a fix boot: the running one cannot judge the policy, since one is loaded already or the host leaves enforce first".into());
                }
            } else if trial_pending || running.mode == Appraisal::Fix && !running.confirmed {
                // A trial that an earlier run left pending would enforce before the labels are complete.
                findings
                    .steps
                    .push(settle("fix-mode", Stage::Fix, Appraisal::Fix, desired, observed));
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

/// Steps that take an enforcing host back to fix before its boot files are changed: `update-grub` can fail under enforce.
pub(super) fn leave(desired: &Desired) -> Vec<Step> {
    let fix = BootMode::every(Appraisal::Fix);
    let why = "boot files change, which fails under enforce";
    let set = boot_mode::set("leave-enforce", Stage::Prepare, fix, desired, why);
    let mut out = boot_mode::reboot("left-enforce", Stage::Prepare, fix, desired, "leave enforce first");
    if let Action::Reboot(expectation) = &mut out.action {
        // The command line is what changes next; of this boot only the mode matters.
        expectation.cmdline.clear();
        expectation.kernel = None;
        out.change = Change::None;
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

/// Into another kernel, which may refuse the policy that the one that runs has taken. `kernel` is what is wanted of that boot,
/// `desired` of the host.
pub(super) fn kernel(boots: BootMode, kernel: &Desired, desired: &Desired, observed: &Observed) -> Vec<Step> {
    let boots = boots.menu(Menu::Trial);
    let reason = "the new menu boots the kernel that the playbook names";
    let set = boot_mode::set("kernel-mode", Stage::Prepare, boots, kernel, reason);
    let aside = set_aside(desired, observed, &set.id).map(|step| Step {
        stage: Stage::Prepare,
        ..step
    });
    let mut steps: Vec<Step> = [Some(set), aside].into_iter().flatten().collect();
    let needs: Vec<StepId> = steps.iter().map(|step| step.id.clone()).collect();
    let why = format!("kernel {} runs", observed.kernel_release);
    let mut boot = boot_mode::reboot("kernel", Stage::Prepare, boots, kernel, &why).needs(needs);
    if let Some(package) = &kernel.kernel.package {
        boot.title = format!("reboot into the kernel of {package}, with ima_appraise={}", boots.every);
        boot.verification = format!("{}, and uname -r", boot.verification);
    }
    steps.extend(kept(boot, boots, kernel));
    steps
}

/// Without its policy an enforcing host would fall back to the built-in rules at its next boot, under which far more is
/// denied: it is out of enforce first, by step `mode`.
fn set_aside(desired: &Desired, observed: &Observed, mode: &StepId) -> Option<Step> {
    let at_boot = desired.policy.as_ref().filter(|policy| policy.load == PolicyLoad::Boot);
    at_boot
        .filter(|policy| observed.file(&policy.path).exists())
        .map(|policy| policy::set_aside(policy).needs([mode.clone()]))
}

fn into_fix(desired: &Desired, observed: &Observed, running: &Running, menu: Menu) -> Vec<Step> {
    let boots = BootMode::every(Appraisal::Fix).menu(menu);
    let reason = "any boot from here on writes labels and denies nothing";
    let mode = boot_mode::set("fix-mode", Stage::Fix, boots, desired, reason);
    let set_aside = set_aside(desired, observed, &mode.id);
    let mut steps: Vec<Step> = [Some(mode), set_aside].into_iter().flatten().collect();
    let needs: Vec<StepId> = steps.iter().map(|step| step.id.clone()).collect();
    let why = why_reboot(running, Appraisal::Fix);
    let boot = boot_mode::reboot("fix", Stage::Fix, boots, desired, &why).needs(needs);
    steps.extend(kept(boot, boots, desired));
    steps
}

/// Into the final mode in one boot.
fn switch(mode: Appraisal, menu: Menu, desired: &Desired, why: &str) -> Vec<Step> {
    let boots = BootMode::every(mode).menu(menu);
    let set = boot_mode::set("mode", Stage::Enforce, boots, desired, "the playbook asks for it");
    let boot = boot_mode::reboot("final", Stage::Enforce, boots, desired, why).needs([set.id.clone()]);
    let mut steps = vec![set];
    steps.extend(kept(boot, boots, desired));
    steps
}

/// A reboot, and where it is the first one of a new menu, the end of that trial.
fn kept(boot: Step, boots: BootMode, desired: &Desired) -> Vec<Step> {
    if boots.menu != Menu::Trial {
        return vec![boot];
    }
    let reason = "the host booted by the new menu and can be reached: from now on it is the menu of every boot";
    let mut keep = boot_mode::confirm("keep", boot.stage, boots.menu(Menu::Proven), desired, reason);
    keep.title = "keep the new boot menu".into();
    let needs = [boot.id.clone()];
    vec![boot, keep.needs(needs)]
}

/// Makes the mode that runs the mode of every boot, and ends the trial that an earlier run left, if there is one.
fn settle(id: &str, stage: Stage, mode: Appraisal, desired: &Desired, observed: &Observed) -> Step {
    let boots = BootMode::every(mode);
    if boot_mode::is_on_trial(&observed.cmdline) {
        let reason = "an earlier run left this trial boot without its confirmation, and the host can be reached";
        return boot_mode::confirm(id, stage, boots, desired, reason);
    }
    let reason = format!("every boot from here on is {mode}, and nothing is on trial");
    boot_mode::set(id, stage, boots, desired, &reason)
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

/// One more boot in the mode that runs, by a menu that may have changed.
pub(super) fn again(desired: &Desired, mode: Appraisal) -> Vec<Step> {
    let why = "it shows whether the host still boots";
    match mode {
        Appraisal::Enforce => enforce(desired, Menu::Trial, why),
        mode => switch(mode, Menu::Trial, desired, why),
    }
}

fn finish(desired: &Desired, observed: &Observed, menu: Menu) -> Vec<Step> {
    match desired.appraisal {
        Appraisal::Fix => Vec::new(),
        Appraisal::Enforce => {
            let mut steps = vec![Question::of(desired, observed).step()];
            let why = "the files are labelled and the kernel has accepted the policy";
            steps.extend(enforce(desired, menu, why));
            steps
        }
        mode @ (Appraisal::Log | Appraisal::Off) => {
            let why = if writes_labels(desired) {
                "the files are labelled"
            } else {
                "the kernel has accepted the policy"
            };
            switch(mode, menu, desired, why)
        }
    }
}

/// The trial boot in enforce, up to its confirmation.
fn enforce(desired: &Desired, menu: Menu, why: &str) -> Vec<Step> {
    let boots = BootMode::trial().menu(menu);
    let note = health::note();
    let set = "one boot in enforce; unless it is confirmed, the next boot is fix again, by itself";
    let trial = boot_mode::set("trial-mode", Stage::Enforce, boots, desired, set).needs([note.id.clone()]);
    let boot = boot_mode::reboot("trial", Stage::Enforce, boots, desired, why).needs([trial.id.clone()]);
    let mut proof = confirm(desired);
    if let Some(first) = proof.first_mut() {
        first.needs.push(boot.id.clone());
    }
    [note, trial, boot].into_iter().chain(proof).collect()
}

fn confirm(desired: &Desired) -> Vec<Step> {
    let health = health::check(desired);
    let proof = boot_mode::prove().needs([health.id.clone()]);
    let reason = "the trial boot is healthy and proven: from now on every boot enforces";
    let boots = BootMode::every(Appraisal::Enforce);
    let confirm = boot_mode::confirm("confirm", Stage::Enforce, boots, desired, reason).needs([proof.id.clone()]);
    let mut steps = vec![health, proof, confirm];
    if let Some((_, signing)) = signature::of(desired) {
        let check = signature::check(signing);
        steps[1].needs.push(check.id.clone());
        steps.insert(1, check);
    }
    steps
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
