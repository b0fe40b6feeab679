use super::{Files, good, playbook, says};
use crate::{config::PolicyLoad, ima::Appraisal};

#[test]
fn keys_and_requirements() {
    says(&playbook("polcy: {}\n"), "unknown key \"polcy\" in the playbook");
    says(&playbook("polcy: {}\n"), "did you mean `policy`?");
    let files = Files::new();
    files.put("p.yml", "packages: []\n");
    says(&files.errors(), "the playbook has no `name`");
    says(&files.errors(), "the playbook has no `appraisal`");
    says(&playbook("name: \"\"\n"), "the name is empty");
    says(&playbook("name: \"a\\nb\"\n"), "the name holds a newline");
    says(
        &playbook("name: 20.04\n"),
        "`name`: expected a string, found the number 20.04",
    );
    says(
        &playbook("packages: [a]\npackages: [b]\n"),
        "duplicate key \"packages\" in the playbook",
    );
}

#[test]
fn off_is_a_word() {
    assert_eq!(good("appraisal: off\n").desired.appraisal, Appraisal::Off);
    assert_eq!(good("appraisal: fix\n").desired.appraisal, Appraisal::Fix);
    says(
        &playbook("appraisal: false\n"),
        "`appraisal`: expected one of off, log, fix, enforce, found the boolean false",
    );
    says(&playbook("appraisal: enforced\n"), "did you mean `enforce`?");
}

#[test]
fn kernel_options_are_written_as_kconfig_does() {
    let text = "kernel:\n  require: {CONFIG_A: y, CONFIG_B: n, CONFIG_C: 10, CONFIG_D: 0x1F, CONFIG_E: \"sha1\"}\n";
    let options = good(text).desired.kernel.require;
    let values: Vec<_> = options.iter().map(|(_, value)| value.as_str()).collect();
    assert_eq!(values, ["y", "n", "10", "0x1F", "\"sha1\""]);
    let with = |line: &str| playbook(&format!("kernel: {{edit: {{{line}}}}}\n"));
    says(
        &with("CONFIG_A: true"),
        "`CONFIG_A`: expected y, m, n, a number or a string, found the boolean true",
    );
    says(&with("CONFIG_A: true"), "write `y` for built in");
    says(&with("CONFIG_A: [y]"), "found a list");
    says(&with("CONFIG_A: 'a\"b'"), "cannot stand in a kernel configuration");
    says(&with("IMA: y"), "\"IMA\" is no kernel option");
    says(&with("IMA: y"), "`CONFIG_IMA`");
    says(&with("'CONFIG_A=y': y"), "\"CONFIG_A=y\" is no kernel option");
    says(&playbook("kernel: {requires: {}}\n"), "did you mean `require`?");
}

#[test]
fn a_kernel_package_has_the_name_of_a_package() {
    let text = "kernel: {package: linux-image-5.10.262-imaform, require: {CONFIG_IMA: y}}\n";
    let desired = good(text).desired;
    assert_eq!(desired.kernel.package.as_deref(), Some("linux-image-5.10.262-imaform"));
    assert!(
        desired
            .to_yaml()
            .unwrap()
            .contains("package: linux-image-5.10.262-imaform")
    );
    says(&playbook("kernel: {package: 'a b'}\n"), "\"a b\"");
    says(&playbook("kernel: {package: [a]}\n"), "found a list");
}

#[test]
fn a_rule_of_a_policy_may_be_a_mapping() {
    let content = |rule: &str| {
        let text = format!("policy:\n  rules:\n    - {rule}\n");
        good(&text).desired.policy.unwrap().content
    };
    for (rule, line) in [
        ("{action: dont_measure, fsmagic: 0x9fa0}", "dont_measure fsmagic=0x9fa0"),
        (
            "{fowner: 0, mask: ^MAY_EXEC, func: BPRM_CHECK, action: appraise}",
            "appraise func=BPRM_CHECK mask=^MAY_EXEC fowner=0",
        ),
        ("{action: measure, uid: '<1000'}", "measure uid<1000"),
        (
            "{action: measure, func: KEY_CHECK, keyrings: [.ima, .evm], template: ima-buf}",
            "measure func=KEY_CHECK template=ima-buf keyrings=.ima|.evm",
        ),
        (
            "{action: appraise, appraise_algos: [sha256, sha512], permit_directio: true}",
            "appraise appraise_algos=sha256,sha512 permit_directio",
        ),
        ("{action: measure, permit_directio: false, pcr: 010}", "measure pcr=010"),
    ] {
        assert_eq!(content(rule), format!("{line}\n"));
    }
    let with = |rule: &str| playbook(&format!("policy:\n  rules:\n    - {rule}\n"));
    says(&with("{func: BPRM_CHECK}"), "the rule has no `action`");
    says(&with("{action: apraise}"), "did you mean `appraise`?");
    says(&with("{action: measure, owner: 0}"), "did you mean `fowner`?");
    says(
        &with("{action: measure, uid: [0, 1]}"),
        "`uid`: expected one value, found a list",
    );
    says(
        &with("{action: measure, uid: true}"),
        "`uid`: expected a text or a number",
    );
    says(&with("{action: measure, permit_directio: 1}"), "expected true or false");
    says(
        &with("{action: measure, fsname: a b}"),
        "holds a space, which would end it",
    );
    says(
        &with("{action: measure, uid: 0, euid: 0}"),
        "rendered `policy`, line 1, column 15: `euid` after `uid`",
    );
    says(
        &with("{action: measure, func: BRPM_CHECK}"),
        "did you mean `BPRM_CHECK`?",
    );
}

