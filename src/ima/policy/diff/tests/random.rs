//! The search against the kernel's own way: random accesses, about which everything is known, one by one.

use super::rules;
use crate::ima::policy::{
    Access, Class, Credentials, Explanation, Func, Kernel, LsmField, Match, Rule,
    diff::{Coverage, Difference, Effect, concerns, partition::masks},
    matches,
};
use proptest::prelude::*;

const WORDS: [&str; 34] = [
    "func=FILE_CHECK",
    "func=BPRM_CHECK",
    "func=MMAP_CHECK",
    "func=KEY_CHECK",
    "func=KEXEC_CMDLINE",
    "func=SETXATTR_CHECK appraise_algos=sha256",
    "mask=MAY_READ",
    "mask=^MAY_READ",
    "mask=^MAY_EXEC",
    "mask=MAY_WRITE",
    "fsmagic=0x1",
    "fsmagic=0x2",
    "fsname=ext4",
    "fsname=fuse",
    "fs_subtype=sshfs",
    "fs_subtype=b",
    "uid=0",
    "uid<5",
    "uid>4",
    "euid=0",
    "euid=5",
    "euid>4",
    "gid=5",
    "egid<5",
    "fowner=0",
    "fowner>5",
    "fgroup<5",
    "obj_type=a",
    "obj_type=b",
    "keyrings=.ima",
    "keyrings=.ima|.evm",
    "pcr=11",
    "appraise_type=imasig",
    "permit_directio",
];

fn policy() -> impl Strategy<Value = String> {
    let actions = [
        "measure",
        "dont_measure",
        "appraise",
        "dont_appraise",
        "audit",
        "dont_audit",
        "hash",
        "dont_hash",
    ];
    let words = prop::sample::subsequence(WORDS.to_vec(), 0..4);
    let rule = (prop::sample::select(actions.to_vec()), words);
    let written = rule.prop_map(|(action, words)| format!("{action} {}\n", words.join(" ")));
    prop::collection::vec(written, 0..9).prop_map(|rules| rules.concat())
}

/// Two policies of which the second is often the first with its rules changed a little.
fn policies() -> impl Strategy<Value = (String, String)> {
    let changed = (policy(), 0usize..9, policy()).prop_map(|(before, at, other)| {
        let mut lines: Vec<_> = before.lines().collect();
        let at = at.min(lines.len());
        lines.rotate_left(at);
        lines.extend(other.lines().take(1));
        let after = lines.join("\n") + "\n";
        (before.clone(), after)
    });
    prop_oneof![(policy(), policy()), changed]
}

fn credentials() -> impl Strategy<Value = Credentials> {
    let id = || prop::sample::select(vec![0u32, 4, 5, 6, 1000]);
    (id(), id(), id(), any::<bool>()).prop_map(|(real, effective, saved, changes)| Credentials {
        real: Some(real),
        effective: Some(effective),
        saved: Some(saved),
        changes: Some(changes),
    })
}

