use super::*;

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
