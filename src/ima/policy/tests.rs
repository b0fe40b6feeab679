#![allow(clippy::unwrap_used)]

use super::*;
use proptest::prelude::*;

fn messages(text: &str) -> Vec<String> {
    Policy::parse(text)
        .map(|_| Vec::new())
        .unwrap_or_else(|errors| errors.iter().map(ToString::to_string).collect())
}

#[test]
fn reads_rules() {
    let policy = Policy::parse(
        "# comment\n\n \t# another, with CR\r\nappraise func=BPRM_CHECK mask=^MAY_EXEC fowner=0\n\
         \tdont_measure\tfsmagic=0x9fa0  obj_type=a=b\nmeasure uid<1000 pcr=11 permit_directio\n\
         appraise func=MODULE_CHECK appraise_type=imasig|modsig appraise_algos=sha256,sha512\n\
         audit fsuuid=0fc63daf-8483-4772-8e79-3d69d8477de4\nmeasure func=KEY_CHECK keyrings=.ima|.evm\n",
    )
    .unwrap();
    assert_eq!(policy.rules().len(), 6);
    let rule = &policy.rules()[0];
    assert_eq!(
        (rule.line, rule.action, rule.value("mask")),
        (4, Action::Appraise, Some("^MAY_EXEC"))
    );
    assert_eq!(rule.conditions[1].column, 26);
    assert_eq!(policy.rules()[1].value("obj_type"), Some("a=b"));
    assert_eq!(policy.rules()[2].conditions[0].operator, Operator::Less);
    assert!(policy.appraises() && !policy.appraises_new_files() && !policy.ends_appraisal());
}

#[test]
fn knows_what_a_policy_does() {
    let guide = Policy::parse("audit func=BPRM_CHECK mask=MAY_EXEC\n").unwrap();
    assert!(guide.ends_appraisal() && !guide.appraises_new_files());
    assert!(Policy::parse("appraise fowner=0\n").unwrap().appraises_new_files());
    let hash = Policy::parse("hash func=PATH_CHECK\n").unwrap();
    assert!(hash.appraises_new_files() && hash.ends_appraisal());
    assert!(Policy::parse("dont_appraise fsmagic=9fa0\n").unwrap().ends_appraisal());
}

#[test]
fn says_what_is_wrong_and_where() {
    for (text, wanted) in [
        ("", "line 1, column 1: the policy holds no rule"),
        ("# only this\n", "line 1, column 1: the policy holds no rule"),
        (
            "apraise fowner=0\n",
            "line 1, column 1: `apraise` is not an action; did you mean `appraise`?",
        ),
        ("zzzzzz\n", "line 1, column 1: `zzzzzz` is not an action"),
        ("\n  func=BPRM_CHECK\n", "line 2, column 3: the rule has no action"),
        ("measure audit\n", "line 1, column 9: the rule is `measure` already"),
        ("measure func\n", "line 1, column 9: `func` needs a value: func=…"),
        ("measure func=\n", "`func` needs a value"),
        ("measure funk=X\n", "`funk` is not a keyword; did you mean `func`?"),
        (
            "measure func=BRPM_CHECK\n",
            "`BRPM_CHECK` is not a value of `func`; did you mean `BPRM_CHECK`?",
        ),
        ("measure mask=may_exec\n", "did you mean `MAY_EXEC`?"),
        ("measure func>BPRM_CHECK\n", "`func` takes only `=`, not `>`"),
        ("measure uid=root\n", "`root` is not a value of `uid`: write a number"),
        ("measure uid<=5\n", "`=5` is not a value of `uid`"),
        ("measure fowner=4294967295\n", "write a number from 0 to 4294967294"),
        ("measure pcr=64\n", "write a number from 0 to 63"),
        ("measure fsmagic=0xzz\n", "write a hexadecimal number"),
        ("measure fsmagic=0x\n", "write a hexadecimal number"),
        ("measure fsuuid=0fc63daf\n", "write a UUID"),
        ("measure keyrings=a||b\n", "one | between"),
        (
            "appraise appraise_algos=sha256,sha25\n",
            "`sha25` is not a value of `appraise_algos`; did you mean",
        ),
        ("measure permit_directio=1\n", "takes no value"),
        ("measure # why\n", "line 1, column 9: a comment after a rule"),
        ("measure\r\n", "line 1, column 8: the control character '\\r'"),
        ("measure\naudit", "line 2, column 6: the last line has no line end"),
    ] {
        let messages = messages(text);
        assert_eq!(messages.len(), 1, "{text}: {messages:?}");
        assert!(messages[0].contains(wanted), "{text}: {messages:?}");
    }
    let long = format!("measure fsname={}\n", "a".repeat(4096));
    assert!(messages(&long)[0].contains("4111 bytes"));
    assert_eq!(messages("a\nfunk=1 measure pcr=x\nmeasure").len(), 4);
}

proptest! {
    #[test]
    fn never_panics(text in "\\PC*|[a-z_]{1,8}[=<> \t\n#é^|,-]{1,3}[A-Z0-9x_]{0,9}[\n\r]?") {
        let _ = Policy::parse(&text);
    }

    #[test]
    fn every_line_is_read_or_refused(
        lines in prop::collection::vec("(measure|appraise|dont_hash|x)( (func=BPRM_CHECK|uid[<>=]?[0-9a]{1,3}|pcr=5)){0,3}|#.{0,5}|", 1..6),
    ) {
        let text = lines.join("\n") + "\n";
        let meant = lines.iter().filter(|line| !line.is_empty() && !line.starts_with('#')).count();
        match Policy::parse(&text) {
            Ok(policy) => prop_assert_eq!(policy.rules().len(), meant),
            Err(errors) => prop_assert!(errors.iter().all(|error| error.line >= 1 && error.line <= lines.len())),
        }
    }
}
