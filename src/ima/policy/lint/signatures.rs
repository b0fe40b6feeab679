use super::{
    Finding, Lint,
    context::{Context, Placed},
};
use crate::ima::policy::{Action, Func, Keyword};

/// What must be signed.
pub(super) fn lint(context: &Context<'_>) -> Vec<Finding> {
    let mut findings: Vec<_> = context.live.iter().copied().filter_map(files).collect();
    findings.extend(this_policy(context));
    findings.extend(next_policy(context));
    findings
}

fn files(placed: Placed<'_>) -> Option<Finding> {
    let rule = placed.rule;
    let ordinary = matches!(
        rule.conditions.func,
        None | Some(Func::FileCheck | Func::MmapCheck | Func::MmapCheckReqprot | Func::BprmCheck | Func::CredsCheck)
    );
    let asks = rule.action == Action::Appraise && !rule.options.signatures.is_empty();
    let message = "every file that the rule matches must carry a signature: a hash is not enough, fix mode writes none, \
                   and under enforce the others are denied";
    (ordinary && asks).then(|| {
        placed
            .warning_at(Keyword::AppraiseType, Lint::NeedsSignatures, message)
            .help("sign them with `evmctl ima_sign` first, or do without appraise_type")
    })
}

/// What the kernel brings with it and asks of this policy already.
fn this_policy(context: &Context<'_>) -> Option<Finding> {
    let policies = context
        .surroundings
        .command_line
        .map(|command_line| command_line.policies);
    let kernel = context.kernel;
    let cause = if kernel.built_with("CONFIG_IMA_APPRAISE_REQUIRE_POLICY_SIGS") {
        "the kernel is built with CONFIG_IMA_APPRAISE_REQUIRE_POLICY_SIGS"
    } else if policies.is_some_and(|policies| policies.secure_boot) {
        "the command line says ima_policy=secure_boot"
    } else if policies.is_some_and(|policies| policies.appraise_tcb) && kernel.built_with("CONFIG_IMA_WRITE_POLICY") {
        "the command line says ima_policy=appraise_tcb, and the kernel is built with CONFIG_IMA_WRITE_POLICY"
    } else {
        return None;
    };
    let (demand, how) = if context.can_appraise() {
        ("signed", SIGN)
    } else {
        ("loaded by its path", LOAD)
    };
    Some(
        Finding::warning(
            Lint::NeedsSignedPolicy,
            format!("this policy must be {demand}: {cause}"),
        )
        .help(how),
    )
}

/// What this policy asks of the next one. Most kernels take one policy a boot, and then there is none.
fn next_policy(context: &Context<'_>) -> Option<Finding> {
    if !context.kernel.built_with("CONFIG_IMA_WRITE_POLICY") {
        return None;
    }
    // The kernel asks for a path as soon as it has read such a rule (`temp_ima_appraise`), whether or not it can match.
    let placed = context.rules.iter().find(|placed| {
        placed.rule.action == Action::Appraise && placed.rule.conditions.func == Some(Func::PolicyCheck)
    })?;
    let (message, how) = if !context.can_appraise() {
        (
            "once this policy is loaded, the next one must be loaded by its path",
            LOAD,
        )
    } else if placed.rule.options.signatures.is_empty() {
        (
            "once this policy is loaded, the next one must be a file with a label, loaded by its path",
            SIGN,
        )
    } else {
        (
            "once this policy is loaded, the next one must be signed and loaded by its path",
            SIGN,
        )
    };
    Some(placed.warning(Lint::NeedsSignedPolicy, message).help(how))
}

const SIGN: &str = "sign it with `evmctl ima_sign`, and write its path to /sys/kernel/security/ima/policy; the kernel \
                    takes no rules written there one by one";
const LOAD: &str =
    "write its path to /sys/kernel/security/ima/policy; the kernel takes no rules written there one by one";
