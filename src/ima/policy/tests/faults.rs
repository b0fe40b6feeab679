use super::*;

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
