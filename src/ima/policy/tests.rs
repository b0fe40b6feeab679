#![allow(clippy::unwrap_used)]

use super::*;
use crate::ima::{KernelConfig, KernelVersion};
use proptest::prelude::*;

fn kernel(version: &str) -> Kernel {
    Kernel::stock(version.parse().unwrap(), version).unwrap()
}

/// What Linux 6.1 as Debian builds it says to a text, a line `LINE:COLUMN CODE MESSAGE HELP` for each fault.
fn faults(text: &str, kernel: &Kernel) -> Vec<String> {
    let policy = Policy::new(text);
    let judgement = policy.judge(kernel);
    let say = |line: &RuleLine<'_>, at: &FaultAt| {
        let help = at.fault.help().unwrap_or_default();
        format!(
            "{}:{} {} {} ({help})",
            line.number,
            at.column,
            at.fault.code(),
            at.fault
        )
    };
    judgement
        .lines
        .iter()
        .flat_map(|(line, verdict)| {
            verdict
                .as_ref()
                .err()
                .into_iter()
                .flatten()
                .map(move |at| say(line, at))
        })
        .collect()
}

fn rule(text: &str) -> Rule {
    let policy = Policy::new(text);
    policy.judge(&kernel("7.2")).rules().next().unwrap().clone()
}

#[test]
fn keeps_what_a_rule_says() {
    let text = "# comment\n\n \t# another, with CR\r\nappraise func=BPRM_CHECK mask=^MAY_EXEC fowner=0\n\
                \tdont_measure\tfsmagic=0x9fa0  \nmeasure uid<1000 pcr=11 permit_directio # why\n\
                appraise func=PATH_CHECK appraise_type=imasig appraise_algos=sha256,sha512\n\
                audit fsuuid=0fc63daf-8483-4772-8e79-3d69d8477de4\nmeasure func=KEY_CHECK keyrings=.ima|.evm\n";
    let policy = Policy::new(text);
    assert_eq!(policy.to_string(), text);
    let judgement = policy.judge(&kernel("7.2"));
    assert!(judgement.is_accepted());
    let rules: Vec<_> = judgement.rules().collect();
    assert_eq!(rules.len(), 6);
    assert_eq!((rules[0].line, rules[0].action), (4, Action::Appraise));
    assert_eq!(rules[0].conditions.mask, Some(MaskCondition::Among(Mask::EXEC)));
    assert_eq!(rules[1].conditions.fsmagic, Some(0x9fa0));
    let below = Comparison {
        operator: Operator::Less,
        id: 1000,
    };
    assert_eq!(rules[2].conditions.user, Some(Credential::Real(below)));
    assert_eq!(
        (rules[2].options.pcr, rules[2].options.permit_directio),
        (Some(11), true)
    );
    assert_eq!(rules[3].conditions.func, Some(Func::FileCheck));
    assert_eq!(rules[5].conditions.keyrings.len(), 2);
}

#[test]
fn knows_what_a_policy_does() {
    let rules = |text: &str| Policy::new(text).rules_of_some_kernel().unwrap();
    let guide = rules("audit func=BPRM_CHECK mask=MAY_EXEC\n");
    assert!(!appraises(&guide) && !labels_new_files(&guide));
    assert!(labels_new_files(&rules("appraise fowner=0\n")));
    let hash = rules("hash func=PATH_CHECK\n");
    assert!(labels_new_files(&hash) && !appraises(&hash));
    assert!(!appraises(&rules("dont_appraise fsmagic=9fa0\n")));
}

