//! The boot loader's files.

use super::{
    BootMode, Change, Findings, Observed, ScriptCall, Step, StepId, boot_mode, cmdline_missing,
    fstab::{counts_always, fs_type},
    grub_default::{self, GrubEdit, GrubFile, LsmOutcome},
    install_file, managed_file, package_kernel,
};
use crate::{
    config::{Desired, Stage, Token},
    host::Script,
    ima::{Appraisal, KernelCmdline, KernelConfig, KernelVersion},
};
use std::{str::FromStr, time::Duration};

/// The boot loader's files: `GRUB_CMDLINE_LINUX`, our snippet, the mode of every boot, and the menu that GRUB reads.
pub fn plan(desired: &Desired, observed: &Observed) -> Findings {
    let grub = &observed.grub;
    if grub.directory.is_empty() {
        return Findings::refusal("there is no /boot/grub and no /boot/grub2: imaform knows no other boot loader yet");
    }
    if !["update-grub", "grub-mkconfig", "grub2-mkconfig"]
        .iter()
        .any(|tool| observed.has_tool(tool))
    {
        return Findings::refusal("neither update-grub nor grub-mkconfig is there to write grub.cfg");
    }
    let mut findings = Findings::default();
    if BootMode::of(observed).is_none() {
        let mode = match desired.appraisal {
            Appraisal::Fix | Appraisal::Enforce => Appraisal::Fix,
            other => other,
        };
        let reason = "GRUB needs a mode for each boot from here on";
        findings.steps.push(boot_mode::set(
            "first-mode",
            Stage::Prepare,
            BootMode::every(mode),
            desired,
            reason,
        ));
    }
    let why = "it gives each boot its ima_appraise= without update-grub";
    findings.merge(managed_file::plan(
        StepId::new("grub", "snippet"),
        &boot_mode::snippet(),
        observed,
        why,
    ));
    let before = findings.ids();
    findings.merge(defaults(desired, observed, &before));
    let other_kernel = package_kernel::pending(desired, observed).is_some();
    if findings.refusals.is_empty() && (!findings.steps.is_empty() || other_kernel || menu_lacks(desired, observed)) {
        let reason = if other_kernel {
            "another kernel is to be booted"
        } else if findings.steps.is_empty() {
            "grub.cfg does not carry the command line yet"
        } else {
            "what it is made from changes"
        };
        let mut args = vec![desired.kernel.package.clone().unwrap_or_default()];
        args.extend(tokens(&wanted(desired)));
        let call = ScriptCall::new(Script::UpdateGrub, args, "").deadline(Duration::from_secs(1800));
        let step = Step::new(
            StepId::new("grub", "menu"),
            Stage::Prepare,
            "write grub.cfg (update-grub)",
            reason,
            call.into(),
            "the host's own shell reads the new value, and grub.cfg carries it",
        );
        let mut needs = findings.ids();
        // A package may bring a kernel, and the kernel's hooks run update-grub too.
        needs.push(StepId::new("packages", "install"));
        findings.steps.push(step.needs(needs));
    }
    findings
}

/// The guard of trial boots. It is no part of the menu, so that a new one needs no reboot.
pub fn guard(observed: &Observed) -> Findings {
    let why = "it reboots the host when a trial boot is not confirmed in time";
    managed_file::plan(StepId::new("boot", "guard"), &boot_mode::guard(), observed, why)
}

/// Whether the menu that GRUB reads is not made from what is there now. A menu that is merely older than its sources counts
/// only while the running kernel lacks something, since somebody may have touched a comment.
fn menu_lacks(desired: &Desired, observed: &Observed) -> bool {
    let grub = &observed.grub;
    let behind = grub.menu_stale && !cmdline_missing(&desired.boot.cmdline, &observed.cmdline).is_empty();
    grub.menu_lines == 0 || !grub.menu_snippet || behind
}

