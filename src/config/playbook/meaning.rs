use crate::{
    config::{Desired, LabelMethod, Labels, Policy, PolicyLoad, Token, problems::Problems, quote, section::Section},
    ima::Appraisal,
};

/// Checks the rules between the parts of a playbook.
pub(super) fn check(desired: &Desired, section: &Section, problems: &mut Problems) {
    labels(desired, section, problems);
    files(desired, section, problems);
}

fn labels(desired: &Desired, section: &Section, problems: &mut Problems) {
    let Some(appraisal) = section.get("appraisal") else {
        return;
    };
    match section.get("labels") {
        None if desired.appraisal == Appraisal::Enforce => {
            let help = "without labels the kernel would deny every file that it appraises: \
                        add `labels: {filesystem: ext4, owner: root}`";
            problems.error_with_help(appraisal.node.place, "`appraisal: enforce` needs `labels`", help);
        }
        // `off` writes no labels.
        Some(labels) if desired.appraisal != Appraisal::Off && !appraises_root(desired) && !needs_no_rule(desired) => {
            let message = format!(
                "`labels` with `appraisal: {}` needs the built-in policy appraise_tcb",
                desired.appraisal
            );
            let help = "labels are written in fix mode by its rule `appraise fowner=0`: \
                        add `ima_policy: [appraise_tcb]` to `boot.cmdline`, or take \
                        `labels.method: setxattr` and a policy that systemd loads";
            problems.error_with_help(labels.key.place, message, help);
        }
        _ => {}
    }
}

/// Whether no built-in rule is needed, since imaform itself writes the labels and every boot loads a policy.
fn needs_no_rule(desired: &Desired) -> bool {
    let sets = |labels: &Labels| labels.method == LabelMethod::Setxattr;
    let at_boot = |policy: &Policy| policy.load == PolicyLoad::Boot;
    desired.labels.as_ref().is_some_and(sets) && desired.policy.as_ref().is_some_and(at_boot)
}

/// Whether the command line asks for the rule `appraise fowner=0`.
fn appraises_root(desired: &Desired) -> bool {
    desired
        .boot
        .cmdline
        .iter()
        .any(|(name, token)| match (name.as_str(), token) {
            ("ima_policy", Token::Value(value)) => value == "appraise_tcb",
            ("ima_policy", Token::Repeated(values)) => values.iter().any(|value| value == "appraise_tcb"),
            ("ima_appraise_tcb", Token::Flag) => true,
            _ => false,
        })
}

/// No two parts write the same file.
fn files(desired: &Desired, section: &Section, problems: &mut Problems) {
    let Some(field) = section.get("files") else { return };
    let mut taken: Vec<(&str, &str)> = vec![("/etc/default/grub", "`boot` and `appraisal`")];
    if !desired.mounts.is_empty() {
        taken.push(("/etc/fstab", "`mounts`"));
    }
    taken.extend(desired.policy.iter().map(|policy| (policy.path.as_str(), "`policy`")));
    taken.extend(desired.audit.iter().map(|audit| (audit.path.as_str(), "`audit`")));
    for file in &desired.files {
        if let Some((path, by)) = taken.iter().find(|(path, _)| *path == file.path) {
            problems.error(
                field.key.place,
                format!("`files`: {} is already written by {by}", quote(path)),
            );
        }
        taken.push((&file.path, "another entry of `files`"));
    }
}