#[test]
fn says_what_is_wrong_and_where_and_what_to_do() {
    for (text, wanted) in [
        (
            "apraise fowner=0",
            "1:1 unknown-word `apraise` is neither an action nor a keyword (did you mean `appraise`?)",
        ),
        (
            "zzzzzz",
            "1:1 unknown-word `zzzzzz` is neither an action nor a keyword ()",
        ),
        (
            "\n  func=BPRM_CHECK",
            "2:3 no-action the rule has no action (begin it with measure",
        ),
        (
            "measure audit",
            "1:9 second-action the rule is `measure` already (write one action a line)",
        ),
        ("measure func", "1:9 missing-value `func` needs a value"),
        ("measure func=", "1:9 missing-value `func` needs a value"),
        ("measure=1", "1:1 takes-no-value `measure` takes no value"),
        (
            "measure funk=X",
            "1:9 unknown-word `funk` is neither an action nor a keyword (did you mean `func`?)",
        ),
        (
            "measure func=BRPM_CHECK",
            "`BRPM_CHECK` is not a value of `func` (did you mean `BPRM_CHECK`?)",
        ),
        ("measure mask=may_exec", "(did you mean `MAY_EXEC`?)"),
        (
            "measure func>BPRM_CHECK",
            "1:9 wrong-operator `func` takes only `=`, not `>`",
        ),
        (
            "measure uid=root",
            "1:9 bad-value `root` is not a value of `uid`: write a number",
        ),
        ("measure uid<=5", "`=5` is not a value of `uid`"),
        ("measure fowner=4294967295", "write a number from 0 to 4294967294"),
        ("measure pcr=64", "write a number from 0 to 63"),
        ("measure fsmagic=0x", "write a hexadecimal number"),
        ("measure fsuuid=0fc63daf", "write a UUID"),
        (
            "measure func=KEY_CHECK keyrings=a||b",
            "1:24 bad-value `a||b` is not a value of `keyrings`",
        ),
        (
            "appraise appraise_algos=sha256,sha25",
            "`sha25` is not a value of `appraise_algos` (did you mean",
        ),
        ("measure permit_directio=1", "`permit_directio` takes no value"),
        (
            "measure uid=0 euid=0",
            "1:15 duplicate-condition `euid` after `uid`: the kernel has one place for both",
        ),
        (
            "measure # why",
            "1:9 kernel-too-old `a comment after a rule` is known since Linux 6.14",
        ),
        (
            "dont_audit",
            "1:1 kernel-too-old `dont_audit` is known since Linux 6.19",
        ),
        ("measure\r", "1:1 unknown-word"),
        (
            "template=ima-sig measure",
            "1:1 before-action `template` stands before `measure`",
        ),
        ("audit pcr=10", "1:7 needs-action `pcr` goes only with `measure`"),
        (
            "audit func=KEXEC_CMDLINE",
            "1:7 action-of-func `func=KEXEC_CMDLINE` goes only with measure and dont_measure",
        ),
        (
            "measure keyrings=.ima",
            "1:9 not-with-func `keyrings` does not go with a rule without `func`",
        ),
        (
            "appraise func=SETXATTR_CHECK",
            "1:10 needs-other `func=SETXATTR_CHECK` needs `appraise_algos`",
        ),
        ("appraise appraise_type=sigv3", "needs `digest_type=verity` before it"),
        (
            "appraise appraise_type=imasig digest_type=verity",
            "excludes-other `digest_type=verity` does not go with",
        ),
        (
            "appraise func=MODULE_CHECK appraise_type=imasig|modsig",
            "is known only to a kernel with CONFIG_IMA_APPRAISE_MODSIG",
        ),
        (
            "measure subj_type=bin_t",
            "undefined-label AppArmor refuses `subj_type=bin_t`: it knows only `subj_role`",
        ),
        ("measure user=0", "(did you mean `uid`?)"),
        ("measure mask=MAY_READ|MAY_WRITE", "(write one mask a rule; ^"),
        (
            "measure func=FILE_CHECK func=FILE_CHECK",
            "`func` after `func`: the kernel has one place for it",
        ),
        (
            "measure =FILE_CHECK",
            "1:9 loose-operator `=FILE_CHECK` has no keyword before it (write keyword, operator and value",
        ),
        (
            "appraise appraise_algos=sha3-256",
            "1:10 kernel-too-old `appraise_algos=sha3-256` is known since Linux 6.7",
        ),
        ("/etc/ima/other", "1:1 path a line that begins with /"),
        ("measure fsname=a\0b", "1:1 nul"),
    ] {
        let said = faults(&format!("{text}\n"), &kernel("6.1"));
        assert_eq!(said.len(), 1, "{text}: {said:?}");
        assert!(said[0].contains(wanted), "{text}: {said:?}");
    }
    let long = format!("measure fsname={}\n", "a".repeat(4096));
    assert!(faults(&long, &kernel("6.1"))[0].contains("the line has 4111 bytes"));
    let all = faults("a\nfunk=1 measure pcr=x mask=Y\nmeasure\n", &kernel("6.1"));
    assert_eq!(
        all.len(),
        4,
        "the kernel stops at the first, a person wants them all: {all:?}"
    );
}

