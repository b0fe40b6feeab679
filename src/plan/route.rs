use crate::{
    config::{Desired, PolicyLoad},
    ima::Appraisal,
    resource::{Door, Observed, Running, policy},
};

/// Which boots lie between what is observed and what is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Route {
    /// The host is in its final mode and needs no boot.
    Stay,
    /// The trial boot runs and waits for its proof and its confirmation.
    Confirm,
    /// Straight into a mode that needs no labels, with a policy that is already in its place, if any.
    Switch {
        /// The host enforces now: it must leave before anything is changed.
        leave_enforce: bool,
    },
    /// By way of a boot in which the kernel can judge the policy; in fix mode, where files are to be labelled.
    Label {
        /// The host enforces now: it must leave before anything is changed.
        leave_enforce: bool,
        /// The running boot is no fix boot in which files can be labelled and the policy judged.
        fix_boot: bool,
    },
}

impl Route {
    /// Chooses the way. `reconfigures_boot`: the boot loader's files must change first.
    pub fn choose(desired: &Desired, observed: &Observed, running: &Running, reconfigures_boot: bool) -> Self {
        let target = desired.appraisal;
        // More than the probe names: nobody could look at them before they are blessed, so the kernel labels them in fix mode.
        let nameless = observed
            .labels
            .as_ref()
            .is_some_and(|labels| labels.lacking() > labels.missing.len() as u64);
        let relabel =
            nameless && writes_labels(desired) && desired.policy.as_ref().is_none_or(policy::labels_new_files);
        let settled = running.is(target) && !reconfigures_boot && !relabel;
        let policy_settled = running.policy_in_force || is_loaded_later(desired, observed);
        if settled && running.confirmed && policy_settled {
            return Self::Stay;
        }
        if settled && target == Appraisal::Enforce && policy_settled {
            return Self::Confirm;
        }
        let labels = writes_labels(desired);
        let leave_enforce = running.mode == Appraisal::Enforce && reconfigures_boot;
        if !labels && policy_settled {
            return Self::Switch { leave_enforce };
        }
        // An open door: no policy has replaced the built-in rules yet, and the kernel can still judge ours.
        let door_open = observed.integrity.door == Door::Open;
        let in_fix_boot = running.is(Appraisal::Fix) && !reconfigures_boot;
        let only_judges = !labels && target != Appraisal::Fix;
        Self::Label {
            leave_enforce,
            fix_boot: !(door_open && (in_fix_boot || only_judges && !leave_enforce)),
        }
    }

    /// Whether the host leaves enforce before anything is changed.
    pub fn leaves_enforce(self) -> bool {
        match self {
            Self::Switch { leave_enforce } | Self::Label { leave_enforce, .. } => leave_enforce,
            Self::Stay | Self::Confirm => false,
        }
    }
}

/// Whether files get labels on the way.
pub(super) fn writes_labels(desired: &Desired) -> bool {
    desired.labels.is_some() && desired.appraisal != Appraisal::Off
}

/// Whether all that the policy lacks is its loading into this boot by imaform.
fn is_loaded_later(desired: &Desired, observed: &Observed) -> bool {
    let door_open = observed.integrity.door == Door::Open;
    desired
        .policy
        .as_ref()
        .is_some_and(|policy| door_open && policy.load == PolicyLoad::Once && policy::is_installed(policy, observed))
}
