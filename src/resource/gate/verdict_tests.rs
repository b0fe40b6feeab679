#![allow(clippy::unwrap_used)]
use super::*;
use crate::{
    config::{Apt, Boot, Desired, Kernel, KeySource, LabelMethod, Labels, Policy, PolicyLoad, Signing, Token},
    ima::{Appraisal, Certificate},
    resource::Observed,
};

/// Programs and modules, and what root reads of one group.
const RULES: &str = "dont_appraise fsmagic=0x1021994\nappraise func=BPRM_CHECK fowner=0\nappraise func=MODULE_CHECK\n\
    appraise func=FILE_CHECK fowner=0 fgroup=42\n";

fn question(policy: Option<&str>) -> Question {
    let desired = Desired {
        playbook: "p".into(),
        kernel: Kernel::default(),
        boot: Boot {
            cmdline: vec![(
                "ima_policy".into(),
                Token::Repeated(vec!["tcb".into(), "appraise_tcb".into()]),
            )],
            ..Boot::default()
        },
        mounts: Vec::new(),
        apt: Apt::default(),
        packages: Vec::new(),
        services: Vec::new(),
        policy: policy.map(|content| Policy {
            path: "/etc/ima/ima-policy".into(),
            content: content.into(),
            load: PolicyLoad::Boot,
        }),
        audit: None,
        files: Vec::new(),
        labels: Some(Labels {
            filesystems: vec!["ext4".into()],
            owner: 0,
            method: LabelMethod::default(),
            hooks: Vec::new(),
            signature: None,
            exclude: vec!["/var/log".into(), "/home/*/x".into()],
        }),
        appraisal: Appraisal::Enforce,
        checks: Vec::new(),
    };
    let observed = Observed {
        kernel_release: "6.1.0-56-amd64".into(),
        ..Observed::default()
    };
    Question::of(&desired, &observed)
}

/// What is found of files on a host with this many file systems.
fn findings(question: &Question, lines: &str) -> Vec<String> {
    let answer = format!(
        "boot 1000\nmount ext4 0fc63daf-8483-4772-8e79-3d69d8477de4 rw /\nmount tmpfs  rw /run\nmount ext4  rw,noexec /srv\n{lines}end\n"
    );
    let verdict = question.judge(&Answer::parse(answer.as_bytes()).unwrap(), Moment::BeforeTrial);
    verdict.findings.iter().map(ToString::to_string).collect()
}

fn missing(path: &str, owner: u32, group: u32, mode: u32) -> String {
    format!("missing {path}\nfacts {owner} {group} {mode:o} 900 901 {path}\n")
}

#[test]
fn only_what_a_rule_appraises_is_found() {
    let question = question(Some(RULES));
    for (file, found) in [
        (missing("/opt/tool", 0, 0, 0o755), true),
        (missing("/opt/data", 0, 0, 0o644), false),
        (missing("/opt/data", 0, 42, 0o644), true),
        (missing("/opt/tool", 1000, 0, 0o755), false),
        (missing("/lib/modules/a.ko", 1000, 0, 0o644), true),
        // Where nothing can be executed; tmpfs, which a rule excludes.
        (missing("/srv/tool", 0, 0, 0o755), false),
        (missing("/run/tool", 0, 0, 0o755), false),
        // What is excluded may be denied to be read, and not to be executed.
        (missing("/var/log/data", 0, 42, 0o644), false),
        (missing("/home/a/x/data", 0, 42, 0o644), false),
        (missing("/var/log/tool", 0, 0, 0o755), true),
        // It has gone meanwhile.
        ("missing /opt/gone\n".into(), false),
    ] {
        assert_eq!(!findings(&question, &file).is_empty(), found, "{file}");
    }
}

#[test]
fn without_a_policy_the_built_in_rules_decide() {
    let question = question(None);
    assert_eq!(
        findings(&question, &missing("/opt/data", 0, 0, 0o644)),
        ["unlabelled:/opt/data"]
    );
    assert_eq!(findings(&question, &missing("/opt/data", 7, 0, 0o755)), [""; 0]);
    assert!(question.call(Moment::BeforeTrial).input.contains("\nread 0\n"));
    assert!(!question.call(Moment::BeforeTrial).input.contains("foreseen"));
}

#[test]
fn only_files_of_whom_a_rule_may_appraise_are_asked_for() {
    let input = self::question(Some(RULES)).call(Moment::Foreseen).input;
    assert!(input.starts_with("foreseen\n"), "{input}");
    for (line, there) in [
        ("execute 0", true),
        ("module any", true),
        ("read 0", true),
        ("map", false),
        ("firmware", false),
    ] {
        assert_eq!(
            input.lines().any(|found| found.starts_with(line)),
            there,
            "{line} in {input}"
        );
    }
}

