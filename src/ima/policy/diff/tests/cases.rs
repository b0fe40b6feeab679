use super::rules;
use crate::ima::policy::{
    BuiltIn, Kernel, Origin,
    diff::{Coverage, Difference, Example},
};

fn kernel(release: &str) -> Kernel {
    Kernel::stock(release.parse().unwrap(), release).unwrap()
}

/// Each change in a line: the class, the lines of the rules and the conditions.
fn changes(before: &str, after: &str) -> Vec<String> {
    let kernel = kernel("7.2");
    let (before, after) = (rules(before, &kernel), rules(after, &kernel));
    let difference = Difference::between(&before, &after, &kernel);
    assert_eq!(difference.coverage, Coverage::All);
    let line = |rule: Option<&crate::ima::policy::Rule>| rule.map_or("-".to_owned(), |rule| rule.line.to_string());
    let told = difference.changes.iter().map(|change| {
        let (before, after) = (line(change.before.rule), line(change.after.rule));
        format!("{} {before}>{after} {}", change.class, change.conditions)
    });
    told.collect()
}

#[test]
fn names_what_a_changed_condition_does() {
    for (before, after, wanted) in [
        (
            "appraise func=BPRM_CHECK",
            "appraise func=BPRM_CHECK fowner=0",
            "appraise 1>- func=BPRM_CHECK, fowner>0",
        ),
        ("appraise fowner=0", "appraise fowner=0\ndont_appraise", ""),
        (
            "measure func=MMAP_CHECK mask=MAY_EXEC\nmeasure func=BPRM_CHECK",
            "measure func=BPRM_CHECK",
            "measure 1>- func=MMAP_CHECK",
        ),
        (
            "measure func=FILE_CHECK mask=MAY_READ uid=0",
            "measure func=FILE_CHECK mask=^MAY_READ uid=0",
            "measure ->1 func=FILE_CHECK, mask=MAY_READ|MAY_WRITE or MAY_READ|MAY_EXEC or MAY_READ|MAY_APPEND or \
             MAY_READ|MAY_WRITE|MAY_APPEND, uid=0",
        ),
        (
            "measure func=FILE_CHECK euid=0",
            "",
            "measure 1>- func=FILE_CHECK, euid=0",
        ),
        (
            "measure func=FILE_CHECK",
            "measure func=FILE_CHECK euid=0",
            "measure 1>- func=FILE_CHECK, euid>0",
        ),
        (
            "measure func=KEY_CHECK keyrings=.ima|.evm",
            "measure func=KEY_CHECK keyrings=.ima",
            "measure 1>- func=KEY_CHECK, keyrings=.evm",
        ),
        (
            "measure func=FILE_CHECK mask=^MAY_READ",
            "measure func=BPRM_CHECK",
            "measure 1>- func=FILE_CHECK, mask=^MAY_READ\nmeasure ->1 func=BPRM_CHECK",
        ),
        (
            "measure func=BPRM_CHECK",
            "dont_measure fsmagic=1\ndont_measure fsmagic=2\ndont_measure fsmagic=3\ndont_measure fsmagic=4\n\
             dont_measure fsmagic=5\nmeasure func=BPRM_CHECK pcr=11",
            "measure 1>1 func=BPRM_CHECK, fsmagic=0x1\nmeasure 1>2 func=BPRM_CHECK, fsmagic=0x2\n\
             measure 1>3 func=BPRM_CHECK, fsmagic=0x3\nmeasure 1>4 func=BPRM_CHECK, fsmagic=0x4\n\
             measure 1>5 func=BPRM_CHECK, fsmagic=0x5\n\
             measure 1>6 func=BPRM_CHECK, fsmagic other than 0x1 or 0x2 or 0x3 or 2 more",
        ),
        (
            "dont_measure fsmagic=0x9fa0\nmeasure",
            "dont_measure fsmagic=0x9fa0\ndont_measure fsmagic=0x62656572\nmeasure gid=0",
            "measure 2>2 func other than KEY_CHECK or CRITICAL_DATA, fsmagic=0x62656572\n\
             measure 2>- func other than KEY_CHECK or CRITICAL_DATA, fsmagic other than 0x9fa0 or 0x62656572, gid>0",
        ),
    ] {
        assert_eq!(changes(before, after).join("\n"), wanted, "{before} -> {after}");
    }
}

