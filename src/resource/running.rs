use super::{BootMode, Door, Observed, boot_mode};
use crate::{
    config::{Desired, PolicyLoad, Stage, Token},
    ima::{Appraisal, KernelCmdline, KernelVersion},
};
use std::str::FromStr;

/// What the running boot is, judged by the kernel's own words alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Running {
    /// The mode in force; `Off` where no rule appraises anything.
    pub mode: Appraisal,
    /// A custom policy without an appraise rule has replaced the built-in rules: the mode means nothing.
    pub hollow: bool,
    /// Wanted kernel parameters that `/proc/cmdline` does not hold, in words.
    pub cmdline_missing: Vec<String>,
    /// The playbook's policy is in its place and, where systemd or imaform load it, loaded.
    pub policy_in_force: bool,
    /// This boot's mode is the mode of every boot (a trial boot is not).
    pub confirmed: bool,
    /// This boot is the earlier one, since a trial boot was not confirmed.
    pub fell_back: bool,
}

impl Running {
    /// Judges what was observed against what is wanted.
    pub fn of(desired: &Desired, observed: &Observed) -> Self {
        let mode = mode(observed);
        Self {
            mode,
            hollow: is_hollow(desired, observed),
            cmdline_missing: cmdline_missing(&desired.boot.cmdline, &observed.cmdline),
            policy_in_force: policy_in_force(desired, observed),
            confirmed: BootMode::of(observed)
                .is_some_and(|boots| boots.every == mode && boots.trial.is_none() && boots.tried.is_none()),
            fell_back: boot_mode::fell_back(observed),
        }
    }

    /// What the host is, in words.
    pub fn words(&self) -> String {
        let words = match self.mode {
            Appraisal::Off => "appraises nothing",
            Appraisal::Log => "logs bad labels",
            Appraisal::Fix => "in fix mode",
            Appraisal::Enforce => "enforcing",
        };
        if self.hollow {
            return format!("{words} on the command line only: the loaded policy appraises nothing");
        }
        if self.fell_back {
            return format!("{words}: it fell back, since a trial boot was not confirmed");
        }
        words.to_owned()
    }

    /// Whether this boot is one that the playbook's cmdline and mode describe.
    pub fn is(&self, mode: Appraisal) -> bool {
        self.mode == mode && self.cmdline_missing.is_empty()
    }

    /// The stage that the host has reached on its way to `desired`.
    pub fn stage(&self, desired: &Desired, observed: &Observed) -> Stage {
        let labels_complete = observed
            .labels
            .as_ref()
            .is_some_and(|labels| labels.labelled > 0 && labels.lacking() == 0);
        match self.mode {
            _ if !self.cmdline_missing.is_empty() => Stage::Prepare,
            mode if mode == desired.appraisal && self.confirmed && self.policy_in_force => Stage::Verify,
            Appraisal::Enforce => Stage::Enforce,
            Appraisal::Fix if labels_complete => Stage::Label,
            Appraisal::Fix => Stage::Fix,
            Appraisal::Off | Appraisal::Log => Stage::Prepare,
        }
    }
}

/// The mode in force. Without a rule that appraises, `ima_appraise=` means nothing.
pub fn mode(observed: &Observed) -> Appraisal {
    if !observed.integrity.ima {
        return Appraisal::Off;
    }
    let cmdline = KernelCmdline::parse(&observed.cmdline);
    let named = KernelVersion::from_str(&observed.kernel_release)
        .ok()
        .and_then(|kernel| cmdline.appraisal(kernel));
    if cmdline.values("ima_appraise").next().is_some() || cmdline.built_in_policies().appraises() {
        // security/integrity/ima/ima_appraise.c: enforce is the kernel's own default.
        return named.unwrap_or(Appraisal::Enforce);
    }
    Appraisal::Off
}

/// The wanted parameters that a kernel command line lacks, in words.
pub fn cmdline_missing(wanted: &[(String, Token)], cmdline: &str) -> Vec<String> {
    let running = KernelCmdline::parse(cmdline);
    let mut missing = Vec::new();
    for (key, token) in wanted {
        let found: Vec<&str> = running.values(key).collect();
        match token {
            Token::Flag if !running.has_flag(key) => missing.push(key.clone()),
            Token::Absent if running.has_flag(key) || !found.is_empty() => missing.push(format!("no {key}")),
            Token::Value(value) if found.last() != Some(&value.as_str()) => missing.push(format!("{key}={value}")),
            Token::Repeated(values) => missing.extend(
                values
                    .iter()
                    .filter(|value| !found.contains(&value.as_str()))
                    .map(|value| format!("{key}={value}")),
            ),
            // Members are resolved against the host before anything is planned.
            _ => {}
        }
    }
    missing
}

fn policy_in_force(desired: &Desired, observed: &Observed) -> bool {
    let Some(policy) = &desired.policy else {
        // Somebody else's policy has replaced the built-in rules, which are all that the playbook relies on.
        let replaced = observed.integrity.door == Door::Closed || observed.integrity.policy_updates > 0;
        return !replaced || desired.labels.is_none() || desired.appraisal == Appraisal::Off;
    };
    if !super::policy::is_installed(policy, observed) {
        return false;
    }
    let integrity = &observed.integrity;
    match policy.load {
        // A file that imaform installs after the boot is loaded by the next one; until then the door is open.
        PolicyLoad::Boot => {
            let loaded = integrity.door == Door::Closed || integrity.policy_updates > 0;
            loaded && (!integrity.policy_after_boot || integrity.loaded == super::sha256_hex(&policy.content))
        }
        PolicyLoad::Once => integrity.loaded == super::sha256_hex(&policy.content),
    }
}

fn is_hollow(desired: &Desired, observed: &Observed) -> bool {
    let Some(policy) = &desired.policy else {
        return false;
    };
    let loaded = match policy.load {
        PolicyLoad::Once => observed.integrity.loaded == super::sha256_hex(&policy.content),
        PolicyLoad::Boot => observed.integrity.door == Door::Closed && super::policy::is_installed(policy, observed),
    };
    loaded && !super::policy::appraises(policy)
}
