use super::{Finding, Lint, context::Context};
use crate::{
    ima::policy::{Fault, Func, Kernel, Keyword, Lsm, Rule, SignatureType},
    words::count,
};

/// Where the verdict rests on something that is not known here.
pub(super) fn lint(context: &Context<'_>) -> Vec<Finding> {
    [labels(context), config(context), version(context)]
        .into_iter()
        .flatten()
        .collect()
}

/// SELinux takes the labels that its loaded policy defines. AppArmor's are judged, and Smack takes any.
fn labels(context: &Context<'_>) -> Option<Finding> {
    if context.kernel.lsm() != Some(Lsm::Selinux) {
        return None;
    }
    let mut with = context
        .rules
        .iter()
        .filter(|placed| !placed.rule.conditions.labels.is_empty());
    let first = with.next()?;
    let (field, value) = first.rule.conditions.labels.first_key_value()?;
    let others = match with.count() {
        0 => String::new(),
        more => format!(" (and those in {})", count(more, "more line")),
    };
    let message = format!(
        "only a host can say whether its SELinux policy knows {field}={}{others}: a label that it does not know is refused",
        value.escape_debug(),
        field = field.as_str()
    );
    Some(
        first
            .warning_at(Keyword::Lsm(*field), Lint::LabelOfAnotherHost, message)
            .help("compare with `seinfo` on the host"),
    )
}

fn config(context: &Context<'_>) -> Option<Finding> {
    let distribution = context.kernel.assumed()?;
    let rests = context.judgement.lines.iter().any(|(_, verdict)| match verdict {
        Ok(rule) => rests_on_options(rule),
        Err(faults) => faults.iter().any(|at| {
            matches!(
                at.fault,
                Fault::NotBuilt { .. } | Fault::NoLsm(_) | Fault::UnknownLabel { .. }
            )
        }),
    });
    let message = format!("the verdict rests on how the kernel is built; {distribution}'s build options are assumed");
    rests.then(|| {
        Finding::warning(Lint::AssumedConfig, message)
            .help("give the kernel's own: --kconfig /boot/config-…, the file of the kernel that will run")
    })
}

fn rests_on_options(rule: &Rule) -> bool {
    rule.options.signatures.contains(&SignatureType::ImaSigOrModSig)
        || rule.conditions.func == Some(Func::KeyCheck)
        || !rule.conditions.keyrings.is_empty()
        || !rule.conditions.labels.is_empty()
        || !rule.options.algorithms.is_empty()
}

fn version(context: &Context<'_>) -> Option<Finding> {
    let (version, newest) = (context.kernel.version(), Kernel::NEWEST);
    let message = format!("Linux {version} is newer than any that is known here; it is taken to be like {newest}");
    (version > newest).then(|| Finding::warning(Lint::NewerKernel, message))
}
