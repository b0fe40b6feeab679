//! What a kept plan is bound to.

use crate::support::{PLAYBOOK, machine::Machine, target};
use imaform::plan::{HostBound, Plan};
use proptest::prelude::*;

fn bound(machine: &Machine, playbook: &str) -> HostBound {
    bound_with(machine, playbook, |_| {})
}

fn bound_with(machine: &Machine, playbook: &str, change: impl Fn(&mut imaform::resource::Observed)) -> HostBound {
    let target = target(playbook);
    let mut observed = machine.observe(&target.desired);
    change(&mut observed);
    let plan = Plan::build(&target.desired, &observed).unwrap();
    HostBound::of(&target, &observed, &plan)
}

#[test]
fn whatever_moves_is_named() {
    let machine = Machine::converged(&target(PLAYBOOK).desired);
    let before = bound(&machine, PLAYBOOK);
    let after = |change: &dyn Fn(&mut Machine)| {
        let mut machine = machine.clone();
        change(&mut machine);
        before.differences(&bound(&machine, PLAYBOOK))
    };
    assert_eq!(
        after(&|machine| machine.write("/etc/fstab", "# other\n", 0o644)),
        ["its file /etc/fstab has changed"]
    );
    assert_eq!(
        after(&|machine| machine.menu_kernel = "6.1.0-42-cloud-amd64".into()),
        ["its boot menu (grub.cfg) has changed: the next boot may be of another kernel"]
    );
    assert_eq!(after(&|machine| machine.boot().unwrap()), ["it was rebooted"]);
    assert_eq!(
        after(&|machine| machine.base.lock.last = "20261128T000000Z-00000001".into()),
        ["run 20261128T000000Z-00000001 has worked on it since"]
    );
    assert_eq!(
        after(&|machine| machine.packages.retain(|name| name != "auditd")),
        [
            "the step evidence/list would do something else",
            "the step packages/install would do something else",
        ]
    );
    let playbook = PLAYBOOK.replace("-k identity", "-k who");
    assert_eq!(
        before.differences(&bound(&machine, &playbook)),
        ["what its playbook wants has changed: audit"]
    );
    let mut other = before.clone();
    other.vars.insert("audit_backlog".into(), "0".into());
    other.reached = "0".into();
    assert_eq!(
        before.differences(&other),
        [
            "the inventory says otherwise how it is reached, or which node it is",
            "its variable audit_backlog has changed",
        ]
    );
}

proptest! {
    /// Counters go on and files are written; the plan stays the same, and so does what it is bound to.
    #[test]
    fn a_host_that_goes_on_running_makes_no_plan_stale(
        measurements in 0u64..9999, violations in 0u64..99, labelled in 1u64..99_999, held in 0usize..9, stock in any::<bool>(),
    ) {
        let machine = if stock { Machine::debian() } else { Machine::converged(&target(PLAYBOOK).desired) };
        let now = bound_with(&machine, PLAYBOOK, |observed| {
            observed.integrity.measurements = Some(measurements);
            observed.integrity.violations = Some(violations);
            observed.boot_seconds = Some(measurements);
            observed.node = imaform::resource::NodeFacts::None;
            observed.mounts += "tmpfs /run/user/1000 tmpfs rw 0 0\n";
            if let Some(labels) = &mut observed.labels {
                let lacking = labels.lacking();
                labels.labelled = labelled;
                labels.held = (0..held).map(|n| format!("/var/lib/{n}")).collect();
                labels.unlabelled = lacking + held as u64;
            }
        });
        prop_assert_eq!(bound(&machine, PLAYBOOK).differences(&now), Vec::<String>::new());
    }
}