#[test]
fn policies_and_who_loads_them() {
    let policy = |text: &str| {
        good(&format!("policy: {{rules: [measure func=BPRM_CHECK], {text}}}\n"))
            .desired
            .policy
            .unwrap()
    };
    assert_eq!(
        (policy("").path.as_str(), policy("").load),
        ("/etc/ima/ima-policy", PolicyLoad::Boot)
    );
    assert_eq!(policy("path: /etc/ima/policy.conf").load, PolicyLoad::Once);
    assert_eq!(policy("").content, "measure func=BPRM_CHECK\n");
    let with = |text: &str| playbook(&format!("policy: {{{text}}}\n"));
    says(
        &with("rules: [a], path: /etc/x, load: boot"),
        "`load: boot` does not work with \"/etc/x\"",
    );
    says(
        &with("rules: [a], load: once"),
        "`load: once` does not work with /etc/ima/ima-policy",
    );
    says(&with("rules: [a], load: always"), "`load`: expected one of boot, once");
    says(
        &with("rules: [a], content: b"),
        "`policy` takes only one of `template` or `rules` or `content`",
    );
    says(
        &with("path: /etc/x"),
        "`policy` needs `template` or `rules` or `content`",
    );
    says(&with("rules: a"), "`rules`: expected a list, found the string \"a\"");
    says(&with("rules: []"), "`rules`: the list is empty");
    says(
        &with("rules: ['# a']"),
        "`policy` holds no rule: every line is empty or a comment",
    );
    says(
        &with("rules: ['measure', 'apraise fowner=0']"),
        "rendered `policy`, line 2, column 1: `apraise` is neither an action nor a keyword; did you mean `appraise`?",
    );
    says(&with("rules: [a], path: etc/x"), "the path \"etc/x\" is not absolute");
    says(&with("rules: [a], path: /etc/../x"), "holds `.` or `..`");
    says(&with("rules: [a], path: /etc//x"), "holds a `/` too many");
    says(&with("rules: [a], path: /sys/x"), "the path \"/sys/x\" is the kernel's");
    says(&with("rules: [a], path: \"/x\\ny\""), "the path holds a newline");
    says(
        &with("rules: [a], path: /var/lib/imaform/x"),
        "is where imaform keeps its own state",
    );
}

#[test]
fn audit_rules_lie_where_augenrules_looks() {
    let with = |text: &str| playbook(&format!("audit: {{rules: [-w /etc -p wa], {text}}}\n"));
    for path in [
        "/etc/audit/x.rules",
        "/etc/audit/rules.d/x",
        "/etc/audit/rules.d/a/x.rules",
        "/etc/audit/rules.d/.rules",
    ] {
        says(
            &with(&format!("path: {path}")),
            &format!("`audit.path`: \"{path}\" is not read by augenrules"),
        );
    }
    says(&with(""), "`audit` has no `path`");
    assert_eq!(with("path: /etc/audit/rules.d/x.rules"), "");
}

#[test]
fn enforce_needs_labels_and_labels_need_appraise_tcb() {
    says(&playbook("appraisal: enforce\n"), "`appraisal: enforce` needs `labels`");
    let labels = "labels: {filesystem: ext4}\n";
    let errors = playbook(&format!("appraisal: enforce\n{labels}"));
    says(
        &errors,
        "`labels` with `appraisal: enforce` needs the built-in policy appraise_tcb",
    );
    says(&errors, "`appraise fowner=0`");
    says(
        &playbook(&format!(
            "appraisal: fix\n{labels}boot: {{cmdline: {{ima_policy: tcb}}}}\n"
        )),
        "appraise_tcb",
    );
    let log = format!("appraisal: log\n{labels}");
    says(
        &playbook(&log),
        "`labels` with `appraisal: log` needs the built-in policy appraise_tcb",
    );
    assert_eq!(
        playbook(&format!("{log}boot: {{cmdline: {{ima_policy: appraise_tcb}}}}\n")),
        ""
    );
    assert_eq!(playbook(&format!("appraisal: off\n{labels}")), "");
    for cmdline in [
        "ima_policy: appraise_tcb",
        "ima_policy: [tcb, appraise_tcb]",
        "ima_appraise_tcb: true",
    ] {
        assert_eq!(
            playbook(&format!(
                "appraisal: enforce\n{labels}boot: {{cmdline: {{{cmdline}}}}}\n"
            )),
            ""
        );
    }
}

#[test]
fn two_parts_do_not_write_one_file() {
    let files = "files: [{path: /etc/default/grub, content: x}, {path: /a, content: x}, {path: /a, content: y}]\n";
    let errors = playbook(files);
    says(
        &errors,
        "`files`: \"/etc/default/grub\" is already written by `boot` and `appraisal`",
    );
    says(
        &errors,
        "`files`: \"/a\" is already written by another entry of `files`",
    );
    let errors = playbook("policy: {rules: [a]}\nfiles: [{path: /etc/ima/ima-policy, content: x}]\n");
    says(&errors, "is already written by `policy`");
}
