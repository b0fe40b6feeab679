use super::{Finding, Lint, context::Context};
use crate::ima::policy::{Action, Func};

/// What is about the policy as a whole.
pub(super) fn lint(context: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    if context.judgement.lines.is_empty() {
        findings.push(
            Finding::warning(Lint::EmptyPolicy, "the policy has no rule, and the kernel refuses it")
                .refused()
                .help("write at least one rule; an empty policy does not switch the built-in ones off"),
        );
    } else {
        findings.extend(ends_appraisal(context));
    }
    if !context.policy.is_ended() {
        let message = "the last line does not end: the kernel refuses a policy like this that is loaded by its path";
        findings.push(Finding::warning(Lint::NoFinalNewline, message).help("end the last line with a newline"));
    }
    findings
}

fn ends_appraisal(context: &Context<'_>) -> Option<Finding> {
    let appraises = context.live.iter().any(|placed| {
        placed.rule.action == Action::Appraise && placed.rule.conditions.func != Some(Func::SetxattrCheck)
    });
    if appraises || !context.is_whole() || !context.can_appraise() {
        return None;
    }
    let message = match context.surroundings.command_line {
        Some(command_line) if command_line.wants_appraisal() => {
            "the command line asks for appraisal, and this policy ends it: it replaces the built-in rules, and appraises \
             nothing"
        }
        Some(_) => return None,
        None => {
            "the policy appraises nothing and replaces the built-in rules: if the command line asks for appraisal, it \
             ends once this is loaded"
        }
    };
    Some(Finding::warning(Lint::EndsAppraisal, message).help("add the appraise rules that are to stay"))
}
