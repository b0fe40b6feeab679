use super::{good, playbook, says};
use crate::config::Token;

fn with(line: &str) -> String {
    playbook(&format!("boot:\n  cmdline: {{{line}}}\n"))
}

#[test]
fn every_form_of_a_parameter() {
    let text =
        "boot:\n  cmdline: {a: x=1, b: 0x10, c: [x, 2], d: true, e: false, f: +x, g: y, h: off, i: 1.50, j: 007}\n";
    let tokens: Vec<_> = good(text)
        .desired
        .boot
        .cmdline
        .into_iter()
        .map(|(_, token)| token)
        .collect();
    let value = |text: &str| Token::Value(text.into());
    let expected = [
        value("x=1"),
        value("0x10"),
        Token::Repeated(vec!["x".into(), "2".into()]),
        Token::Flag,
        Token::Absent,
        Token::Member("x".into()),
        value("y"),
        value("off"),
        value("1.50"),
        value("007"),
    ];
    assert_eq!(tokens, expected);
}

#[test]
fn ima_appraise_is_decided_elsewhere() {
    says(
        &with("ima_appraise: fix"),
        "\"ima_appraise\" is decided by `appraisal:`",
    );
    // The kernel takes this for the same parameter.
    says(
        &with("ima-appraise: fix"),
        "\"ima-appraise\" is decided by `appraisal:`",
    );
    says(
        &with("a-b: 1, a_b: 2"),
        "\"a-b\" and \"a_b\" are the same parameter to the kernel",
    );
}

#[test]
fn what_grub_would_harm_is_refused() {
    for (value, found) in [
        ("'a b'", "\" \""),
        ("'a\"b'", "\"\\\"\""),
        ("\"a'b\"", "\"'\""),
        ("'$(touch /tmp/x)'", "\"$\""),
        ("'a`b'", "\"`\""),
        ("'a\\b'", "\"\\\\\""),
        ("\"a\\nb\"", "\"\\n\""),
        ("'a;b'", "\";\""),
        ("'a|b'", "\"|\""),
        ("'é'", "\"é\""),
        ("'#a'", "\"#\""),
    ] {
        let errors = with(&format!("x: {value}"));
        says(&errors, "cannot pass through GRUB unharmed: it holds ");
        says(&errors, &format!("it holds {found}"));
    }
    says(&with("'a b': 1"), "\"a b\" cannot pass through GRUB unharmed");
    says(&with("'a=b': 1"), "\"a=b\" is no kernel parameter");
    says(
        &with("x: '{{ y }}'"),
        "only templates, `content` and `rules` are rendered",
    );
}

#[test]
fn values_that_mean_nothing() {
    says(&with("x: ''"), "`x`: the value is empty");
    says(&with("x: []"), "`x`: the list is empty");
    says(
        &with("x:"),
        "`x`: expected a string, a number, a list, true (the bare word) or false (not there), found nothing",
    );
    says(&with("x: {a: b}"), "found a mapping");
    says(
        &with("x: [true]"),
        "`x`: expected a string or a number, found the boolean true",
    );
    says(&with("x: '+a,b'"), "\"+a,b\" adds no single member to a list");
    says(&with("x: [+a]"), "`+` stands before one value, not in a list");
    says(&playbook("boot: {cmdlin: {}}\n"), "did you mean `cmdline`?");
}

#[test]
fn a_trial_has_its_own_parameters_and_time_enough() {
    says(&with("init: /bin/sh"), "\"init\" is what a trial boot is guarded with");
    says(&with("panic: 0"), "\"panic\" is what a trial boot is guarded with");
    says(
        &playbook("boot: {trial_timeout: 30s}\n"),
        "within 30s no host boots and is checked",
    );
    says(&playbook("boot: {trial_timeout: soon}\n"), "\"soon\" is no time");
    let boot = good("boot: {trial_timeout: 20m}\n").desired.boot;
    assert_eq!(boot.trial_timeout.as_secs(), 1200);
}

#[test]
fn built_in_policies_are_known_by_name() {
    says(
        &with("ima_policy: appraise-tcb"),
        "the kernel has no built-in policy \"appraise-tcb\"",
    );
    says(&with("ima_policy: appraise-tcb"), "did you mean `appraise_tcb`?");
    says(
        &with("ima_policy: tcb|appraise_tcb"),
        "write several as a list: `ima_policy: [tcb, appraise_tcb]`",
    );
}
