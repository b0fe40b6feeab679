//! Boots into another mode, with what sets, proves and confirms them.

use crate::{
    config::{Desired, PolicyLoad, Stage},
    ima::Appraisal,
    resource::{
        Action, BootMode, Change, Findings, Menu, Observed, Running, Step, StepId, boot_mode, health, policy, signature,
    },
};

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

pub(super) fn into_fix(desired: &Desired, observed: &Observed, running: &Running, menu: Menu) -> Vec<Step> {
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
pub(super) fn switch(mode: Appraisal, menu: Menu, desired: &Desired, why: &str) -> Vec<Step> {
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
pub(super) fn settle(id: &str, stage: Stage, mode: Appraisal, desired: &Desired, observed: &Observed) -> Step {
    let boots = BootMode::every(mode);
    if boot_mode::is_on_trial(&observed.cmdline) {
        let reason = "an earlier run left this trial boot without its confirmation, and the host can be reached";
        return boot_mode::confirm(id, stage, boots, desired, reason);
    }
    let reason = format!("every boot from here on is {mode}, and nothing is on trial");
    boot_mode::set(id, stage, boots, desired, &reason)
}

/// One more boot in the mode that runs, by a menu that may have changed.
pub(super) fn again(desired: &Desired, mode: Appraisal) -> Vec<Step> {
    let why = "it shows whether the host still boots";
    match mode {
        Appraisal::Enforce => enforce(desired, Menu::Trial, why),
        mode => switch(mode, Menu::Trial, desired, why),
    }
}

/// The trial boot in enforce, up to its confirmation.
pub(super) fn enforce(desired: &Desired, menu: Menu, why: &str) -> Vec<Step> {
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

pub(super) fn confirm(desired: &Desired) -> Vec<Step> {
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

pub(super) fn why_reboot(running: &Running, mode: Appraisal) -> String {
    if running.mode != mode {
        return format!("the running mode is {}", running.mode);
    }
    if running.cmdline_missing.is_empty() {
        return "a loaded policy stays until the next boot".into();
    }
    format!("the running kernel lacks {}", running.cmdline_missing.join(" "))
}
