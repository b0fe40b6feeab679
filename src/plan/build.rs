use super::{Graph, Plan, PlanError, Route, along, boots, drift, kernel};
use crate::{
    config::{Check, CheckTime, Desired},
    host::Script,
    resource::{
        Change, Menu, Observed, Running, ScriptCall, Step, StepId, audit, boot_mode, dpkg_hook, evidence, files, fstab,
        grub, kernel_config, package_kernel, packages, preflight, securityfs, services, sha256_hex, signature,
    },
};
use std::time::Duration;

impl Plan {
    /// Works out what must be done to a host.
    ///
    /// # Errors
    /// When the steps contradict each other; that is a fault of imaform, not of the input.
    pub fn build(desired: &Desired, observed: &Observed) -> Result<Self, PlanError> {
        if let Some(package) = package_kernel::pending(desired, observed) {
            return kernel::first_leg(desired, observed, package);
        }
        let (desired, resolved) = &grub::resolve(desired, observed);
        let running = Running::of(desired, observed);
        let boot_files = grub::plan(desired, observed);
        let reconfigures_boot = !boot_files.steps.is_empty()
            || !running.cmdline_missing.is_empty()
            || boot_mode::has_unproven_menu(observed);
        let certificate = signature::plan(desired, observed);
        // That an initramfs loads the certificate, a trial boot must show: signed files are denied where it does not.
        let changes_boot = reconfigures_boot || !certificate.steps.is_empty();
        let route = Route::choose(desired, observed, &running, changes_boot);

        let mut findings = preflight::check(desired, observed);
        findings.merge(resolved.clone());
        for part in [
            kernel_config::plan(desired, observed),
            boot_files,
            grub::guard(observed),
            fstab::plan(desired, observed),
            securityfs::plan(observed),
            packages::plan(desired, observed),
            services::plan(desired, observed),
            audit::plan(desired, observed),
            files::plan(desired, observed),
            dpkg_hook::plan(desired, observed),
            certificate,
        ] {
            findings.merge(part);
        }
        let menu = if reconfigures_boot { Menu::Trial } else { Menu::Proven };
        if route.leaves_enforce() {
            boots::leave_first(observed, &mut findings);
        }
        findings.merge(along::steps(desired, observed, &running, route, menu));
        let mut steps = if findings.refusals.is_empty() {
            findings.steps
        } else {
            Vec::new()
        };
        if !steps.is_empty() {
            steps.push(evidence::prove(desired, observed));
        }
        add_checks(&mut steps, &desired.checks);
        let drift = drift::tell(&mut steps, desired, observed, &running);
        Ok(Self {
            graph: Graph::join(steps)?,
            unchanged: findings.unchanged,
            drift,
            warnings: findings.warnings,
            refusals: findings.refusals,
            ..Self::nothing(desired, observed, &running)
        })
    }
}

/// Puts the user's checks around the stages that have something to do.
fn add_checks(steps: &mut Vec<Step>, checks: &[Check]) {
    for check in checks {
        let members: Vec<StepId> = steps
            .iter()
            .filter(|step| step.stage == check.stage)
            .map(|step| step.id.clone())
            .collect();
        if members.is_empty() {
            continue;
        }
        let when = match check.when {
            CheckTime::Before => "before",
            CheckTime::After => "after",
        };
        let args = [check.timeout.as_secs().to_string(), sha256_hex(&check.command)];
        let call = ScriptCall::new(Script::RunCheck, args, check.command.clone())
            .deadline(check.timeout + Duration::from_secs(60));
        let step = Step::new(
            StepId::new("check", &check.name),
            check.stage,
            format!("check: {}", check.name),
            format!("the playbook asks for it {when} {}", check.stage),
            call.into(),
            "exit 0",
        )
        .shows(Change::Lines(vec![check.command.clone()]));
        match check.when {
            CheckTime::Before => {
                for other in steps.iter_mut().filter(|other| members.contains(&other.id)) {
                    other.needs.push(step.id.clone());
                }
                steps.push(step);
            }
            CheckTime::After => {
                // A check of enforce is part of the trial: every boot enforces only after it.
                let confirm = StepId::new("boot", "confirm");
                for other in steps.iter_mut().filter(|other| other.id == confirm) {
                    other.needs.push(step.id.clone());
                }
                steps.push(step.needs(members.into_iter().filter(|id| *id != confirm)));
            }
        }
    }
}
