use super::{codes, of, said};
use crate::ima::{
    KernelConfig,
    policy::{
        Kernel, Severity,
        lint::{Containers, Surroundings},
    },
};

/// Line and code of what is said, without what these small policies always lack.
fn rules(text: &str) -> Vec<(usize, &'static str)> {
    let lacks = ["ends-appraisal", "no-exclusion", "no-overlay-exclusion", "no-libraries"];
    let mut found = codes(&said(text));
    found.retain(|(_, code)| !lacks.contains(code));
    found
}

#[test]
fn a_rule_is_named_once_for_what_it_cannot_do() {
    let text = "audit func=BPRM_CHECK\naudit func=BPRM_CHECK\naudit func=BPRM_CHECK uid=0\naudit func=BPRM_CHECK mask=MAY_READ\n";
    assert_eq!(
        rules(text),
        [(2, "duplicate-rule"), (3, "never-matches"), (4, "impossible")]
    );
}

#[test]
fn classes_do_not_shadow_each_other() {
    assert_eq!(
        rules("dont_measure\naudit func=BPRM_CHECK\nhash func=FILE_CHECK fowner=0\n"),
        []
    );
    assert_eq!(rules("dont_measure fsmagic=0x9fa0\nmeasure func=BPRM_CHECK\n"), []);
    assert_eq!(
        rules("measure\nmeasure func=KEY_CHECK\n"),
        [(0, "assumed-config"), (1, "unbounded-measurement")]
    );
}

#[test]
fn the_earliest_rule_is_named() {
    let findings = said("audit fowner=0\naudit func=BPRM_CHECK\naudit func=BPRM_CHECK fowner=0 uid=0\n");
    let finding = findings.iter().find(|finding| finding.line == Some(3)).unwrap();
    assert!(
        finding.diagnostic.message.contains("line 1"),
        "{:?}",
        finding.diagnostic
    );
}

#[test]
fn what_may_be_in_a_misspelt_line_is_not_missed() {
    assert_eq!(codes(&said("audit func=BPRM_CHECK\naprpaise func=BPRM_CHECK\n")), []);
    assert_eq!(codes(&said("audit func=BPRM_CHECK\n")), [(0, "ends-appraisal")]);
}

#[test]
fn one_missing_exclusion_is_named_by_its_name() {
    let kernel = Kernel::stock("6.12".parse().unwrap(), "").unwrap();
    let surroundings = Surroundings {
        containers: Containers::Absent,
        ..Surroundings::default()
    };
    let most = "dont_appraise fsname=sysfs\ndont_appraise fsname=debugfs\ndont_appraise func=FILE_CHECK fsname=tmpfs\n\
                dont_appraise fsname=ramfs\ndont_appraise fsname=devpts\ndont_appraise fsname=binfmt_misc\n\
                dont_appraise fsname=securityfs\ndont_appraise fsname=selinuxfs\ndont_appraise fsname=smackfs\n\
                dont_appraise fsname=nsfs\ndont_appraise fsname=efivarfs\ndont_appraise fsname=cgroup\n\
                dont_appraise fsname=cgroup2\ndont_appraise fsname=proc fowner=5\nappraise fowner=0\n";
    let findings = of(most, &kernel, &surroundings);
    let found = findings
        .iter()
        .find(|finding| finding.diagnostic.code == "no-exclusion")
        .unwrap();
    assert!(found.diagnostic.message.contains("(proc)"), "{:?}", found.diagnostic);
    assert_eq!(
        found.diagnostic.help.as_deref(),
        Some("write before it: dont_appraise fsmagic=0x9fa0")
    );
}

#[test]
fn records_of_the_kernels_own_files_are_named_too() {
    assert_eq!(
        codes(&said("audit func=FILE_CHECK fowner=0\n")),
        [(0, "ends-appraisal"), (1, "no-exclusion")]
    );
    for harmless in [
        "hash func=FILE_CHECK",
        "audit func=FILE_CHECK fsname=ext4",
        "audit func=BPRM_CHECK",
    ] {
        assert_eq!(
            codes(&said(&format!("{harmless}\n"))),
            [(0, "ends-appraisal")],
            "{harmless}"
        );
    }
    // A kernel before 6.19 knows no exception to such a rule.
    for (version, known) in [("6.12", false), ("7.2", true)] {
        let kernel = Kernel::stock(version.parse().unwrap(), "").unwrap();
        let findings = of("audit\n", &kernel, &Surroundings::default());
        let found = findings
            .iter()
            .find(|finding| finding.diagnostic.code == "no-exclusion");
        let help = found.unwrap().diagnostic.help.as_deref().unwrap();
        assert_eq!(help.contains("dont_audit fsmagic=0x9fa0"), known, "{version}: {help}");
    }
}

