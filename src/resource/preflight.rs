//! What speaks against touching a host.

use super::{BootMode, Findings, Observed, fstab::fs_type, grub_default::switched_off, policy::BOOT_PATH};
use crate::{
    config::{Desired, PolicyLoad, Token},
    ima::{Appraisal, KernelCmdline, KernelConfig},
};

/// What speaks against touching this host at all, and what a person should know before.
pub fn check(desired: &Desired, observed: &Observed) -> Findings {
    let mut findings = any_kernel(desired, observed);
    let integrity = &observed.integrity;
    let config = KernelConfig::parse(&observed.kernel_config);
    if integrity.securityfs && !integrity.ima {
        findings.refusals.push(format!(
            "kernel {} has no IMA: /sys/kernel/security/ima is not there; {}",
            observed.kernel_release,
            remedy(desired, "one built with CONFIG_IMA and CONFIG_IMA_APPRAISE")
        ));
    }
    if integrity.secure_boot && config.get("CONFIG_IMA_ARCH_POLICY") == "y" && desired.appraisal != Appraisal::Enforce {
        findings.refusals.push(secure_boot(desired.appraisal));
    } else if integrity.secure_boot && config.get("CONFIG_IMA_ARCH_POLICY") == "y" && desired.labels.is_some() {
        findings.refusals.push(secure_boot(Appraisal::Fix));
    }
    evm(observed, &mut findings);
    policy(desired, observed, &config, &mut findings);
    command_line(desired, observed, &config, &mut findings);
    findings
}

/// The same as far as it does not depend on the kernel that runs.
pub fn any_kernel(desired: &Desired, observed: &Observed) -> Findings {
    let mut findings = Findings::default();
    if !observed.integrity.container.is_empty() {
        findings.refusals.push(format!(
            "this is a container ({}): it has no kernel of its own",
            observed.integrity.container
        ));
    }
    foreign_policy(desired, observed, &mut findings);
    scope(desired, observed, &mut findings);
    grub(desired, observed, &mut findings);
    findings
}

/// What to do about a kernel that lacks something: `wanted` is what another one must be.
pub fn remedy(desired: &Desired, wanted: &str) -> String {
    match &desired.kernel.package {
        Some(package) => format!("it is the kernel of {package}: name another package in kernel.package, {wanted}"),
        None => format!(
            "name the package of another kernel in kernel.package, {wanted}: apply installs it and boots it on trial"
        ),
    }
}

/// File systems whose files would be denied under enforce, since nothing in the playbook labels them.
fn scope(desired: &Desired, observed: &Observed, findings: &mut Findings) {
    let Some(labels) = desired
        .labels
        .as_ref()
        .filter(|_| desired.appraisal == Appraisal::Enforce)
    else {
        return;
    };
    for target in ["/", "/usr", "/opt", "/var"] {
        let fstype = fs_type(observed, target);
        if !fstype.is_empty() && !labels.filesystems.contains(&fstype) {
            findings.refusals.push(format!(
                "{target} is {fstype}, and labels.filesystems names only {}: its files would stay without a label and be denied",
                labels.filesystems.join(", ")
            ));
        }
    }
}

fn secure_boot(mode: Appraisal) -> String {
    format!(
        "Secure Boot is on and the kernel has CONFIG_IMA_ARCH_POLICY=y: it ignores ima_appraise={mode}; switch Secure Boot off for the labelling"
    )
}

fn evm(observed: &Observed, findings: &mut Findings) {
    // evm_initialized: bit 0 is a loaded HMAC key (Documentation/ABI/testing/evm).
    let state: u32 = observed.integrity.evm.trim().parse().unwrap_or(0);
    if state & 1 != 0 {
        findings.refusals.push(
            "EVM has its HMAC key loaded: files without security.evm are denied, and imaform writes security.ima only"
                .into(),
        );
    }
}

fn policy(desired: &Desired, observed: &Observed, config: &KernelConfig, findings: &mut Findings) {
    let Some(policy) = &desired.policy else { return };
    let judged = super::policy::judged(policy, observed);
    findings.refusals.extend(judged.refusals);
    let appraises = super::policy::appraises(policy);
    match policy.load {
        PolicyLoad::Boot => {
            findings.warnings.push(format!(
                "systemd loads {} early in each boot; from then on it replaces the built-in rules of ima_policy=",
                policy.path
            ));
            if desired.appraisal == Appraisal::Enforce && !appraises {
                findings.refusals.push(format!(
                    "{} has no appraise rule: once loaded, it ends all appraisal, and nothing is enforced",
                    policy.path
                ));
            }
        }
        PolicyLoad::Once => {
            let ends = if appraises {
                ""
            } else {
                "; it has no appraise rule, so loading it ENDS all appraisal that ima_appraise= asks for"
            };
            findings.warnings.push(format!(
                "{} is loaded by hand, once in a boot, and replaces the built-in rules{ends}",
                policy.path
            ));
        }
    }
    findings.warnings.extend(judged.warnings);
    if config.get("CONFIG_IMA_WRITE_POLICY") == "y" && wants_appraise_tcb(desired) {
        findings.refusals.push(
            "the kernel has CONFIG_IMA_WRITE_POLICY=y: under appraise_tcb it takes signed policies only, and imaform does not sign".into(),
        );
    }
}

