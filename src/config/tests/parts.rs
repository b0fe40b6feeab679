use super::{good, playbook, says};
use crate::config::{CheckTime, LabelHook, LabelMethod, Stage};
use std::time::Duration;

#[test]
fn mounts() {
    let with = |text: &str| playbook(&format!("mounts: {{{text}}}\n"));
    says(&with("var: {options: [iversion]}"), "the path \"var\" is not absolute");
    says(&with("/: {options: ['a,b']}"), "\"a,b\" is no mount option");
    says(&with("/: {options: ['a b']}"), "\"a b\" is no mount option");
    says(
        &with("/: {options: iversion}"),
        "`options`: expected a list, found the string \"iversion\"",
    );
    says(&with("/: {}"), "the mount \"/\" has no `options`");
    says(&with("/: {options: []}"), "`options`: the list is empty");
    says(&with("/: {options: [a, a]}"), "`options`: \"a\" is listed twice");
    says(&with("/: {option: [a]}"), "did you mean `options`?");
    assert_eq!(
        good("mounts: {/var: {options: [iversion]}}\n").desired.mounts[0].target,
        "/var"
    );
}

#[test]
fn packages_and_services_are_names() {
    let packages = |text: &str| playbook(&format!("packages: [{text}]\n"));
    for name in ["'-y'", "a", "Auditd", "'a b'", "auditd=1", "'$(x)'", "\"a\\nb\""] {
        says(&packages(name), "is no package name");
    }
    says(&packages("auditd, auditd"), "`packages`: \"auditd\" is listed twice");
    says(
        &playbook("packages: auditd\n"),
        "`packages`: expected a list, found the string \"auditd\"",
    );
    assert_eq!(packages("libstdc++6, g++, 0ad"), "");
    let services = |text: &str| playbook(&format!("services: [{text}]\n"));
    says(&services("'--now'"), "the service name \"--now\" begins with `-`");
    says(&services("a/b"), "the service name \"a/b\" holds the character \"/\"");
    says(&services("\"a\\nb\""), "the service name holds a newline");
    assert_eq!(services("auditd, getty@tty1.service"), "");
    says(
        &playbook("apt: {sandbox_user: 'a;b'}\n"),
        "the user \"a;b\" holds the character \";\"",
    );
    says(&playbook("apt: {sandbox: root}\n"), "unknown key \"sandbox\" in `apt`");
}

#[test]
fn labels() {
    let with = |text: &str| playbook(&format!("labels: {{{text}}}\n"));
    says(&with("owner: root"), "`labels` needs `filesystem` or `filesystems`");
    says(
        &with("filesystem: ext4, filesystems: [xfs]"),
        "`labels` takes only one of `filesystem` or `filesystems`",
    );
    says(&with("filesystems: []"), "`filesystems`: the list is empty");
    says(&with("filesystem: 'EXT 4'"), "\"EXT 4\" is no type of file system");
    says(
        &with("filesystem: ext4, owner: 1000"),
        "`labels.owner`: files of user 1000 cannot be labelled",
    );
    says(
        &with("filesystem: ext4, owner: 1000"),
        "the kernel's built-in rule `appraise fowner=0`",
    );
    says(
        &with("filesystem: ext4, owner: bob"),
        "`owner`: expected `root` or a user id, found the string \"bob\"",
    );
    says(
        &with("filesystem: ext4, exclude: [tmp]"),
        "the path \"tmp\" is not absolute",
    );
    says(&with("filesystem: ext4, exclude: [/]"), "leaves nothing to label");
    says(
        &with("filesystem: ext4, method: xattr"),
        "`method`: expected one of fix, setxattr",
    );
    says(
        &with("filesystem: ext4, exclude: [\"/a\\nb\"]"),
        "the path holds a newline",
    );
    let boot = "boot: {cmdline: {ima_policy: appraise_tcb}}\n";
    let labels = good(&format!(
        "{boot}labels: {{filesystems: [ext4, xfs], owner: root, exclude: ['/var/*/x']}}\n"
    ))
    .desired
    .labels
    .unwrap();
    assert_eq!(
        (labels.filesystems.len(), labels.owner, labels.exclude[0].as_str()),
        (2, 0, "/var/*/x")
    );
    assert_eq!((labels.method, labels.hooks.len()), (LabelMethod::Fix, 0));
    let hooked = good(&format!("{boot}labels: {{filesystem: ext4, hooks: [dpkg]}}\n"));
    assert_eq!(hooked.desired.labels.unwrap().hooks, [LabelHook::Dpkg]);
    says(&with("filesystem: ext4, hooks: [rpm]"), "write `hooks: [dpkg]`");
    says(&with("filesystem: ext4, hooks: [dpkg, dpkg]"), "is listed twice");

    // Only the kernel in fix mode needs a built-in rule, and takes files of root alone.
    let set = "labels: {filesystem: ext4, owner: 1000, method: setxattr}\n";
    let rules = "rules: [appraise func=BPRM_CHECK fowner=1000]";
    let labels = good(&format!("{set}policy: {{{rules}}}\n")).desired.labels.unwrap();
    assert_eq!((labels.owner, labels.method), (1000, LabelMethod::Setxattr));
    for policy in ["", &format!("policy: {{path: /etc/ima/policy.conf, {rules}}}\n")] {
        says(
            &playbook(&format!("{set}{policy}")),
            "needs the built-in policy appraise_tcb",
        );
    }
}

