use super::{
    Finding, Lint,
    context::{Context, Placed},
    impossible,
    index::{Index, Shadow},
};
use crate::ima::policy::{Action, Class, Func};

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
    if !context.can_appraise() {
        findings.extend(cannot_appraise(&live));
        live.retain(|placed| placed.rule.action.class() != Class::Appraise);
    }
    context.live = live;
    findings
}

/// What the kernel does not do, however the rules are written: one finding for all of them.
fn cannot_appraise(live: &[Placed<'_>]) -> Option<Finding> {
    let placed = live.iter().find(|placed| placed.rule.action == Action::Appraise)?;
    let message = "the kernel is built without CONFIG_IMA_APPRAISE: it takes the appraise rules, and appraises nothing";
    Some(
        placed
            .warning(Lint::KernelCannotAppraise, message)
            .help("boot a kernel that is built with it, or leave the appraise rules out"),
    )
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
