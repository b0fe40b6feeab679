use super::{Action, Fault, FaultAt, Feature, Func, Kernel, Keyword, LsmField, Rule, SignatureType};
use std::collections::BTreeMap;

/// What does not go together in a rule whose words are right (`ima_validate_rule()`). Before Linux 5.9 everything did.
pub(super) fn faults(rule: &Rule, kernel: &Kernel, columns: &BTreeMap<Keyword, usize>) -> Vec<FaultAt> {
    if !kernel.has(Feature::Validator) {
        return Vec::new();
    }
    let mut faults = Vec::new();
    let place = |keyword: Keyword| columns.get(&keyword).copied().unwrap_or(1);
    let mut push = |keyword: Keyword, fault: Fault| {
        faults.push(FaultAt {
            column: place(keyword),
            fault,
        })
    };

    for (keyword, action) in of_one_action(rule) {
        if rule.action != action {
            push(keyword, Fault::NeedsAction { keyword, action });
        }
    }
    let func = rule.conditions.func;
    if let Some(func) = func
        && let Some(actions) = actions_of(func, rule.action)
    {
        push(Keyword::Func, Fault::ActionOfFunc { func, actions });
    }
    for keyword in columns
        .keys()
        .copied()
        .filter(|keyword| !goes_with(*keyword, func, kernel))
    {
        push(keyword, Fault::NotWithFunc { keyword, func });
    }
    let options = &rule.options;
    let modsig = options.signatures.contains(&SignatureType::ImaSigOrModSig);
    if modsig && !func.is_some_and(Func::takes_modsig) {
        let needs = "`func=MODULE_CHECK`, `KEXEC_KERNEL_CHECK` or `KEXEC_INITRAMFS_CHECK`";
        push(
            Keyword::AppraiseType,
            Fault::Needs {
                what: "appraise_type=imasig|modsig".to_owned(),
                needs,
            },
        );
    }
    if options.check_blacklist && !modsig {
        let needs = "`appraise_type=imasig|modsig`";
        push(
            Keyword::AppraiseFlag,
            Fault::Needs {
                what: "appraise_flag=check_blacklist".to_owned(),
                needs,
            },
        );
    }
    if func == Some(Func::SetxattrCheck) && options.algorithms.is_empty() {
        push(
            Keyword::Func,
            Fault::Needs {
                what: "func=SETXATTR_CHECK".to_owned(),
                needs: "`appraise_algos`",
            },
        );
    }
    if rule.action == Action::Appraise && options.verity && options.signatures.is_empty() {
        let needs = "`appraise_type=sigv3`";
        push(
            Keyword::DigestType,
            Fault::Needs {
                what: "digest_type=verity".to_owned(),
                needs,
            },
        );
    }
    faults
}

/// The options in the rule that only one action has.
fn of_one_action(rule: &Rule) -> impl Iterator<Item = (Keyword, Action)> {
    let options = &rule.options;
    [
        (options.pcr.is_some(), Keyword::Pcr, Action::Measure),
        (!options.signatures.is_empty(), Keyword::AppraiseType, Action::Appraise),
        (options.check_blacklist, Keyword::AppraiseFlag, Action::Appraise),
        (!options.algorithms.is_empty(), Keyword::AppraiseAlgos, Action::Appraise),
    ]
    .into_iter()
    .filter_map(|(there, keyword, action)| there.then_some((keyword, action)))
}

/// The only actions of a hook, where this one is none of them.
fn actions_of(func: Func, action: Action) -> Option<&'static str> {
    match func {
        Func::KexecCmdline | Func::KeyCheck | Func::CriticalData => {
            let fits = matches!(action, Action::Measure | Action::DontMeasure);
            (!fits).then_some("measure and dont_measure")
        }
        Func::SetxattrCheck => (action != Action::Appraise).then_some("appraise"),
        _ => None,
    }
}

/// Whether a hook knows this word. `template=`, and `appraise_flag=` where it means nothing, leave no trace in the rule
/// and go with all.
fn goes_with(keyword: Keyword, func: Option<Func>, kernel: &Kernel) -> bool {
    use Keyword as K;
    match func {
        Some(Func::KexecCmdline) if !kernel.has(Feature::ValidatorOf59) => {
            matches!(keyword, K::Func | K::Pcr | K::Template)
        }
        Some(Func::KexecCmdline) => !matches!(
            keyword,
            K::Mask | K::PermitDirectio | K::DigestType | K::Keyrings | K::Label
        ),
        Some(Func::KeyCheck) => of_data(keyword) || keyword == K::Keyrings,
        Some(Func::CriticalData) => of_data(keyword) || keyword == K::Label,
        Some(Func::SetxattrCheck) => {
            let labels = LsmField::ALL.into_iter().any(|field| keyword == K::Lsm(field));
            labels
                || matches!(
                    keyword,
                    // Each of these has its own fault already: they need other actions.
                    K::Func | K::AppraiseAlgos | K::Template | K::AppraiseFlag | K::Pcr
                )
        }
        Some(func) if func.takes_modsig() => !matches!(keyword, K::DigestType | K::Keyrings | K::Label),
        _ => !matches!(keyword, K::Keyrings | K::Label),
    }
}

/// The words that both hooks for data of the kernel know.
fn of_data(keyword: Keyword) -> bool {
    use Keyword as K;
    matches!(
        keyword,
        K::Func | K::Uid | K::Gid | K::Pcr | K::Template | K::AppraiseFlag | K::AppraiseType | K::AppraiseAlgos
    )
}
