#![allow(clippy::unwrap_used)]

use super::*;
use crate::ima::policy::LsmField;
use proptest::{collection::btree_set, option, prelude::*, sample::select};
use std::collections::{BTreeMap, BTreeSet};

/// What `ima_match_rules()` is asked. `func` is `None` for `POST_SETATTR`.
#[derive(Debug, Clone)]
struct Access {
    func: Option<Func>,
    mask: u8,
    fsmagic: u64,
    fsname: &'static str,
    ids: [u32; 3],
    capable: bool,
    fowner: u32,
    label: &'static str,
    data: &'static str,
}

const OPERATORS: [Operator; 3] = [Operator::Equal, Operator::Less, Operator::Greater];
const IDS: [u32; 4] = [0, 1, 4_294_967_294, 1000];

fn bits(mask: Mask) -> u8 {
    let all = [(Mask::EXEC, 1), (Mask::WRITE, 2), (Mask::READ, 4), (Mask::APPEND, 8)];
    all.into_iter()
        .filter(|(kind, _)| mask.overlaps(*kind))
        .map(|(_, bit)| bit)
        .sum()
}

/// `ima_match_rules()` of 6.12 again, from the source and with nothing of what is tested.
fn matches(rule: &Conditions, access: &Access) -> bool {
    let compare = |comparison: Comparison, id: u32| match comparison.operator {
        Operator::Equal => id == comparison.id && id != u32::MAX,
        Operator::Less => id < comparison.id,
        Operator::Greater => id > comparison.id,
    };
    if let (Some(wanted), Some(func)) = (rule.func, access.func)
        && wanted != func
    {
        return false;
    }
    if let Some(func @ (Func::KeyCheck | Func::CriticalData)) = access.func {
        let list = if func == Func::KeyCheck {
            &rule.keyrings
        } else {
            &rule.data
        };
        let uid = match rule.user {
            Some(Credential::Real(comparison)) => compare(comparison, access.ids[0]),
            _ => true,
        };
        return rule.func == Some(func) && uid && (list.is_empty() || list.contains(access.data));
    }
    let mask = match rule.mask {
        _ if access.func.is_none() => true,
        None => true,
        Some(MaskCondition::Exactly(mask)) => bits(mask) == access.mask,
        Some(MaskCondition::Among(mask)) => bits(mask) & access.mask != 0,
    };
    let user = match rule.user {
        None => true,
        Some(Credential::Real(comparison)) => compare(comparison, access.ids[0]),
        Some(Credential::Effective(comparison)) if access.capable => {
            access.ids.iter().any(|id| compare(comparison, *id))
        }
        Some(Credential::Effective(comparison)) => compare(comparison, access.ids[1]),
    };
    mask && user
        && rule.fsmagic.is_none_or(|magic| magic == access.fsmagic)
        && rule.fsname.as_ref().is_none_or(|name| name == access.fsname)
        && rule.fowner.is_none_or(|owner| compare(owner, access.fowner))
        && rule.labels.values().all(|label| label == access.label)
}

fn comparison() -> impl Strategy<Value = Comparison> {
    (select(&OPERATORS[..]), select(&IDS[..])).prop_map(|(operator, id)| Comparison { operator, id })
}

fn names() -> impl Strategy<Value = BTreeSet<String>> {
    btree_set(select(&["a", "b", "c"][..]).prop_map(str::to_owned), 0..3)
}

prop_compose! {
    fn conditions()(
        func in option::of(prop_oneof![Just(Func::FileCheck), select(&Func::ALL[..])]),
        mask in option::of((select(&Mask::NAMES[..]), any::<bool>())),
        fsmagic in option::weighted(0.2, 1..3_u64),
        fsname in option::weighted(0.2, select(&["ext4", "proc"][..])),
        user in option::of((comparison(), any::<bool>())),
        fowner in option::of(comparison()),
        label in option::weighted(0.2, select(&["x", "y"][..])),
        keyrings in names(),
        data in names(),
    ) -> Conditions {
        Conditions {
            func,
            mask: mask.map(|((_, mask), exactly)| match exactly {
                true => MaskCondition::Exactly(mask),
                false => MaskCondition::Among(mask),
            }),
            fsmagic,
            fsname: fsname.map(str::to_owned),
            user: user.map(|(comparison, real)| match real {
                true => Credential::Real(comparison),
                false => Credential::Effective(comparison),
            }),
            fowner,
            labels: label.map(|label| (LsmField::ObjType, label.to_owned())).into_iter().collect::<BTreeMap<_, _>>(),
            keyrings: if func == Some(Func::KeyCheck) { keyrings } else { BTreeSet::new() },
            data: if func == Some(Func::CriticalData) { data } else { BTreeSet::new() },
            ..Conditions::default()
        }
    }
}

