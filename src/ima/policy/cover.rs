use super::{Comparison, Conditions, Credential, Func, Mask, MaskCondition, Operator, usual_mask};

impl Conditions {
    /// Whether every access that meets `narrower` meets this too, on every kernel since 5.4 (`ima_match_rules()`).
    ///
    /// Each condition is compared with its own counterpart. That stays true where the kernel passes a condition over:
    /// `func` and `mask` when attributes change (`POST_SETATTR`), most of them for keys and critical data. What can be
    /// seen only in several conditions together (`fsname=proc` and `fsmagic=0x9fa0`) is not seen: then the answer is no.
    pub fn covers(&self, narrower: &Self) -> bool {
        covers_func(self.func, narrower.func)
            && covers_mask(self.mask, narrower.mask, narrower.func)
            && same(self.fsmagic.as_ref(), narrower.fsmagic.as_ref())
            && same(self.fsname.as_ref(), narrower.fsname.as_ref())
            && same(self.fs_subtype.as_ref(), narrower.fs_subtype.as_ref())
            && same(self.fsuuid.as_ref(), narrower.fsuuid.as_ref())
            && covers(self.user, narrower.user, covers_credential)
            && covers(self.group, narrower.group, covers_credential)
            && covers(self.fowner, narrower.fowner, covers_owner)
            && covers(self.fgroup, narrower.fgroup, covers_owner)
            && self
                .labels
                .iter()
                .all(|(field, value)| narrower.labels.get(field) == Some(value))
            && (self.keyrings.is_empty()
                || !narrower.keyrings.is_empty() && narrower.keyrings.is_subset(&self.keyrings))
            && (self.data.is_empty() || !narrower.data.is_empty() && narrower.data.is_subset(&self.data))
    }
}

impl Func {
    /// The only mask with which the hook asks; `None` where there are several, or it has no mask (ima_main.c).
    pub(super) fn asks(self) -> Option<Mask> {
        // An open asks for what the program wants.
        Some(usual_mask(self)).filter(|mask| self != Self::FileCheck && *mask != Mask::NONE)
    }
}

/// A rule without `func` matches no data of the kernel, no `SETXATTR_CHECK` and, before 5.9, no `KEXEC_CMDLINE`.
fn covers_func(wider: Option<Func>, narrower: Option<Func>) -> bool {
    match (wider, narrower) {
        (None, Some(Func::KeyCheck | Func::CriticalData | Func::SetxattrCheck | Func::KexecCmdline)) => false,
        (None, _) => true,
        (Some(_), _) => wider == narrower,
    }
}

fn covers_mask(wider: Option<MaskCondition>, narrower: Option<MaskCondition>, func: Option<Func>) -> bool {
    let Some(wide) = wider else { return true };
    if wider == narrower {
        return true;
    }
    // A condition that the hook always meets is none.
    if let Some(only) = func.and_then(Func::asks) {
        return wide.meets(only);
    }
    match narrower {
        Some(MaskCondition::Exactly(mask)) => wide.meets(mask),
        Some(MaskCondition::Among(_)) | None => false,
    }
}

/// A condition on one of several ids of the process says nothing about another.
fn covers_credential(wider: Credential, narrower: Credential) -> bool {
    match (wider, narrower) {
        (Credential::Real(wide), Credential::Real(narrow))
        | (Credential::Effective(wide), Credential::Effective(narrow)) => wide.covers(narrow),
        _ => false,
    }
}

/// An owner that a mount with mapped ids does not know is 4294967295 and greater than all (`vfsuid_gt_kuid()`).
fn covers_owner(wider: Comparison, narrower: Comparison) -> bool {
    wider.covers(narrower) && (narrower.operator != Operator::Greater || wider.operator == Operator::Greater)
}

fn covers<T: Copy>(wider: Option<T>, narrower: Option<T>, does: fn(T, T) -> bool) -> bool {
    wider.is_none_or(|wide| narrower.is_some_and(|narrow| does(wide, narrow)))
}

fn same<T: PartialEq>(wider: Option<&T>, narrower: Option<&T>) -> bool {
    wider.is_none() || wider == narrower
}

#[cfg(test)]
mod tests;