fn access() -> impl Strategy<Value = Access> {
    let func = prop::sample::select(Func::ALL.to_vec());
    let one = |names: [&'static str; 3]| prop::sample::select(names.to_vec()).prop_map(str::to_owned);
    let ids = || prop::sample::select(vec![0u32, 4, 5, 6, u32::MAX]);
    let files = (
        0u64..4,
        one(["ext4", "xfs", "fuse"]),
        one(["sshfs", "b", ""]),
        ids(),
        ids(),
    );
    let names = (one(["a", "b", "c"]), one([".ima", ".evm", "other"]));
    (
        func,
        any::<prop::sample::Index>(),
        credentials(),
        credentials(),
        files,
        names,
    )
        .prop_map(
            |(func, mask, user, group, (fsmagic, fsname, fs_subtype, fowner, fgroup), (label, data))| {
                let masks = masks(func);
                Access {
                    mask: *mask.get(&masks),
                    user,
                    group,
                    fowner: Some(fowner),
                    fgroup: Some(fgroup),
                    fsmagic: Some(fsmagic),
                    fs_subtype: Some(if fsname == "fuse" { fs_subtype } else { String::new() }),
                    fsname: Some(fsname),
                    labels: [(LsmField::ObjType, label)].into(),
                    data: Some(data),
                    ..Access::new(func)
                }
            },
        )
}

/// What is done about an access in a class, and the line of the rule by which it is.
fn done(class: Class, rules: &[Rule], access: &Access, kernel: &Kernel) -> (Option<usize>, Effect) {
    let explanation = Explanation::of(rules, access, kernel);
    let decision = explanation.decision(class).unwrap();
    let taken_over = class == Class::Hash && decision.does().is_some() && !explanation.labels_only();
    let rule = if taken_over {
        explanation.decision(Class::Appraise).unwrap().rule
    } else {
        decision.rule
    };
    (rule.map(|rule| rule.line), Effect::of(class, rule, access, kernel))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn finds_what_accesses_one_by_one_show(
        (before, after) in policies(),
        accesses in prop::collection::vec(access(), 60),
    ) {
        let kernel = Kernel::permissive();
        let (before, after) = (rules(&before, &kernel), rules(&after, &kernel));
        let difference = Difference::between(&before, &after, &kernel);
        prop_assert_eq!(difference.coverage, Coverage::All);
        for access in &accesses {
            for class in Class::ALL.into_iter().filter(|class| concerns(access.func, *class)) {
                let [one, two] = [&before, &after].map(|rules| done(class, rules, access, &kernel));
                let told = difference.changes.iter().any(|change| {
                    let lines = [&change.before, &change.after].map(|outcome| outcome.rule.map(|rule| rule.line));
                    change.class == class
                        && lines == [one.0, two.0]
                });
                prop_assert_eq!(told && !one.1.is_same(&two.1), !one.1.is_same(&two.1), "{} {:?}", class, access);
            }
        }
    }

    #[test]
    fn each_example_shows_its_change(
        (before, after) in policies(),
        access in access(),
    ) {
        let kernel = Kernel::permissive();
        let (before, after) = (rules(&before, &kernel), rules(&after, &kernel));
        for change in Difference::between(&before, &after, &kernel).changes {
            // What the example leaves open makes no difference, and so may be anything.
            let mut whole = change.example.clone();
            fill(&mut whole, &access);
            for (rules, outcome) in [(&before, &change.before), (&after, &change.after)] {
                let (line, effect) = done(change.class, rules, &whole, &kernel);
                prop_assert_eq!(line, outcome.rule.map(|rule| rule.line));
                prop_assert_eq!(&effect, &outcome.effect);
                prop_assert!(outcome.rule.is_none_or(|rule| matches(rule, &change.example, &kernel) == Match::Yes));
            }
            prop_assert!(!change.before.effect.is_same(&change.after.effect));
        }
    }

    #[test]
    fn nothing_changes_from_a_policy_to_itself(policy in policy()) {
        let kernel = Kernel::permissive();
        let (one, again) = (rules(&policy, &kernel), rules(&policy.replace(' ', "  "), &kernel));
        prop_assert_eq!(Difference::between(&one, &again, &kernel).changes, []);
    }

    #[test]
    fn the_way_back_mirrors_the_way_there((before, after) in policies()) {
        let kernel = Kernel::permissive();
        let (before, after) = (rules(&before, &kernel), rules(&after, &kernel));
        let there = Difference::between(&before, &after, &kernel);
        let back = Difference::between(&after, &before, &kernel);
        prop_assert_eq!(there.changes.len(), back.changes.len());
        for change in there.changes {
            let mut mirrored = change.clone();
            std::mem::swap(&mut mirrored.before, &mut mirrored.after);
            prop_assert!(back.changes.contains(&mirrored), "{:#?}\n{:#?}", mirrored, back.changes);
        }
    }
}

fn fill(access: &mut Access, by: &Access) {
    let people = [(&mut access.user, by.user), (&mut access.group, by.group)];
    for (credentials, by) in people {
        credentials.real = credentials.real.or(by.real);
        credentials.effective = credentials.effective.or(by.effective);
        credentials.saved = credentials.saved.or(by.saved);
        credentials.changes = credentials.changes.or(by.changes);
    }
    access.fowner = access.fowner.or(by.fowner);
    access.fgroup = access.fgroup.or(by.fgroup);
    access.fsmagic = access.fsmagic.or(by.fsmagic);
    if access.fsname.is_none() {
        let fuse = access.fs_subtype.as_ref().is_some_and(|subtype| !subtype.is_empty());
        access.fsname = if fuse {
            Some("fuse".to_owned())
        } else {
            by.fsname.clone()
        };
    }
    access.fs_subtype.get_or_insert_default();
    access.data = access.data.take().or_else(|| by.data.clone());
    for (field, label) in &by.labels {
        access.labels.entry(*field).or_insert_with(|| label.clone());
    }
}