#[test]
fn the_build_decides_too() {
    let version = KernelVersion::new(6, 1);
    let bare = Kernel::new(
        version,
        KernelConfig::parse("CONFIG_IMA=y\n# CONFIG_64BIT is not set\n"),
    )
    .unwrap();
    for rule in [
        "measure pcr=32",
        "measure func=KEY_CHECK",
        "measure subj_role=unconfined",
        "appraise appraise_algos=sha256",
        "measure fsmagic=0x100000000",
    ] {
        let text = format!("{rule}\n");
        assert_eq!(faults(&text, &bare).len(), 1, "{rule}");
        assert!(faults(&text, &kernel("6.1")).is_empty(), "{rule}");
    }
    // A part of a record: the rest is as distributions build it.
    let part = Kernel::new(version, KernelConfig::parse("CONFIG_IMA_APPRAISE_MODSIG=y\n")).unwrap();
    assert!(faults("measure pcr=63\nappraise appraise_algos=sha256\n", &part).is_empty());
    let modsig = "appraise func=MODULE_CHECK appraise_type=imasig|modsig\n";
    assert!(faults(modsig, &part).is_empty() && faults(modsig, &kernel("6.8.0-45-generic")).is_empty());
    assert!(Kernel::stock(KernelVersion::new(5, 3), "5.3").is_err());
}

#[test]
fn a_playbook_may_hold_what_any_kernel_takes() {
    // 5.4 takes what later kernels refuse, and the other way round.
    for text in [
        "audit func=KEXEC_CMDLINE\n",
        "dont_audit func=BPRM_CHECK\n",
        "measure subj_type=bin_t\n",
    ] {
        assert_eq!(Policy::new(text).rules_of_some_kernel().unwrap().len(), 1, "{text}");
    }
    let refused = Policy::new("measure\nmeasure audit\n");
    let refused = refused.rules_of_some_kernel().unwrap_err();
    assert_eq!((refused.len(), refused[0].0.number), (1, 2));
}

#[test]
fn reads_numbers_as_the_kernel_does() {
    for (text, accepted) in [
        ("uid=+5", true),
        ("uid=010", true),
        ("uid=-0", false),
        ("uid=0x5", false),
        ("pcr=-0", true),
        ("pcr=-+0", false),
        ("fsmagic=0X1f", true),
        ("fsmagic=+0x1f", true),
        ("fsmagic=0 fsmagic=1", true),
        ("fsmagic=1 fsmagic=1", false),
        ("fsmagic=10000000000000000", false),
        ("fsuuid=0fc63daf-8483-4772-8e79-3d69d8477de4rest", true),
        ("fsname=a fsname=b", true),
    ] {
        let said = faults(&format!("measure {text}\n"), &kernel("6.12"));
        assert_eq!(said.is_empty(), accepted, "{text}: {said:?}");
    }
}

