use super::{Graph, Plan, PlanError, boots, drift};
use crate::{
    config::{Apt, Boot, Desired, Kernel, Stage},
    ima::Appraisal,
    resource::{
        BootMode, Findings, Observed, Running, StepId, boot_mode, files, grub, kernel_config, package_kernel, packages,
        policy, preflight,
    },
};

const THEN: &str = "the host is looked at again; what the playbook wants of it is planned for that kernel, shown, and carried out in the same run, without another question";

/// The first leg of a host that is to run another kernel: its package, and a trial boot by a menu that boots it. Everything
/// else waits for what that kernel says of itself.
pub(super) fn first_leg(desired: &Desired, observed: &Observed, package: &str) -> Result<Plan, PlanError> {
    let running = Running::of(desired, observed);
    let mut findings = preflight::any_kernel(desired, observed);
    findings.merge(foresee(desired, observed, package));
    if findings.refusals.is_empty() {
        findings.merge(steps(&only_the_kernel(desired), desired, observed, &running));
    }
    let mut steps = if findings.refusals.is_empty() {
        findings.steps
    } else {
        Vec::new()
    };
    let drift = drift::tell(&mut steps, desired, observed, &running);
    Ok(Plan {
        now: format!("{}, kernel {}", running.words(), observed.kernel_release),
        then: (!steps.is_empty()).then(|| THEN.to_owned()),
        graph: Graph::join(steps)?,
        unchanged: findings.unchanged,
        drift,
        warnings: findings.warnings,
        refusals: findings.refusals,
        ..Plan::nothing(desired, observed, &running)
    })
}

/// What can be told of the kernel before it runs.
fn foresee(desired: &Desired, observed: &Observed, package: &str) -> Findings {
    let mut findings = Findings::default();
    if observed.package_kernel.unknown {
        return Findings::refusal(format!(
            "kernel.package is {package}, and the host has no dpkg: imaform knows no other way yet to tell which kernel a package brings; install and boot it by hand"
        ));
    }
    if observed.integrity.secure_boot {
        findings.warnings.push(format!(
            "Secure Boot is on: if the kernel of {package} is not signed for it, GRUB does not load it and waits at its menu until somebody switches the host off and on; the boot after that is the earlier one"
        ));
    }
    match package_kernel::foreseen(observed) {
        Some(next) => {
            findings.refusals.extend(kernel_config::unmet(desired, &next));
            let judged = desired.policy.as_ref().map(|policy| policy::judged(policy, &next));
            findings.refusals.extend(judged.map(|judged| judged.refusals).unwrap_or_default());
        }
        None => findings.warnings.push(format!(
            "not known before the kernel of {package} is installed and runs: whether it has IMA and the options of kernel.require, and whether it takes the policy. Where it does not, the run ends there, in that kernel"
        )),
    }
    findings
}

/// The playbook without what needs to know the kernel. Root's files stay: the package's source may be among them, and a
/// setting of GRUB's.
fn only_the_kernel(desired: &Desired) -> Desired {
    Desired {
        kernel: Kernel {
            package: desired.kernel.package.clone(),
            ..Kernel::default()
        },
        boot: Boot {
            cmdline: Vec::new(),
            ..desired.boot.clone()
        },
        mounts: Vec::new(),
        apt: Apt::default(),
        packages: Vec::new(),
        services: Vec::new(),
        policy: None,
        audit: None,
        files: files::of_root(desired).cloned().collect(),
        labels: None,
        checks: Vec::new(),
        ..desired.clone()
    }
}

fn steps(kernel: &Desired, desired: &Desired, observed: &Observed, running: &Running) -> Findings {
    let mut findings = grub::plan(kernel, observed);
    findings.merge(grub::guard(observed));
    findings.merge(files::plan(kernel, observed));
    findings.merge(packages::plan(kernel, observed));
    let mode = match desired.appraisal {
        Appraisal::Fix | Appraisal::Enforce => Appraisal::Fix,
        other => other,
    };
    let boots = BootMode::every(mode);
    let menu = StepId::new("grub", "menu");
    let changers = [StepId::new("packages", "install"), menu.clone()];
    let prepared = findings.ids().into_iter().filter(|id| !changers.contains(id));
    let reason = "installing a kernel runs update-grub, and a power cut may follow";
    let keep = boot_mode::keep_menu("kernel-menu", Stage::Prepare, boots, kernel, reason).needs(prepared);
    for step in findings.steps.iter_mut().filter(|step| changers.contains(&step.id)) {
        step.needs.push(keep.id.clone());
    }
    findings.steps.push(keep);
    findings.steps.extend(
        boots::kernel(boots, kernel, desired, observed)
            .into_iter()
            .map(|step| step.needs([menu.clone()])),
    );
    if running.mode == Appraisal::Enforce {
        boots::leave_first(observed, &mut findings);
        findings.steps.extend(boots::leave(kernel));
    }
    findings
}
