//! A custom IMA policy.

use super::{Change, Door, Findings, Observed, Running, ScriptCall, Step, StepId, managed_file, sha256_hex};
use crate::{
    config::{Policy, PolicyLoad, Stage},
    host::Script,
    ima::{
        self,
        policy::{
            Fault,
            lint::{self, Lint, Surroundings},
        },
    },
    words::count,
};

/// The policy that systemd loads early in every boot.
pub const BOOT_PATH: &str = "/etc/ima/ima-policy";

/// Whether the host's policy file is the wanted one.
pub fn is_installed(policy: &Policy, observed: &Observed) -> bool {
    let file = observed.file(&policy.path);
    file.is_file() && file.content == policy.content
}

/// Whether the running kernel has accepted the installed policy when it loaded it in this boot.
pub fn is_judged(policy: &Policy, observed: &Observed, running: &Running) -> bool {
    policy.load == PolicyLoad::Boot && running.policy_in_force && observed.integrity.door == Door::Closed
}

/// Whether the policy appraises anything.
pub fn appraises(policy: &Policy) -> bool {
    rules(policy).is_some_and(|rules| ima::policy::appraises(&rules))
}

/// Whether the kernel labels files of root that are newly written while this policy is in force.
pub fn labels_new_files(policy: &Policy) -> bool {
    rules(policy).is_some_and(|rules| ima::policy::labels_new_files(&rules))
}

/// What the host's own kernel would refuse of the policy, and as warnings what it would take and is unwise. The kernel
/// itself judges the rules too, before they are installed; by then the host is prepared and rebooted.
pub fn judged(policy: &Policy, observed: &Observed) -> Findings {
    let mut findings = Findings::default();
    let Some(kernel) = kernel_of(observed) else {
        return findings;
    };
    let text = ima::policy::Policy::new(policy.content.as_str());
    let judgement = text.judge(&kernel);
    let release = &observed.kernel_release;
    let label = judgement.rules().find(|rule| !rule.conditions.labels.is_empty());
    if let Some(rule) = label.filter(|_| kernel.crashes_on_labels() && observed.os_id == "ubuntu") {
        findings.refusals.push(format!(
            "the host's kernel {release} crashes when it throws away a rule that asks for a label, and imaform lets the kernel judge the rules before it loads them: take the condition out of line {} of the policy, or boot another kernel",
            rule.line
        ));
    }
    for (line, verdict) in &judgement.lines {
        let faults = verdict.as_ref().err().into_iter().flatten();
        let certain = faults.filter(|at| is_certain(&at.fault, policy, &kernel));
        findings.refusals.extend(certain.map(|at| {
            format!(
                "the host's kernel {release} would refuse the policy, line {}, {at}",
                line.number
            )
        }));
    }
    // That a policy replaces the built-in rules is said elsewhere; overlayfs matters only to hosts of containers, of which
    // nothing is known here.
    let elsewhere = [Lint::EndsAppraisal, Lint::NoOverlayExclusion, Lint::AssumedConfig].map(Lint::code);
    let unwise = lint::lints(&text, &judgement, &kernel, &Surroundings::default());
    let unwise = unwise
        .into_iter()
        .filter(|finding| !elsewhere.contains(&finding.diagnostic.code));
    findings.warnings.extend(unwise.map(|finding| {
        let place = finding.line.map_or_else(String::new, |line| format!(", line {line}"));
        let (message, code) = (finding.diagnostic.message, finding.diagnostic.code);
        format!("{}{place}: {message} (imaform policy why {code})", policy.path)
    }));
    findings
}

/// Whether this is known of the host and not only of kernels like its own. What is not certain, the kernel says in the
/// fix boot: of build options where their record is gone, and of profiles that are loaded when a policy is.
fn is_certain(fault: &Fault, policy: &Policy, kernel: &ima::policy::Kernel) -> bool {
    match fault {
        Fault::NotBuilt { .. } | Fault::NoLsm(_) => kernel.assumed().is_none(),
        Fault::UnknownLabel { .. } => kernel.assumed().is_none() && policy.load == PolicyLoad::Boot,
        _ => true,
    }
}

