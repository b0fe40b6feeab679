use crate::{
    config::{Desired, LabelMethod, PolicyLoad},
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
    /// By way of a boot in which the kernel can judge the policy; in fix mode, where it is to label files.
    Label {
        /// The host enforces now: it must leave before anything is changed.
        leave_enforce: bool,
        /// In the running boot the policy cannot be judged, or the kernel not label files.
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
        let judged = |policy| policy::is_judged(policy, observed, running);
        let any_mode_will_do = (!labels || sets_labels(desired)) && target != Appraisal::Fix;
        let stays_in_boot = if any_mode_will_do {
            desired.policy.as_ref().is_none_or(judged) || door_open && !leave_enforce
        } else {
            door_open && running.is(Appraisal::Fix) && !reconfigures_boot
        };
        Self::Label {
            leave_enforce,
            fix_boot: !stays_in_boot,
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

/// Whether imaform itself sets the labels.
pub(super) fn sets_labels(desired: &Desired) -> bool {
    let labels = desired.labels.as_ref().filter(|_| writes_labels(desired));
    labels.is_some_and(|labels| labels.method == LabelMethod::Setxattr)
}

/// Whether all that the policy lacks is its loading into this boot by imaform.
fn is_loaded_later(desired: &Desired, observed: &Observed) -> bool {
    let door_open = observed.integrity.door == Door::Open;
    desired
        .policy
        .as_ref()
        .is_some_and(|policy| door_open && policy.load == PolicyLoad::Once && policy::is_installed(policy, observed))
}