#[test]
fn matches_as_the_kernel_does() {
    let mut access = Access::new(Func::BprmCheck);
    access.user = Credentials::of(1000);
    access.fowner = Some(0);
    let says = |text: &str, access: &Access| matches(&rule(text), access, &kernel("7.2"));
    assert_eq!(
        says("measure func=BPRM_CHECK mask=MAY_EXEC uid=1000 fowner<1\n", &access),
        Match::Yes
    );
    let Match::No(mismatch) = says("measure fowner=0 uid>1000\n", &access) else {
        unreachable!("it does not match")
    };
    assert_eq!(mismatch.to_string(), "it asks for uid>1000, and here it is 1000");
    assert_eq!(
        says("measure fgroup=0 fsmagic=1\n", &access),
        Match::Open(vec![Keyword::FsMagic, Keyword::Fgroup])
    );
    assert!(matches!(says("measure func=KEY_CHECK\n", &access), Match::No(_)));
    // An effective number is met by the saved one of a process that may change.
    access.user = Credentials {
        real: Some(1000),
        effective: Some(1000),
        saved: Some(0),
        changes: Some(true),
    };
    assert_eq!(says("measure euid=0\n", &access), Match::Yes);
    access.user.changes = Some(false);
    assert!(matches!(says("measure euid=0\n", &access), Match::No(_)));
    // Nothing but its own rules matches what is no file.
    let key = Access {
        data: Some(".ima".to_owned()),
        user: Credentials::of(0),
        ..Access::new(Func::KeyCheck)
    };
    assert_eq!(
        says("measure func=KEY_CHECK keyrings=.ima|.evm uid=0\n", &key),
        Match::Yes
    );
    assert!(matches!(says("measure\n", &key), Match::No(_)));
}

#[test]
fn explains_each_class_on_its_own() {
    let policy = Policy::new(
        "dont_measure fsmagic=0x9fa0\nmeasure func=BPRM_CHECK pcr=11\nhash fowner=0\nappraise fowner=0\naudit uid=0\n",
    );
    let kernel = kernel("6.1");
    let rules: Vec<Rule> = policy.judge(&kernel).rules().cloned().collect();
    let access = Access {
        fowner: Some(0),
        fsmagic: Some(0xef53),
        ..Access::new(Func::BprmCheck)
    };
    let explanation = Explanation::of(&rules, &access, &kernel);
    let measure = explanation.decision(Class::Measure).unwrap();
    assert_eq!((measure.rule.unwrap().line, measure.passed.len()), (2, 1));
    assert_eq!(
        explanation.effect(Class::Measure, &access, &kernel).unwrap(),
        "measured into PCR 11 with template ima-sig"
    );
    assert!(!explanation.labels_only(), "the later appraise rule takes it over");
    let audit = explanation.decision(Class::Audit).unwrap();
    assert_eq!(
        (audit.open.len(), explanation.effect(Class::Audit, &access, &kernel)),
        (1, None)
    );
}

proptest! {
    #[test]
    fn never_panics(text in "\\PC*|[a-z_]{1,8}[=<> \t\n#é^|,&:/-]{1,3}[A-Z0-9x_]{0,9}[\n\r]?", version in 0usize..12) {
        let kernel = &Kernel::permissive().releases()[version];
        let policy = Policy::new(text.clone());
        let judgement = policy.judge(kernel);
        prop_assert!(judgement.lines.iter().all(|(line, _)| line.number >= 1));
        prop_assert_eq!(policy.to_string(), text);
    }

    #[test]
    fn every_line_is_read_or_refused(
        lines in prop::collection::vec("(measure|appraise|dont_hash|x)( (func=BPRM_CHECK|uid[<>=]?[0-9a]{1,3}|pcr=5|subj_role=[:&/un]{0,6})){0,3}|#.{0,5}|", 1..6),
    ) {
        let policy = Policy::new(lines.join("\n") + "\n");
        let meant = lines.iter().filter(|line| !line.is_empty() && !line.starts_with('#')).count();
        let judged = policy.judge(&kernel("5.4"));
        prop_assert_eq!(judged.lines.len(), meant);
        for (line, verdict) in &judged.lines {
            prop_assert_eq!(line.text, &lines[line.number - 1]);
            if let Err(faults) = verdict {
                let width = line.text.chars().count();
                prop_assert!(!faults.is_empty() && faults.iter().all(|at| (1..=width).contains(&at.column)));
            }
        }
    }
}