/// The kernel that the host runs; `None` where it is older than what is known here.
pub fn kernel_of(observed: &Observed) -> Option<ima::policy::Kernel> {
    let version = observed.kernel_release.parse().ok()?;
    let config = ima::KernelConfig::parse(&observed.kernel_config);
    let kernel = if config.is_empty() {
        ima::policy::Kernel::stock(version, &observed.kernel_release)
    } else {
        ima::policy::Kernel::new(version, config)
    };
    let kernel = kernel.ok()?;
    // Nothing is known of the modules where securityfs is not mounted yet.
    Some(match observed.integrity.lsm.trim() {
        "" => kernel,
        modules => kernel.running(modules),
    })
}

/// The registers that rules name (`pcr=`), as far as a TPM has them.
pub fn registers(policy: &Policy) -> impl Iterator<Item = u32> {
    let rules = rules(policy).unwrap_or_default().into_iter();
    rules
        .filter_map(|rule| rule.options.pcr.map(u32::from))
        .filter(|pcr| *pcr < 24)
}

fn rules(policy: &Policy) -> Option<Vec<ima::policy::Rule>> {
    ima::policy::Policy::new(policy.content.as_str())
        .rules_of_some_kernel()
        .ok()
}

/// Takes the file out of systemd's way: labelling needs the built-in rules, which a loaded policy replaces, and the kernel
/// takes one policy a boot.
pub fn set_aside(policy: &Policy) -> Step {
    Step::new(
        StepId::new("policy", "set-aside"),
        Stage::Fix,
        format!("set {} aside for the fix boot", policy.path),
        "a loaded policy replaces the built-in rules under which the kernel labels files",
        ScriptCall::new(Script::RemoveFile, [policy.path.clone()], "").into(),
        "a copy is kept",
    )
}

/// Lets the running kernel judge every line, without loading any.
pub fn judge(policy: &Policy) -> Step {
    Step::new(
        StepId::new("policy", "judge"),
        Stage::Label,
        "let the running kernel judge the policy",
        "a line that the kernel rejects freezes the boot",
        ScriptCall::new(
            Script::JudgePolicy,
            [sha256_hex(&policy.content)],
            policy.content.clone(),
        )
        .into(),
        "the kernel accepts each line; nothing is loaded",
    )
    .shows(Change::Lines(vec![count(policy.content.lines().count(), "line")]))
}

/// Puts the file in its place, once the kernel has accepted it.
pub fn install(policy: &Policy, observed: &Observed) -> Step {
    let file = managed_file::root_file(&policy.path, &policy.content);
    let state = observed.file(&policy.path);
    let changed = !is_installed(policy, observed);
    Step::new(
        StepId::new("policy", "install"),
        Stage::Label,
        format!("{} {}", if changed { "install" } else { "put back" }, policy.path),
        "the kernel has accepted it",
        // It is absent where the same plan set it aside.
        managed_file::action(&file, &[state.expected(), "absent"]),
        "the content's digest on arrival, then one rename; the earlier version is kept",
    )
    .needs([StepId::new("policy", "judge")])
    .shows(if changed {
        Change::File {
            path: policy.path.clone(),
            before: state.shown(),
            after: Some(policy.content.clone()),
        }
    } else {
        Change::None
    })
}

/// Loads the policy for the rest of this boot.
pub fn load(policy: &Policy) -> Step {
    Step::new(
        StepId::new("policy", "load"),
        Stage::Verify,
        format!("load {} into the kernel", policy.path),
        "it is not loaded in this boot",
        ScriptCall::new(
            Script::LoadPolicy,
            [policy.path.clone(), sha256_hex(&policy.content)],
            "",
        )
        .into(),
        "the kernel's log: policy update completed",
    )
}
