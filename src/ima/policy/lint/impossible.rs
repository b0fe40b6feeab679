use super::{Finding, Lint, context::Placed};
use crate::ima::policy::{
    Comparison, Conditions, Credential, Func, Kernel, Keyword, Mask, MaskCondition, Operator, matching::is_bare_cmdline,
};

/// A condition that no access meets.
pub(super) fn lint(placed: Placed<'_>, kernel: &Kernel) -> Option<Finding> {
    let conditions = &placed.rule.conditions;
    let (keyword, message) = mask(conditions)
        .map(|message| (Keyword::Mask, message))
        .or_else(|| comparisons(conditions, kernel).find_map(no_number))?;
    Some(
        placed
            .warning_at(keyword, Lint::Impossible, message)
            .help("the rule does nothing as it stands: correct the condition, or delete the rule"),
    )
}

/// What a hook never asks for.
fn mask(conditions: &Conditions) -> Option<String> {
    let mask = conditions.mask?;
    match conditions.func {
        Some(func) => match func.asks() {
            Some(only) if !mask.meets(only) => {
                Some(format!("func={func} always asks with {only}: mask={mask} is never met"))
            }
            Some(_) => None,
            None if func == Func::FileCheck => alone(mask),
            None => None,
        },
        None => alone(mask),
    }
}

/// A file is opened to be read or written; appending comes on top of it (`ACC_MODE()`, `build_open_flags()` in
/// fs/open.c).
fn alone(mask: MaskCondition) -> Option<String> {
    (mask == MaskCondition::Exactly(Mask::APPEND))
        .then(|| "no file is opened with MAY_APPEND alone: write mask=^MAY_APPEND".to_owned())
}

/// The comparisons of a rule that count, and the least and the greatest number that each may be asked about.
fn comparisons(conditions: &Conditions, kernel: &Kernel) -> impl Iterator<Item = (Keyword, Comparison, u32)> {
    let data = conditions.func.is_some_and(Func::is_about_data);
    let all_passed_over = conditions.func.is_some_and(|func| is_bare_cmdline(func, kernel));
    let process = |credential: Credential, real: Keyword, effective: Keyword| match credential {
        Credential::Real(comparison) => (real, comparison),
        Credential::Effective(comparison) => (effective, comparison),
    };
    let user = conditions.user.map(|user| process(user, Keyword::Uid, Keyword::Euid));
    let group = conditions
        .group
        .map(|group| process(group, Keyword::Gid, Keyword::Egid));
    // Of these, keys and critical data look at the real user only.
    let user = user.filter(|(keyword, _)| !data || *keyword == Keyword::Uid);
    let group = group.filter(|_| !data);
    let owner = conditions
        .fowner
        .filter(|_| !data)
        .map(|owner| (Keyword::Fowner, owner));
    let file_group = conditions
        .fgroup
        .filter(|_| !data)
        .map(|group| (Keyword::Fgroup, group));
    // An owner that a mount with mapped ids does not know is 4294967295.
    let greatest = |numbers: Option<(Keyword, Comparison)>, greatest: u32| {
        numbers.map(|(keyword, comparison)| (keyword, comparison, greatest))
    };
    [
        greatest(user, u32::MAX - 1),
        greatest(group, u32::MAX - 1),
        greatest(owner, u32::MAX),
        greatest(file_group, u32::MAX),
    ]
    .into_iter()
    .flatten()
    .filter(move |_| !all_passed_over)
}

fn no_number((keyword, comparison, greatest): (Keyword, Comparison, u32)) -> Option<(Keyword, String)> {
    let none = match comparison.operator {
        Operator::Equal => false,
        Operator::Less => comparison.id == 0,
        Operator::Greater => comparison.id >= greatest,
    };
    none.then(|| (keyword, format!("no number meets {keyword}{comparison}")))
}