#[test]
fn each_kind_by_what_shows_it() {
    let question = question(None);
    let facts = |path: &str, times: &str| format!("facts 0 0 755 {times} {path}\n");
    let lines = [
        "stale /s\n".to_owned() + &facts("/s", "900 950"),
        "stale /c\n".to_owned() + &facts("/c", "950 950"),
        "label 0x05 /i\n".to_owned() + &facts("/i", "900 950"),
        "missing /d\nrecorded /d\n".to_owned() + &facts("/d", "900 950"),
        "missing /var/cache/apt/a.deb\n".to_owned() + &facts("/var/cache/apt/a.deb", "900 950"),
        "directory 33 /w\nmissing /w/new\nmissing /w/old\n".to_owned()
            + &facts("/w/new", "900 1000")
            + &facts("/w/old", "900 999"),
        // What is held is told as held, and what GRUB writes as GRUB's, whatever its label is.
        "missing /h\nopen 7 /h\nprocess 7 logd\n".to_owned() + &facts("/h", "900 950"),
        "stale /boot/grub/grubenv\ngrub /boot/grub/grubenv\n".to_owned() + &facts("/boot/grub/grubenv", "900 950"),
        "mount overlay  rw /o\nmount vfat  rw /v\nmount proc  rw /proc\nmount nfs4  rw /var/log\napt _apt\n".to_owned(),
    ];
    assert_eq!(
        findings(&question, &lines.concat()),
        [
            "unlabelled:/i",
            "unlabelled:/v",
            "unlabelled:/w/old",
            "stale:/s",
            "changed:/c",
            "denied:/d",
            "held:/h",
            "grub:/boot/grub/grubenv",
            "apt:/var/cache/apt/a.deb",
            "apt:APT::Sandbox::User",
            "overlay:/o",
            "chown:/w/new",
        ]
    );
}

#[test]
fn what_is_not_looked_at_is_said() {
    let answer = "boot 1\nlooked 9\ncompared 2\nmount ext4  rw /\nmount nfs4  rw /n\nmount vfat  rw,noexec /v\nend\n";
    let verdict = question(Some(RULES)).judge(&Answer::parse(answer.as_bytes()).unwrap(), Moment::BeforeTrial);
    assert_eq!(verdict.findings, []);
    assert_eq!(
        verdict.notes,
        [
            "9 files that may be appraised looked at, 2 of them compared with their label",
            "not looked at: /n; nfs4 keeps no labels, and what root runs from there is denied by line 2 of the policy, `appraise func=BPRM_CHECK fowner=0`",
        ]
    );
}

#[test]
fn a_hash_is_found_where_a_rule_asks_for_a_signature_and_only_such_files_are_asked_for() {
    const RULES: &str =
        "appraise func=BPRM_CHECK fowner=4711 appraise_type=imasig\nappraise func=BPRM_CHECK fowner=0\n";
    let question = question(Some(RULES));
    let input = question.call(Moment::BeforeTrial).input;
    let demands: Vec<&str> = input.lines().filter(|line| line.starts_with("demand ")).collect();
    assert_eq!(demands, ["demand execute 4711"]);
    let hashed = |owner: u32, mode: u32| format!("hashed /opt/x\nfacts {owner} 0 {mode:o} 900 901 /opt/x\n");
    assert_eq!(findings(&question, &hashed(4711, 0o755)), ["unsigned:/opt/x"]);
    assert_eq!(findings(&question, &hashed(4711, 0o644)), [""; 0]);
    assert_eq!(findings(&question, &hashed(0, 0o755)), [""; 0]);
}

#[test]
fn what_the_plan_will_sign_is_not_foreseen_to_be_denied() {
    let certificate = Certificate::parse(include_bytes!("verdict_tests.pem")).unwrap();
    let mut question = question(Some("appraise func=BPRM_CHECK appraise_type=imasig\n"));
    question.labels.as_mut().unwrap().signature = Some(Signing {
        key: KeySource::Env("KEY".into()),
        certificate,
        paths: vec!["/opt/a".into()],
    });
    let lines: String = ["/opt/a", "/opt/a/b", "/opt/ab", "/opt/a/home"]
        .map(|path| missing(path, 7, 0, 0o755))
        .concat();
    let answer = format!("boot 1000\nmount ext4  rw /\n{lines}end\n");
    let answer = Answer::parse(answer.as_bytes()).unwrap();
    let found = |moment| question.judge(&answer, moment).findings.len();
    assert_eq!((found(Moment::Foreseen), found(Moment::BeforeTrial)), (1, 4));
}