#[test]
fn order_counts_only_where_it_decides() {
    let broad = "measure func=BPRM_CHECK\ndont_measure fsmagic=0x9fa0\ndont_measure fsmagic=0x62656572";
    let narrow = "dont_measure fsmagic=0x62656572\ndont_measure fsmagic=0x9fa0\nmeasure func=BPRM_CHECK";
    assert_eq!(
        changes(broad, narrow),
        [
            "measure 1>1 func=BPRM_CHECK, fsmagic=0x62656572",
            "measure 1>2 func=BPRM_CHECK, fsmagic=0x9fa0"
        ]
    );
    for (before, after) in [
        (
            "measure uid=0\naudit fowner=0",
            "audit fowner=0\nmeasure uid=0\nmeasure uid=0",
        ),
        ("measure uid=0\nmeasure fowner=0", "measure fowner=0\nmeasure uid=0"),
        ("measure", "measure func=PATH_CHECK\nmeasure"),
        ("appraise uid<1", "appraise uid=0"),
        ("dont_measure fsmagic=0x9fa0", ""),
        (
            "measure func=BPRM_CHECK mask=MAY_EXEC",
            "measure func=BPRM_CHECK mask=^MAY_EXEC",
        ),
        ("measure func=BPRM_CHECK mask=MAY_READ", ""),
        (
            "measure func=FILE_CHECK",
            "measure func=FILE_CHECK template=ima-sig pcr=10",
        ),
        ("appraise fsname=ext4 fs_subtype=sshfs", ""),
    ] {
        assert_eq!(changes(before, after), Vec::<String>::new(), "{before} -> {after}");
    }
    assert_eq!(changes("measure fsname=proc", "measure fsmagic=0x9fa0").len(), 2);
}

#[test]
fn how_it_is_done_counts_too() {
    for (before, after) in [
        ("measure func=BPRM_CHECK", "measure func=BPRM_CHECK pcr=11"),
        ("measure func=BPRM_CHECK", "measure func=BPRM_CHECK template=ima-ng"),
        (
            "appraise func=BPRM_CHECK",
            "appraise func=BPRM_CHECK appraise_type=imasig",
        ),
        (
            "appraise func=BPRM_CHECK",
            "appraise func=BPRM_CHECK appraise_algos=sha256",
        ),
        ("appraise func=BPRM_CHECK", "appraise func=BPRM_CHECK permit_directio"),
        ("audit func=BPRM_CHECK", "audit func=BPRM_CHECK permit_directio"),
    ] {
        let class = before.split(' ').next().unwrap();
        assert_eq!(changes(before, after), [format!("{class} 1>1 func=BPRM_CHECK")]);
    }
}

#[test]
fn a_later_rule_of_appraise_takes_over_what_is_labelled() {
    let hash = "hash func=FILE_CHECK\n";
    let appraise = "appraise func=FILE_CHECK\n";
    assert_eq!(
        changes(hash, &format!("{hash}{appraise}")),
        ["appraise ->2 func=FILE_CHECK", "hash 1>2 func=FILE_CHECK"]
    );
    assert_eq!(
        changes(hash, &format!("{appraise}{hash}")),
        ["appraise ->1 func=FILE_CHECK"]
    );
}

#[test]
fn the_most_dangerous_comes_first() {
    let before = "audit func=BPRM_CHECK\nmeasure func=BPRM_CHECK\nappraise func=BPRM_CHECK";
    let after = "appraise func=MMAP_CHECK";
    let classes: Vec<_> = changes(before, after)
        .into_iter()
        .filter_map(|change| change.split(" func").next().map(str::to_owned))
        .collect();
    assert_eq!(classes, ["appraise 3>-", "measure 2>-", "appraise ->1", "audit 1>-"]);
}

#[test]
fn the_example_is_one_that_can_be() {
    let kernel = kernel("7.2");
    let before = rules("appraise fs_subtype=sshfs euid=0 fgroup>100\n", &kernel);
    let difference = Difference::between(&before, &[], &kernel);
    assert_eq!(
        Example(&difference.changes[0].example).to_string(),
        "func=FILE_CHECK mask=MAY_READ fs_subtype=sshfs euid=0 fgroup=1000"
    );
}

#[test]
fn compares_built_in_policies() {
    let kernel = kernel("6.1");
    let tcb = Origin::CommandLine(BuiltIn::Tcb).rules(&kernel);
    let original = Origin::CommandLine(BuiltIn::OriginalTcb).rules(&kernel);
    assert_eq!(Difference::between(&tcb, &tcb, &kernel).changes, []);
    let difference = Difference::between(&tcb, &original, &kernel);
    assert!(difference.changes.len() <= 8, "{difference:#?}");
}

#[test]
fn says_when_there_is_too_much_to_compare() {
    let kernel = kernel("7.2");
    let text = |pcr: u8| {
        let mut text = String::new();
        for id in 1..60 {
            let (one, two) = (id * 2, id * 3);
            text += &format!("dont_measure uid={one} fowner>{two}\ndont_measure gid={two} fgroup<{one}\n");
            text += &format!("dont_measure fsmagic={one} euid={two}\nmeasure uid={two} fgroup={one} pcr={pcr}\n");
        }
        text + &format!("measure pcr={pcr}\n")
    };
    let (before, after) = (rules(&text(11), &kernel), rules(&text(12), &kernel));
    let difference = Difference::bounded(&before, &after, &kernel, 500);
    assert!(matches!(difference.coverage, Coverage::Share(share) if (0.0..1.0).contains(&share)));
    assert!(
        !difference.changes.is_empty(),
        "what is most ordinary is looked at first"
    );
}
