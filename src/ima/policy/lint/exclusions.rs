use super::{
    Finding, Lint,
    context::{Context, Placed},
    surroundings::Containers,
};
use crate::ima::policy::{Action, Class, Conditions, Func, Rule};
use std::collections::HashSet;

/// A file system by its magic number (include/uapi/linux/magic.h) and its name.
struct FileSystem {
    magic: u64,
    name: &'static str,
}

const fn known(magic: u64, name: &'static str) -> FileSystem {
    FileSystem { magic, name }
}

/// What the built-in policies leave out (`dont_measure_rules`, `default_appraise_rules` in ima_policy.c).
const PSEUDO: [FileSystem; 13] = [
    known(0x9fa0, "proc"),
    known(0x6265_6572, "sysfs"),
    known(0x6462_6720, "debugfs"),
    known(0x0102_1994, "tmpfs"),
    known(0x1cd1, "devpts"),
    known(0x4249_4e4d, "binfmt_misc"),
    known(0x7363_6673, "securityfs"),
    known(0xf97c_ff8c, "selinuxfs"),
    known(0x4341_5d53, "smackfs"),
    known(0x0027_e0eb, "cgroup"),
    known(0x6367_7270, "cgroup2"),
    known(0x6e73_6673, "nsfs"),
    known(0xde5e_81e4, "efivarfs"),
];
/// The one more that `appraise_tcb` leaves out: nothing on it can have a label.
const RAMFS: FileSystem = known(0x8584_58f6, "ramfs");
const OVERLAY: FileSystem = known(0x794c_7630, "overlay");

/// File systems that a broad rule should not reach. Of each class one rule is named: what mends it mends the others.
pub(super) fn lint(context: &Context<'_>) -> Vec<Finding> {
    if !context.is_whole() {
        return Vec::new();
    }
    let mut findings = Vec::new();
    for action in [Action::Measure, Action::Appraise] {
        let pseudo = || PSEUDO.iter().chain((action == Action::Appraise).then_some(&RAMFS));
        let broad = |placed: Placed<'_>| placed.opens_files() && is_anywhere(&placed.rule.conditions);
        let missing = firsts(context, action, broad).find_map(|(before, placed)| {
            let reached = |system: &&FileSystem| !leaves_out(before, placed.rule, Func::FileCheck, system);
            let missing: Vec<_> = pseudo().filter(reached).collect();
            (!missing.is_empty()).then(|| no_exclusion(placed, &missing))
        });
        findings.extend(missing);
    }
    if context.surroundings.containers != Containers::Absent {
        let missing = firsts(context, Action::Appraise, reaches_containers).find_map(|(before, placed)| {
            let func = placed.rule.conditions.func.unwrap_or(Func::BprmCheck);
            let reached = !leaves_out(before, placed.rule, func, &OVERLAY);
            reached.then(|| no_overlay(placed, context.surroundings.containers))
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
    func && is_anywhere(conditions)
        && conditions.user.is_none_or(|user| user.comparison().meets(0))
        && conditions.fowner.is_none_or(|owner| owner.meets(0))
        && conditions.fgroup.is_none_or(|group| group.meets(0))
}

fn is_anywhere(conditions: &Conditions) -> bool {
    conditions.fsmagic.is_none()
        && conditions.fsname.is_none()
        && conditions.fs_subtype.is_none()
        && conditions.fsuuid.is_none()
        && conditions.labels.is_empty()
}

/// Whether one of the rules before leaves this file system out of the rule.
fn leaves_out(before: &[Placed<'_>], rule: &Rule, func: Func, system: &FileSystem) -> bool {
    let there = Conditions {
        func: Some(func),
        fsmagic: Some(system.magic),
        fsname: Some(system.name.to_owned()),
        ..rule.conditions.clone()
    };
    let class = rule.action.class();
    before
        .iter()
        .filter(|earlier| earlier.rule.action.class() == class && !earlier.rule.action.does())
        .any(|earlier| earlier.rule.conditions.covers(&there))
}

fn no_exclusion(placed: Placed<'_>, missing: &[&FileSystem]) -> Finding {
    let action = placed.rule.action;
    let consequence = match action.class() {
        Class::Appraise => "under enforce nobody can read what has no label",
        Class::Measure | Class::Audit | Class::Hash => "what the kernel makes up at each read fills the list",
    };
    let names: Vec<_> = missing.iter().map(|system| system.name).collect();
    let lines: Vec<_> = missing
        .iter()
        .map(|system| format!("dont_{action} fsmagic={:#x}", system.magic))
        .collect();
    let message = format!(
        "the rule reaches file systems of the kernel itself ({}): {consequence}",
        names.join(", ")
    );
    placed
        .warning(Lint::NoExclusion, message)
        .help(format!("write before it: {}", lines.join("; ")))
}

fn no_overlay(placed: Placed<'_>, containers: Containers) -> Finding {
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
        .help(format!("write before it: dont_appraise fsmagic={:#x}", OVERLAY.magic))
}