prop_compose! {
    fn access()(
        // No access ever comes as SETXATTR_CHECK.
        func in option::weighted(0.9, prop_oneof![Just(Func::FileCheck), select(&Func::ALL[..13])]),
        mask in 0..16_u8,
        fsmagic in 1..3_u64,
        fsname in select(&["ext4", "proc"][..]),
        ids in proptest::array::uniform3(select(&IDS[..])),
        capable in any::<bool>(),
        fowner in prop_oneof![select(&IDS[..]), Just(u32::MAX)],
        label in select(&["x", "y"][..]),
        data in select(&["a", "b", "c"][..]),
    ) -> Access {
        let mask = match func {
            Some(Func::FileCheck) => mask,
            Some(Func::KexecCmdline) => 0,
            _ => func.and_then(Func::asks).map_or(0, bits),
        };
        Access { func, mask, fsmagic, fsname, ids, capable, fowner, label, data }
    }
}

/// The other way to ask for the same kind.
fn turned(mask: MaskCondition) -> MaskCondition {
    match mask {
        MaskCondition::Exactly(mask) => MaskCondition::Among(mask),
        MaskCondition::Among(mask) => MaskCondition::Exactly(mask),
    }
}

fn other_id(credential: Credential) -> Credential {
    match credential {
        Credential::Real(comparison) => Credential::Effective(comparison),
        Credential::Effective(comparison) => Credential::Real(comparison),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    /// Conditions taken away or changed make pairs that often cover each other.
    #[test]
    fn what_is_covered_is_met(
        narrower in conditions(),
        other in conditions(),
        from_other in proptest::array::uniform7(0..4_u8),
        accesses in proptest::collection::vec(access(), 40),
    ) {
        let [mask, magic, name, user, owner, labels, lists] = from_other;
        let mut wider = narrower.clone();
        let drop = Conditions::default();
        let from = |which: u8| match which { 0 => &drop, 1 => &other, _ => &narrower };
        wider.mask = if mask == 3 { narrower.mask.map(turned) } else { from(mask).mask };
        wider.fsmagic = from(magic).fsmagic;
        wider.fsname = from(name).fsname.clone();
        wider.user = if user == 3 { narrower.user.map(other_id) } else { from(user).user };
        wider.fowner = from(owner).fowner;
        wider.labels = from(labels).labels.clone();
        wider.keyrings = from(lists).keyrings.clone();
        wider.data = from(lists).data.clone();
        if lists == 0 { wider.func = None; }
        if wider.covers(&narrower) {
            for access in &accesses {
                prop_assert!(!matches(&narrower, access) || matches(&wider, access), "{:?} {:?} {:?}", wider, narrower, access);
            }
        }
    }
}

fn read(rule: &str) -> Conditions {
    use crate::ima::policy::{Kernel, Policy};
    let judged = Policy::new(format!("measure {rule}"));
    let kernel = Kernel::permissive();
    judged.judge(&kernel).rules().next().cloned().unwrap().conditions
}

#[test]
fn knows_what_each_hook_asks() {
    for (wider, narrower) in [
        ("", "func=BPRM_CHECK"),
        ("func=BPRM_CHECK mask=MAY_EXEC", "func=BPRM_CHECK"),
        ("mask=^MAY_EXEC", "func=MMAP_CHECK uid=0"),
        ("mask=^MAY_READ", "func=MODULE_CHECK"),
        ("mask=^MAY_READ", "func=FILE_CHECK mask=MAY_READ"),
        ("fowner<10", "fowner=0 fsname=ext4"),
        ("euid=0", "euid=0 gid=0"),
        ("func=KEY_CHECK keyrings=a|b", "func=KEY_CHECK keyrings=a"),
    ] {
        assert!(read(wider).covers(&read(narrower)), "{wider} covers {narrower}");
    }
}

#[test]
fn does_not_guess() {
    for (wider, narrower) in [
        ("func=BPRM_CHECK", ""),
        ("", "func=KEY_CHECK"),
        ("", "func=CRITICAL_DATA"),
        ("", "func=KEXEC_CMDLINE"),
        ("func=FILE_CHECK mask=MAY_READ", "func=FILE_CHECK mask=^MAY_READ"),
        ("func=FILE_CHECK mask=^MAY_READ", "func=FILE_CHECK"),
        ("euid=0", "uid=0"),
        ("uid=0", "euid=0"),
        ("fowner=0", "fowner>4294967294"),
        ("func=KEY_CHECK keyrings=a", "func=KEY_CHECK"),
        ("fsname=proc", "fsmagic=0x9fa0"),
    ] {
        assert!(
            !read(wider).covers(&read(narrower)),
            "{wider} does not cover {narrower}"
        );
    }
}
