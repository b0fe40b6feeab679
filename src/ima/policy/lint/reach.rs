use super::{
    Finding, Lint,
    context::{Context, Placed},
    impossible,
    index::{Index, Shadow},
};
use crate::ima::policy::Func;

/// Rules that can do nothing. The others are what the other lints look at.
pub(super) fn lint(context: &mut Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut index = Index::default();
    let mut live = Vec::new();
    for placed in context.rules.iter().copied() {
        if let Some(finding) = impossible::lint(placed, context.kernel) {
            findings.push(finding);
            continue;
        }
        match index.add(placed) {
            None => live.push(placed),
            Some(Shadow::Same(line)) => findings.push(
                placed
                    .warning(Lint::DuplicateRule, format!("line {line} is the same rule"))
                    .help("delete one of them"),
            ),
            Some(Shadow::Covered(by)) => findings.push(covered(placed, by)),
        }
    }
    if index.is_spent() {
        let message = "the policy is so large that not every rule was compared with those before it: \
                       rules that never match may not be named";
        findings.push(Finding::warning(Lint::TooManyToCompare, message));
    }
    context.live = live;
    findings
}

fn covered(placed: Placed<'_>, by: Placed<'_>) -> Finding {
    let line = by.rule.line;
    let message = if placed.rule.conditions.func == Some(Func::SetxattrCheck) {
        format!("the kernel takes only the first rule of func=SETXATTR_CHECK, which is in line {line}")
    } else {
        let class = placed.rule.action.class();
        format!("the rule never matches: line {line} decides about `{class}` wherever this one would")
    };
    let finding = placed.warning(Lint::NeverMatches, message);
    if by.rule.action == placed.rule.action {
        finding.help(format!(
            "delete it, or put it before line {line} if it differs in what it does"
        ))
    } else {
        finding.help(format!("put it before line {line}"))
    }
}