/// A policy that systemd loads and that the playbook does not know: it leaves nothing to label by and nothing to load.
fn foreign_policy(desired: &Desired, observed: &Observed, findings: &mut Findings) {
    let ours = desired.policy.as_ref();
    let needs_the_door = ours.is_some() || desired.labels.is_some() && desired.appraisal != Appraisal::Off;
    if needs_the_door && ours.is_none_or(|policy| policy.path != BOOT_PATH) && observed.file(BOOT_PATH).exists() {
        findings.refusals.push(format!(
            "{BOOT_PATH} is there and the playbook has no policy for it: systemd loads it in each boot, in place of the built-in rules by which files are labelled, and the kernel takes no other; name it in the playbook, or remove it"
        ));
    }
}

fn wants_appraise_tcb(desired: &Desired) -> bool {
    desired
        .boot
        .cmdline
        .iter()
        .any(|(key, token)| match (key.as_str(), token) {
            ("ima_appraise_tcb", Token::Flag) => true,
            ("ima_policy", Token::Value(value)) => value == "appraise_tcb",
            ("ima_policy", Token::Repeated(values)) => values.iter().any(|value| value == "appraise_tcb"),
            _ => false,
        })
}

fn command_line(desired: &Desired, observed: &Observed, config: &KernelConfig, findings: &mut Findings) {
    for (key, token) in &desired.boot.cmdline {
        match (key.as_str(), token) {
            ("ima_tcb" | "ima_appraise_tcb", Token::Flag) => {
                let new = key.trim_start_matches("ima_");
                findings
                    .warnings
                    .push(format!("{key} is the legacy form of ima_policy={new}"));
            }
            ("lsm", Token::Value(list)) => {
                let built_in = config.get("CONFIG_LSM").trim_matches('"').to_owned();
                let running = KernelCmdline::parse(&observed.cmdline);
                let before = if observed.integrity.lsm.is_empty() {
                    &built_in
                } else {
                    &observed.integrity.lsm
                };
                let already = running.values("lsm").any(|value| value == list);
                let lost = switched_off(list, before, observed.kernel_release.parse().ok());
                let what = if already || lost.is_empty() {
                    "it replaces the whole list of security modules".to_owned()
                } else {
                    format!(
                        "it replaces the whole list of security modules; this host loses {}",
                        lost.join(", ")
                    )
                };
                findings
                    .warnings
                    .push(format!("lsm={list}: {what}. `lsm: +integrity` keeps the others."));
            }
            _ => {}
        }
    }
}

fn grub(desired: &Desired, observed: &Observed, findings: &mut Findings) {
    let grub = &observed.grub;
    if KernelCmdline::parse(&observed.cmdline)
        .values("BOOT_IMAGE")
        .next()
        .is_none()
    {
        findings.refusals.push(
            "/proc/cmdline has no BOOT_IMAGE=, so GRUB did not start this boot: the mode of a boot is a variable of GRUB's, and another loader would pass none, which means enforce".into(),
        );
    }
    let writable = grub.abstraction.is_empty() && !["btrfs", "zfs", "lvm"].contains(&grub.fs.as_str());
    if !grub.directory.is_empty() && !writable {
        let place = [grub.abstraction.as_str(), grub.fs.as_str()].join(" ");
        let cannot = format!("GRUB cannot write to {} ({})", grub.directory, place.trim());
        if desired.appraisal == Appraisal::Enforce {
            findings.refusals.push(format!(
                "{cannot}: a trial boot could not be taken back there, and imaform does not go to enforce without one; put /boot on a plain ext4 partition"
            ));
        } else {
            findings.warnings.push(format!(
                "{cannot}: no boot can be a trial there. A command line that does not boot needs a person at the GRUB prompt"
            ));
        }
    }
    if BootMode::of(observed).is_some_and(|boots| boots.trial.is_some()) {
        findings
            .warnings
            .push("an earlier run left a trial boot pending; this plan replaces it".into());
    }
}