#[test]
fn files() {
    let with = |text: &str| playbook(&format!("files: [{{path: /a, content: x, {text}}}]\n"));
    for mode in ["0644", "644", "0o644"] {
        says(
            &with(&format!("mode: {mode}")),
            &format!("`mode`: expected a string, found the number {mode}"),
        );
    }
    says(&with("mode: 644"), "put it in quotes: \"0644\"");
    says(&with("mode: '0999'"), "`mode`: \"0999\" is no octal mode");
    says(&with("mode: u+x"), "`mode`: \"u+x\" is no octal mode");
    says(&with("owner: 'a:b'"), "the owner \"a:b\" holds the character \":\"");
    says(&with("group: -1"), "`group`: expected a string, found the number -1");
    says(
        &with("template: t.j2"),
        "the file takes only one of `template` or `content`",
    );
    says(
        &playbook("files: [{path: /a}]\n"),
        "the file needs `template` or `content`",
    );
    says(&playbook("files: [{content: a}]\n"), "the file has no `path`");
    says(
        &playbook("files: [{path: a, content: a}]\n"),
        "the path \"a\" is not absolute",
    );
    says(
        &playbook("files: {a: b}\n"),
        "`files`: expected a list, found a mapping",
    );
    let file = good("files: [{path: /a, content: x, owner: 33, mode: \"4750\"}]\n")
        .desired
        .files
        .remove(0);
    assert_eq!(
        (
            file.content.as_str(),
            file.owner.as_str(),
            file.group.as_str(),
            file.mode
        ),
        ("x\n", "33", "root", 0o4750)
    );
}

#[test]
fn checks() {
    let with = |text: &str| playbook(&format!("checks: [{{name: n, command: 'true', {text}}}]\n"));
    says(&with("before: enforced"), "did you mean `enforce`?");
    says(
        &with("before: fix, after: fix"),
        "the check takes only one of `before` or `after`",
    );
    says(&with(""), "the check needs `before` or `after`");
    says(
        &with("after: fix, timeout: 60"),
        "`timeout`: expected a time, found the number 60",
    );
    says(&playbook("checks: [{after: fix}]\n"), "the check has no `name`");
    says(&playbook("checks: [{after: fix}]\n"), "the check has no `command`");
    says(
        &playbook("checks: [{name: n, after: fix, command: ' '}]\n"),
        "the command is empty",
    );
    says(
        &playbook("checks: [{name: n, after: fix, command: true}]\n"),
        "put it in quotes: \"true\"",
    );
    let check = good("checks: [{name: n, after: label, command: 'a; b'}]\n")
        .desired
        .checks
        .remove(0);
    assert_eq!(
        (check.stage, check.when, check.timeout),
        (Stage::Label, CheckTime::After, Duration::from_secs(60))
    );
}