#[test]
fn every_file_system_that_must_be_left_out_is_known() {
    let kernel = Kernel::stock("6.12".parse().unwrap(), "").unwrap();
    let surroundings = Surroundings {
        containers: Containers::Run,
        ..Surroundings::default()
    };
    let findings = of("appraise\n", &kernel, &surroundings);
    let help = |code| {
        let found = findings.iter().find(|finding| finding.diagnostic.code == code);
        found.and_then(|finding| finding.diagnostic.help.as_deref()).unwrap()
    };
    assert_eq!(help("no-exclusion").matches("dont_appraise fsmagic=0x").count(), 14);
    assert_eq!(
        help("no-overlay-exclusion"),
        "write before it: dont_appraise fsmagic=0x794c7630"
    );
}

#[test]
fn a_kernel_that_cannot_appraise_denies_nothing() {
    let config = KernelConfig::parse("CONFIG_64BIT=y\nCONFIG_IMA=y\nCONFIG_IMA_WRITE_POLICY=y\n");
    let kernel = Kernel::new("6.12".parse().unwrap(), config).unwrap();
    let on = |text| codes(&of(text, &kernel, &Surroundings::default()));
    assert_eq!(
        on("audit func=BPRM_CHECK\nappraise fowner=0\nappraise func=BPRM_CHECK uid=0 appraise_type=imasig\n"),
        [(2, "kernel-cannot-appraise")]
    );
    assert_eq!(on("audit func=BPRM_CHECK\ndont_appraise fowner=0\n"), []);
    assert_eq!(
        on("measure func=FILE_CHECK\n"),
        [(1, "no-exclusion"), (1, "unbounded-measurement")]
    );
    // The next policy must come by its path all the same.
    assert_eq!(
        on("appraise func=POLICY_CHECK\n"),
        [(1, "kernel-cannot-appraise"), (1, "needs-signed-policy")]
    );
}

#[test]
fn an_exclusion_of_one_hook_is_not_one_of_another() {
    let text = "dont_appraise func=BPRM_CHECK fsname=overlay\nappraise func=BPRM_CHECK\nappraise func=MMAP_CHECK\n";
    assert_eq!(codes(&said(text)), [(3, "no-overlay-exclusion")]);
}

#[test]
fn somebody_has_thought_about_what_changes() {
    let fsuuid = "dont_appraise fsuuid=0fc63daf-8483-4772-8e79-3d69d8477de4\n";
    assert_eq!(rules(&format!("{fsuuid}appraise fowner=0\n")), []);
    assert_eq!(rules("appraise func=FILE_CHECK mask=MAY_EXEC fowner=0\n"), []);
    assert_eq!(rules("appraise func=FILE_CHECK fowner=33\n"), []);
    assert_eq!(rules("appraise func=FILE_CHECK\n"), [(1, "appraises-changing-files")]);
}

#[test]
fn a_limit_bounds_the_list() {
    for limit in [
        "uid=0",
        "uid=33",
        "euid<1000",
        "fowner=0",
        "fowner<5",
        "gid=0",
        "gid<1000",
        "fgroup=2000",
        "fsname=ext4",
        "mask=^MAY_EXEC",
    ] {
        assert_eq!(rules(&format!("measure func=FILE_CHECK {limit}\n")), [], "{limit}");
    }
    for none in [
        "",
        "uid>999",
        "uid<60000",
        "uid=1000",
        "mask=^MAY_WRITE",
        "fowner>0",
        "fowner<1001",
        "gid>0",
        "fgroup<60000",
        "pcr=11",
    ] {
        let found = rules(&format!("measure func=FILE_CHECK {none}\n"));
        assert_eq!(found, [(1, "unbounded-measurement")], "{none}");
    }
}

#[test]
fn columns_are_those_of_the_word() {
    let findings = said("  audit func=BPRM_CHECK  mask=MAY_READ\n");
    let finding = findings.iter().find(|finding| finding.line == Some(1)).unwrap();
    assert_eq!((finding.diagnostic.code, finding.diagnostic.column), ("impossible", 26));
}

#[test]
fn only_an_empty_policy_is_an_error() {
    for (text, severity) in [
        ("", Severity::Error),
        ("# nothing\n", Severity::Error),
        ("measure", Severity::Warning),
    ] {
        let findings = said(text);
        assert!(
            findings.iter().all(|finding| finding.diagnostic.severity == severity),
            "{findings:?}"
        );
        assert!(!findings.is_empty());
    }
}

#[test]
fn no_number_is_called_impossible_that_is_not() {
    for possible in ["fowner>4294967294", "uid>4294967293", "uid<1", "func=KEY_CHECK gid<0"] {
        assert!(
            !codes(&said(&format!("measure {possible}\n"))).contains(&(1, "impossible")),
            "{possible}"
        );
    }
    for not in [
        "uid<0",
        "euid>4294967294",
        "fgroup<0",
        "mask=MAY_APPEND",
        "func=MODULE_CHECK mask=^MAY_EXEC",
    ] {
        assert!(
            codes(&said(&format!("measure {not}\n"))).contains(&(1, "impossible")),
            "{not}"
        );
    }
}
