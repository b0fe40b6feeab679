use super::{
    Finding, Lint,
    context::{Context, Placed},
    surroundings::Containers,
};
use crate::ima::policy::{Action, Class, Conditions, Feature, Func, Rule, access::FILE_SYSTEMS};
use std::collections::HashSet;

/// What the built-in policies leave out (`dont_measure_rules`, `default_appraise_rules` in ima_policy.c).
const PSEUDO: [&str; 13] = [
    "proc",
    "sysfs",
    "debugfs",
    "tmpfs",
    "devpts",
    "binfmt_misc",
    "securityfs",
    "selinuxfs",
    "smackfs",
    "cgroup",
    "cgroup2",
    "nsfs",
    "efivarfs",
];
/// The one more that `appraise_tcb` leaves out: nothing on it can have a label.
const RAMFS: &str = "ramfs";
const OVERLAY: &str = "overlay";

/// A file system by its name and its magic number.
type FileSystem = (&'static str, u64);

/// File systems that a broad rule should not reach. Of each class one rule is named: what mends it mends the others.
///
/// Not of `hash`, which does no harm there: nothing is recorded, nothing is denied, and a label that cannot be kept is
/// not written.
pub(super) fn lint(context: &Context<'_>) -> Vec<Finding> {
    if !context.is_whole() {
        return Vec::new();
    }
    let mut findings = Vec::new();
    for action in [Action::Measure, Action::Appraise, Action::Audit] {
        let harms = |name: &str| PSEUDO.contains(&name) || action == Action::Appraise && name == RAMFS;
        let broad = |placed: Placed<'_>| placed.opens_files() && is_on_any_file_system(&placed.rule.conditions);
        let missing = firsts(context, action, broad).find_map(|(before, placed)| {
            let reached = reached(before, placed.rule, Func::FileCheck, harms);
            (!reached.is_empty()).then(|| no_exclusion(context, placed, &reached))
        });
        findings.extend(missing);
    }
    if context.surroundings.containers != Containers::Absent {
        let missing = firsts(context, Action::Appraise, reaches_containers).find_map(|(before, placed)| {
            let func = placed.rule.conditions.func.unwrap_or(Func::BprmCheck);
            let reached = reached(before, placed.rule, func, |name: &str| name == OVERLAY);
            (!reached.is_empty()).then(|| no_overlay(placed, context.surroundings.containers, &reached))
        });
        findings.extend(missing);
    }
    findings
}

/// Of each hook the first rule like this, and the rules before it.
fn firsts<'a, 'c>(
    context: &'c Context<'a>,
    action: Action,
    is_like: impl Fn(Placed<'_>) -> bool,
) -> impl Iterator<Item = (&'c [Placed<'a>], Placed<'a>)> {
    let mut seen = HashSet::new();
    context.live.iter().enumerate().filter_map(move |(at, placed)| {
        let wanted = placed.rule.action == action && is_like(*placed) && seen.insert(placed.rule.conditions.func);
        wanted.then_some((context.live.get(..at)?, *placed))
    })
}

/// Whether the rule is about root's files, executed or read, on whatever file system and by whomever.
fn reaches_containers(placed: Placed<'_>) -> bool {
    let conditions = &placed.rule.conditions;
    let func = matches!(
        conditions.func,
        None | Some(Func::FileCheck | Func::BprmCheck | Func::MmapCheck | Func::MmapCheckReqprot | Func::CredsCheck)
    );
    func && is_on_any_file_system(conditions)
        && conditions.user.is_none_or(|user| user.comparison().meets(0))
        && conditions.fowner.is_none_or(|owner| owner.meets(0))
        && conditions.fgroup.is_none_or(|group| group.meets(0))
}

/// Whether files are not told apart by where they are, nor by a label, which the kernel's own file systems have too.
fn is_on_any_file_system(conditions: &Conditions) -> bool {
    conditions.fsmagic.is_none()
        && conditions.fsname.is_none()
        && conditions.fs_subtype.is_none()
        && conditions.fsuuid.is_none()
        && conditions.labels.is_empty()
}

/// The file systems among these that no rule before leaves out of the rule.
fn reached(before: &[Placed<'_>], rule: &Rule, func: Func, among: impl Fn(&str) -> bool) -> Vec<FileSystem> {
    let systems = FILE_SYSTEMS.into_iter().filter(|(name, _)| among(name));
    systems
        .filter(|system| !leaves_out(before, rule, func, *system))
        .collect()
}

/// Whether one of the rules before leaves this file system out of the rule.
fn leaves_out(before: &[Placed<'_>], rule: &Rule, func: Func, (name, magic): FileSystem) -> bool {
    let there = Conditions {
        func: Some(func),
        fsmagic: Some(magic),
        fsname: Some(name.to_owned()),
        ..rule.conditions.clone()
    };
    let class = rule.action.class();
    before
        .iter()
        .filter(|earlier| earlier.rule.action.class() == class && !earlier.rule.action.does())
        .any(|earlier| earlier.rule.conditions.covers(&there))
}

fn no_exclusion(context: &Context<'_>, placed: Placed<'_>, reached: &[FileSystem]) -> Finding {
    let consequence = match placed.rule.action.class() {
        Class::Appraise => "under enforce nobody can read what has no label",
        Class::Measure | Class::Hash => "what the kernel makes up at each read fills the list",
        Class::Audit => "what the kernel makes up at each read fills the audit log",
    };
    let names: Vec<_> = reached.iter().map(|(name, _)| *name).collect();
    let message = format!(
        "the rule reaches file systems of the kernel itself ({}): {consequence}",
        names.join(", ")
    );
    let help = if placed.rule.action == Action::Audit && !context.kernel.has(Feature::DontAudit) {
        let since = Feature::DontAudit.since();
        format!("name a file system in it, as fsname=ext4 or fsuuid=…: dont_audit is known since Linux {since}")
    } else {
        exclude(placed.rule.action, reached)
    };
    placed.warning(Lint::NoExclusion, message).help(help)
}

fn no_overlay(placed: Placed<'_>, containers: Containers, reached: &[FileSystem]) -> Finding {
    let message = match containers {
        Containers::Run => {
            "the host runs containers, and root's files in them have no labels: under enforce they do not start"
        }
        Containers::Unknown | Containers::Absent => {
            "if the host runs containers, they do not start under enforce: root's files in them have no labels"
        }
    };
    placed
        .warning(Lint::NoOverlayExclusion, message)
        .help(exclude(Action::Appraise, reached))
}

fn exclude(action: Action, systems: &[FileSystem]) -> String {
    let rule = |(_, magic): &FileSystem| format!("dont_{action} fsmagic={magic:#x}");
    let rules: Vec<_> = systems.iter().map(rule).collect();
    format!("write before it: {}", rules.join("; "))
}