fn defaults(desired: &Desired, observed: &Observed, before: &[StepId]) -> Findings {
    let mut findings = Findings::default();
    // Each of them may hold the assignment that counts.
    for path in &observed.grub.files {
        findings.refusals.extend(observed.file(path).uneditable(path));
    }
    if !findings.refusals.is_empty() {
        return findings;
    }
    let files: Vec<GrubFile> = observed
        .grub
        .files
        .iter()
        .map(|path| GrubFile {
            path: path.clone(),
            content: observed.file(path).content,
        })
        .collect();
    let changed = match grub_default::edit(&files, &wanted(desired)) {
        Ok(GrubEdit::Unchanged) => {
            let both = format!("{} {}", observed.grub.effective, observed.grub.effective_default);
            // What hides behind another variable is seen only in what the host's shell makes of it.
            for mismatch in grub_default::satisfied(&both, &wanted(desired))
                .err()
                .unwrap_or_default()
            {
                findings.refusals.push(format!(
                    "/etc/default/grub says what is wanted, yet the shell reads another GRUB_CMDLINE_LINUX: {mismatch}"
                ));
            }
            if findings.refusals.is_empty() {
                let id = StepId::new("grub", "/etc/default/grub");
                findings.merge(Findings::unchanged(&id, "the kernel command line in /etc/default/grub"));
            }
            return findings;
        }
        Ok(GrubEdit::Changed(changed)) => changed,
        Err(error) => return Findings::refusal(error.to_string()),
    };
    for file in changed {
        let state = observed.file(&file.path);
        let wanted = if state.is_file() {
            state.with(&file.path, &file.content)
        } else {
            managed_file::root_file(&file.path, &file.content)
        };
        let step = Step::new(
            StepId::new("grub", &file.path),
            Stage::Prepare,
            format!("change {}", file.path),
            "the kernel command line differs",
            install_file(Script::InstallFile, &wanted, &[state.expected()]),
            "the content's digest on arrival, then one rename; the earlier version is kept",
        );
        let before_text = state.is_file().then(|| state.content.clone());
        findings
            .steps
            .push(step.needs(before.iter().cloned()).shows(Change::File {
                path: file.path,
                before: before_text,
                after: Some(file.content),
            }));
    }
    findings
}

/// The playbook's parameters and our own `ima_appraise=`.
fn wanted(desired: &Desired) -> Vec<(String, Token)> {
    let mut wanted = desired.boot.cmdline.clone();
    wanted.push(("ima_appraise".into(), Token::Value(boot_mode::GRUB_VARIABLE.into())));
    wanted
}

/// Parameters as a command line has them.
pub(super) fn tokens(wanted: &[(String, Token)]) -> Vec<String> {
    wanted
        .iter()
        .flat_map(|(key, token)| match token {
            Token::Flag => vec![key.clone()],
            Token::Value(value) => vec![format!("{key}={value}")],
            Token::Repeated(values) => values.iter().map(|value| format!("{key}={value}")).collect(),
            Token::Absent | Token::Member(_) => Vec::new(),
        })
        .collect()
}

/// The wishes that depend on the host (`lsm: +integrity`, `rootflags: i_version`) as plain parameters, and what to say of
/// those that fall away.
pub fn resolve(desired: &Desired, observed: &Observed) -> (Desired, Findings) {
    let mut findings = Findings::default();
    let mut resolved = desired.clone();
    resolved.boot.cmdline.clear();
    for (key, token) in &desired.boot.cmdline {
        let token = match token {
            Token::Member(member) => match resolve_member(key, member, observed) {
                Ok(None) => continue,
                Ok(Some(token)) => token,
                Err(refusal) => {
                    findings.refusals.push(refusal);
                    continue;
                }
            },
            Token::Value(value) if key == "rootflags" && value == "i_version" => {
                let fstype = fs_type(observed, "/");
                if fstype != "ext4" {
                    findings
                        .warnings
                        .push(format!("rootflags=i_version is left out: {fstype} has no such option"));
                    continue;
                }
                if counts_always(&observed.kernel_release) {
                    let text = "rootflags=i_version changes nothing: ext4 always counts versions since Linux 6.1";
                    findings.warnings.push(text.into());
                }
                with_foreign_flags(observed)
            }
            other => other.clone(),
        };
        resolved.boot.cmdline.push((key.clone(), token));
    }
    (resolved, findings)
}

/// `rootflags=` with what the host needs to mount its root, and `i_version`.
fn with_foreign_flags(observed: &Observed) -> Token {
    let running = KernelCmdline::parse(&observed.cmdline);
    let mut flags: Vec<&str> = running
        .values("rootflags")
        .next_back()
        .unwrap_or_default()
        .split(',')
        .collect();
    flags.retain(|flag| !flag.is_empty() && *flag != "i_version");
    flags.push("i_version");
    Token::Value(flags.join(","))
}

fn resolve_member(key: &str, member: &str, observed: &Observed) -> Result<Option<Token>, String> {
    if key != "lsm" {
        return Err(format!(
            "`{key}: +{member}`: only lsm= is a list that imaform can extend"
        ));
    }
    let kernel = KernelVersion::from_str(&observed.kernel_release).map_err(|error| error.to_string())?;
    let config = KernelConfig::parse(&observed.kernel_config);
    let list = Some(config.get("CONFIG_LSM")).filter(|list| *list != "n");
    let running = KernelCmdline::parse(&observed.cmdline);
    match grub_default::resolve_lsm(member, &running, list, kernel) {
        Ok(LsmOutcome::AlreadyOn(_)) => Ok(None),
        Ok(LsmOutcome::Wanted(token)) => Ok(Some(token)),
        Err(error) => Err(error.to_string()),
    }
}
