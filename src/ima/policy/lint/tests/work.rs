use super::{codes, of, said};
use crate::ima::policy::{
    Kernel, Policy,
    lint::{context::Placed, index::Index},
};

const RULES: usize = 10_000;

/// How often rules of this form are compared.
fn work(rule: impl Fn(usize) -> String) -> usize {
    let text: String = (0..RULES).map(|at| rule(at) + "\n").collect();
    let policy = Policy::new(text);
    let judgement = policy.judge(&Kernel::stock("7.2".parse().unwrap(), "").unwrap());
    assert!(judgement.is_accepted());
    let mut index = Index::default();
    for rule in judgement.rules() {
        index.add(Placed { text: "", rule });
    }
    index.work
}

#[test]
fn rules_that_differ_in_values_are_hardly_compared() {
    let few = 40 * RULES;
    assert!(work(|at| format!("dont_measure fowner={at}")) < few);
    assert!(work(|at| format!("measure func=FILE_CHECK fsname=fs{at} uid={at} mask=^MAY_READ")) < few);
    assert!(work(|at| format!("appraise func=BPRM_CHECK fowner={} fgroup={}", at % 170, at / 170)) < few);
    assert!(work(|at| format!("dont_audit fsmagic={at:x} euid<{}", at + 1)) < few);
    assert!(work(|_| "audit func=BPRM_CHECK".to_owned()) < few);
    let covered = |at| {
        if at == 0 {
            "measure".to_owned()
        } else {
            format!("measure fowner={at} uid={at}")
        }
    };
    assert!(work(covered) < few);
}

#[test]
fn a_policy_made_to_be_slow_ends_at_the_bound() {
    let widening = |at| format!("dont_measure uid>{}", 2 * RULES - at);
    assert_eq!(work(widening), 1_000_000);
    assert_eq!(work(|at| format!("measure func=KEY_CHECK keyrings=k{at}")), 1_000_000);

    let text: String = (0..RULES).map(|at| widening(at) + "\n").collect();
    let findings = said(&text);
    assert_eq!(
        codes(&findings),
        [(0, "ends-appraisal"), (0, "too-many-to-compare")].map(|found| found)
    );
}

#[test]
fn many_shapes_end_at_the_bound_too() {
    let fields = [
        "fsmagic=1",
        "fsname=a",
        "fs_subtype=b",
        "uid=1",
        "gid=1",
        "fowner=1",
        "fgroup=1",
    ];
    let shape = |at: usize| {
        let words = fields
            .iter()
            .enumerate()
            .filter(|(bit, _)| at & 1 << bit != 0)
            .map(|(_, word)| *word);
        let words: Vec<_> = words.collect();
        format!(
            "measure func=FILE_CHECK {} fsuuid=0fc63daf-8483-4772-8e79-{at:012x}",
            words.join(" ")
        )
    };
    assert!(work(shape) <= 1_000_000);
}

#[test]
fn a_large_policy_is_linted_whole() {
    let kernel = Kernel::stock("7.2".parse().unwrap(), "").unwrap();
    let text: String = (0..RULES)
        .map(|at| format!("appraise func=BPRM_CHECK fowner={at}\n"))
        .collect();
    let found = codes(&of(&text, &kernel, &Default::default()));
    assert_eq!(found, [(1, "no-libraries"), (1, "no-overlay-exclusion")]);
}
