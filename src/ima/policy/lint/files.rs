use super::{
    Finding, Lint,
    context::{Context, Placed},
};
use crate::ima::policy::{Action, Comparison, Conditions, Keyword, LsmField, Mask, MaskCondition, Operator};

/// Rules about every file that is opened.
pub(super) fn lint(context: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut considered = false;
    for placed in context.live.iter().copied() {
        let conditions = &placed.rule.conditions;
        match placed.rule.action {
            Action::DontAppraise => considered |= chooses_files(conditions),
            Action::Appraise if !considered && appraises_changing(placed) => findings.push(changing(placed)),
            Action::Measure if is_unbounded(placed) => findings.push(unbounded(placed)),
            _ => {}
        }
        findings.extend(exact_mask(placed));
    }
    findings
}

/// Whether the rule tells files apart otherwise than by their owner: then somebody has thought about which.
fn chooses_files(conditions: &Conditions) -> bool {
    let of_file = |field: &LsmField| matches!(field, LsmField::ObjUser | LsmField::ObjRole | LsmField::ObjType);
    conditions.fsuuid.is_some() || conditions.fgroup.is_some() || conditions.labels.keys().any(of_file)
}

fn is_on_any_type_of_file_system(conditions: &Conditions) -> bool {
    conditions.fsmagic.is_none() && conditions.fsname.is_none() && conditions.fs_subtype.is_none()
}

fn appraises_changing(placed: Placed<'_>) -> bool {
    let conditions = &placed.rule.conditions;
    // What must be signed is not written to, and has its own lint.
    placed.rule.options.signatures.is_empty()
        && placed.opens_files()
        && is_on_any_type_of_file_system(conditions)
        && !chooses_files(conditions)
        && conditions.fowner.is_none_or(|owner| owner.meets(0))
}

fn changing(placed: Placed<'_>) -> Finding {
    let message = "the rule appraises what root's processes write all the time: a log or a database that is open when \
                   the host stops has a stale label, and under enforce cannot be opened afterwards";
    placed.warning(Lint::AppraisesChangingFiles, message).help(
        "appraise what is executed, mapped and loaded (BPRM_CHECK, MMAP_CHECK, MODULE_CHECK, FIRMWARE_CHECK) and keep \
         labels with `hash func=FILE_CHECK fowner=0`; or leave changing files out before it, by fsuuid or fgroup",
    )
}

/// The users and groups of the system; those of people begin at 1000 (`UID_MIN`, `GID_MIN` in /etc/login.defs).
const OF_THE_SYSTEM: Comparison = Comparison {
    operator: Operator::Less,
    id: 1000,
};

/// Whether ordinary users can make the list longer by opening files that they wrote themselves.
fn is_unbounded(placed: Placed<'_>) -> bool {
    let conditions = &placed.rule.conditions;
    let users = |comparison: Comparison| !OF_THE_SYSTEM.covers(comparison);
    // Who is in a single group, or that nobody is, only the host knows.
    let groups = |comparison: Comparison| comparison.operator != Operator::Equal && users(comparison);
    placed.opens_files()
        && is_on_any_type_of_file_system(conditions)
        && conditions.fsuuid.is_none()
        && conditions.labels.is_empty()
        && conditions.user.is_none_or(|user| users(user.comparison()))
        && conditions.fowner.is_none_or(users)
        && conditions.group.is_none_or(|group| groups(group.comparison()))
        && conditions.fgroup.is_none_or(groups)
}

fn unbounded(placed: Placed<'_>) -> Finding {
    let message = "ordinary users can make the measurement list grow: each file that changes is measured again when it \
                   is opened, and the list stays in the kernel's memory until the next boot";
    placed
        .warning(Lint::UnboundedMeasurement, message)
        .help("measure what root reads (uid=0), root's files (fowner=0), or what is executed (BPRM_CHECK, MMAP_CHECK)")
}

/// `mask=MAY_READ` is compared as a whole, and a file opened for reading and writing has another.
fn exact_mask(placed: Placed<'_>) -> Option<Finding> {
    let conditions = &placed.rule.conditions;
    let Some(MaskCondition::Exactly(mask)) = conditions.mask else {
        return None;
    };
    if !placed.rule.action.does() || !placed.opens_files() || mask == Mask::APPEND {
        return None;
    }
    let message = format!("mask={mask} does not match files that are opened for reading and writing");
    Some(
        placed
            .warning_at(Keyword::Mask, Lint::ExactMask, message)
            .help(format!("write mask=^{mask} if they are meant too")),
    )
}
