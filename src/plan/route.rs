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
    /// Straight into a mode that needs no labels.
    Switch,
    /// By way of fix mode, where the files are labelled.
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
        let settled = running.is(target) && !reconfigures_boot;
        let policy_settled = running.policy_in_force || is_loaded_later(desired, observed);
        if settled && running.confirmed && policy_settled {
            return Self::Stay;
        }
        if settled && target == Appraisal::Enforce && policy_settled {
            return Self::Confirm;
        }
        if desired.labels.is_none() || target == Appraisal::Off {
            return Self::Switch;
        }
        // An open door: no policy has replaced the built-in rules yet, and the kernel can still judge ours.
        let labels_here = running.is(Appraisal::Fix) && !reconfigures_boot && observed.integrity.door == Door::Open;
        let leave_enforce = running.mode == Appraisal::Enforce && reconfigures_boot;
        Self::Label {
            leave_enforce,
            fix_boot: !labels_here,
        }
    }
}

/// Whether all that the policy lacks is its loading into this boot by imaform.
fn is_loaded_later(desired: &Desired, observed: &Observed) -> bool {
    desired
        .policy
        .as_ref()
        .is_some_and(|policy| policy.load == PolicyLoad::Once && policy::is_installed(policy, observed))
}
