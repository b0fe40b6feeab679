//! The route from every half-way state, for a host and a playbook.

use crate::support::{
    PLAYBOOK, desired, ids,
    machine::{BootMenu, Machine, POLICY},
    playbook_for,
};
use imaform::{
    plan::{Afterwards, Maintenance, Plan},
    resource::{Door, Observed},
};
use std::time::Duration;

pub const PREPARE: [&str; 10] = [
    "boot/first-mode",
    "grub/snippet",
    "grub//etc/default/grub",
    "boot/guard",
    "packages/apt",
    "packages/install",
    "grub/menu",
    "services/enable",
    "audit/rules",
    "audit/load",
];
/// A fix boot by a new menu, which is on trial.
pub const FIX: [&str; 3] = ["boot/fix-mode", "boot/fix", "boot/keep"];
pub const ASIDE: [&str; 4] = ["boot/fix-mode", "policy/set-aside", "boot/fix", "boot/keep"];
/// A fix boot by the menu that is known.
pub const ASIDE_AGAIN: [&str; 3] = ["boot/fix-mode", "policy/set-aside", "boot/fix"];
pub const FIX_AGAIN: [&str; 2] = ["boot/fix-mode", "boot/fix"];
pub const LABEL: [&str; 4] = ["policy/judge", "policy/install", "labels/files", "labels/verify"];
pub const ENFORCE: [&str; 7] = [
    "gate/enforce",
    "health/before",
    "boot/trial-mode",
    "boot/trial",
    "health/check",
    "enforce/prove",
    "boot/confirm",
];

/// The plan of a machine under [`PLAYBOOK`], and that carrying it out ends in a host with nothing left to do.
#[track_caller]
pub fn goes(machine: &Machine, expected: &[&[&str]]) {
    goes_under(PLAYBOOK, machine, expected);
}

#[track_caller]
fn goes_under(playbook: &str, machine: &Machine, expected: &[&[&str]]) {
    let desired = desired(playbook);
    let plan = machine.plan(&desired);
    assert_eq!(plan.refusals, [""; 0]);
    assert_eq!(ids(&plan), expected.concat());
    let mut machine = machine.clone();
    machine.carry_out(&desired).unwrap();
    assert_eq!(machine.plan(&desired).differences(), [""; 0], "it does not settle");
}

/// A host of [`PLAYBOOK`] on which an apply was cut off after this step.
fn after(step: &str) -> Machine {
    Machine::after(&desired(PLAYBOOK), step)
}

pub fn enforcing() -> Machine {
    Machine::converged(&desired(PLAYBOOK))
}

#[test]
fn a_stock_host_goes_all_the_way() {
    goes(&Machine::debian(), &[&PREPARE, &FIX, &LABEL, &ENFORCE]);
    let plan = Machine::debian().plan(&desired(PLAYBOOK));
    assert_eq!((plan.reboots(), plan.stage.as_str()), (2, "prepare"));
}

#[test]
fn prepared_and_not_rebooted() {
    goes(&after("audit/load"), &[&FIX, &LABEL, &ENFORCE]);
}

#[test]
fn killed_before_and_in_update_grub() {
    let rest = ["grub/menu", "services/enable", "audit/rules", "audit/load"];
    goes(&after("packages/install"), &[&rest, &FIX, &LABEL, &ENFORCE]);
    // Everything else was done side by side; grub.cfg is the old one.
    let mut stale = after("audit/load");
    stale.menu = "console=ttyS0,115200 no_timer_check".into();
    stale.menu_snippet = false;
    goes(&stale, &[&["grub/menu"], &FIX, &LABEL, &ENFORCE]);
}

#[test]
fn grub_cfg_without_our_snippet_is_written_again() {
    let mut machine = after("audit/load");
    machine.menu_snippet = false;
    goes(&machine, &[&["grub/menu"], &FIX, &LABEL, &ENFORCE]);
}

#[test]
fn in_the_fix_boot_nothing_is_rebooted_before_the_labels() {
    // Killed before the new menu was kept: that is all that is added.
    goes(&after("boot/fix"), &[&["boot/fix-mode"], &LABEL, &ENFORCE]);
    for step in [
        "boot/keep",
        "policy/judge",
        "policy/install",
        "labels/files",
        "labels/verify",
    ] {
        goes(&after(step), &[&LABEL, &ENFORCE]);
    }
    assert_eq!(after("boot/fix").plan(&desired(PLAYBOOK)).stage.as_str(), "fix");
    assert_eq!(after("labels/files").plan(&desired(PLAYBOOK)).stage.as_str(), "label");
}

#[test]
fn a_pending_trial_is_said_and_replaced() {
    let machine = after("boot/trial-mode");
    goes(&machine, &[&["boot/fix-mode"], &LABEL, &ENFORCE]);
    let warnings = machine.plan(&desired(PLAYBOOK)).warnings;
    assert!(
        warnings.iter().any(|text| text.contains("left a trial boot pending")),
        "{warnings:?}"
    );
}

#[test]
fn a_trial_that_runs_is_proven_and_confirmed_without_a_reboot() {
    for step in ["boot/trial", "health/check", "enforce/prove"] {
        goes(&after(step), &[&["health/check", "enforce/prove", "boot/confirm"]]);
    }
    assert_eq!(after("boot/trial").plan(&desired(PLAYBOOK)).stage.as_str(), "enforce");
}

#[test]
fn an_unconfirmed_trial_that_fell_back_is_labelled_and_tried_again() {
    let mut machine = after("boot/trial");
    machine.boot().unwrap();
    assert_eq!(machine.mode(), "fix");
    // The guard has set the policy aside, so that the kernel labels by the built-in rules and judges another.
    goes(&machine, &[&["boot/fix-mode"], &LABEL, &ENFORCE]);
}

#[test]
fn a_confirmed_host_has_nothing_to_do_and_keeps_its_mode() {
    let mut machine = enforcing();
    goes(&machine, &[]);
    let plan = machine.plan(&desired(PLAYBOOK));
    assert!(plan.is_up_to_date());
    assert_eq!(plan.stage.as_str(), "verify");
    machine.boot().unwrap();
    goes(&machine, &[]);
}

#[test]
fn the_policy_changes_under_enforce() {
    let playbook = PLAYBOOK.replace("func=BPRM_CHECK fowner=0", "func=MMAP_CHECK fowner=0");
    goes_under(&playbook, &enforcing(), &[&ASIDE_AGAIN, &LABEL, &ENFORCE]);
}

#[test]
fn the_policy_file_is_gone_under_enforce() {
    let mut machine = enforcing();
    machine.files.remove(POLICY);
    goes(&machine, &[&FIX_AGAIN, &LABEL, &ENFORCE]);
}

#[test]
fn the_command_line_changes_under_enforce() {
    let playbook = PLAYBOOK.replace("ima_policy:", "audit_backlog_limit: '8192', ima_policy:");
    let machine = enforcing();
    let boot = ["grub//etc/default/grub", "grub/menu"];
    let leave = ["boot/leave-enforce", "boot/left-enforce"];
    goes_under(&playbook, &machine, &[&leave, &boot, &ASIDE, &LABEL, &ENFORCE]);
}

#[test]
fn a_command_line_that_changed_back_needs_only_the_boots() {
    let mut machine = enforcing();
    machine.cmdline = machine.cmdline.replace("ima_policy=tcb ", "");
    let leave = ["boot/leave-enforce", "boot/left-enforce"];
    goes(&machine, &[&leave, &ASIDE, &LABEL, &ENFORCE]);
}

#[test]
fn labels_that_are_missing_under_enforce_are_set_from_userspace() {
    let mut machine = enforcing();
    machine.unlabelled = 3;
    goes(&machine, &[&["labels/files", "labels/verify"]]);
    let plan = machine.plan(&desired(PLAYBOOK));
    assert_eq!(plan.reboots(), 0);
    let text = format!("{:?}", plan.steps()[0].change);
    assert!(
        text.contains("/usr/bin/tool-0") && text.contains("/usr/bin/tool-2"),
        "{text}"
    );
}

#[test]
fn a_file_that_is_being_written_is_no_reason_to_act() {
    let desired = desired(PLAYBOOK);
    let mut observed = enforcing().observe(&desired);
    let labels = observed.labels.as_mut().unwrap();
    (labels.unlabelled, labels.held) = (1, vec!["/var/lib/x".into()]);
    assert!(imaform::plan::Plan::build(&desired, &observed).unwrap().is_up_to_date());
}

#[test]
fn packages_and_audit_rules_change_under_enforce_without_a_reboot() {
    let playbook = PLAYBOOK
        .replace("packages: [auditd]", "packages: [auditd, audispd-plugins]")
        .replace("-w /etc/passwd -p wa", "-w /etc/shadow -p wa");
    goes_under(
        &playbook,
        &enforcing(),
        &[&["packages/install", "audit/rules", "audit/load"]],
    );
}

/// Where GRUB would not read the mode, leaving would be a reboot into enforce again.
#[test]
fn a_host_that_somebody_else_made_enforcing_is_not_touched() {
    let mut machine = enforcing();
    machine.menu_snippet = false;
    let plan = machine.plan(&desired(PLAYBOOK));
    assert!(plan.graph.is_empty());
    assert!(
        plan.refusals[0].contains("Boot once with ima_appraise=fix at the GRUB prompt"),
        "{:?}",
        plan.refusals
    );
}

#[test]
fn from_enforce_to_the_other_modes() {
    goes_under(
        &playbook_for("log"),
        &enforcing(),
        &[&ASIDE_AGAIN, &LABEL, &["boot/mode", "boot/final"]],
    );
    goes_under(&playbook_for("off"), &enforcing(), &[&["boot/mode", "boot/final"]]);
    goes_under(
        &playbook_for("fix"),
        &enforcing(),
        &[&ASIDE_AGAIN, &LABEL, &["policy/load"]],
    );
}

#[test]
fn a_stock_host_to_the_other_modes() {
    goes_under(
        &playbook_for("log"),
        &Machine::debian(),
        &[&PREPARE, &FIX, &LABEL, &["boot/mode", "boot/final"]],
    );
    let judged = ["policy/judge", "policy/install"];
    goes_under(
        &playbook_for("off"),
        &Machine::debian(),
        &[&PREPARE, &judged, &["boot/mode", "boot/final", "boot/keep"]],
    );
    goes_under(
        &playbook_for("fix"),
        &Machine::debian(),
        &[&PREPARE, &FIX, &LABEL, &["policy/load"]],
    );
}

#[test]
fn rolled_back_to_fix_and_forward_again() {
    let desired = desired(PLAYBOOK);
    let mut machine = enforcing();
    let back = Plan::rollback(&desired, &machine.observe(&desired), imaform::ima::Appraisal::Fix).unwrap();
    assert_eq!(ids(&back), ["boot/mode", "boot/rollback"]);
    back.steps().into_iter().for_each(|step| machine.take(step).unwrap());
    assert_eq!((machine.mode(), machine.boot_mode().0.as_str()), ("fix", "fix"));
    let again = Plan::rollback(&desired, &machine.observe(&desired), imaform::ima::Appraisal::Fix).unwrap();
    assert!(again.is_up_to_date());
    goes(&machine, &[&ASIDE_AGAIN, &LABEL, &ENFORCE]);
}

#[test]
fn boot_files_that_enforcing_refuses_to_be_read_do_not_hinder_a_rollback() {
    let desired = desired(PLAYBOOK);
    let mut observed = enforcing().observe(&desired);
    observed.grub.menu_snippet = false;
    let rollback = |observed: &Observed| Plan::rollback(&desired, observed, imaform::ima::Appraisal::Fix).unwrap();
    assert!(rollback(&observed).refusals[0].contains("did not prepare this host"));
    observed.grub.menu_unreadable = true;
    assert_eq!(ids(&rollback(&observed)), ["boot/mode", "boot/rollback"]);
}

#[test]
fn a_command_under_enforce_and_the_boot_after_it() {
    let desired = desired(PLAYBOOK);
    let maintenance = |afterwards| Maintenance {
        command: ["apt-get", "-y", "dist-upgrade"].map(str::to_owned).to_vec(),
        timeout: Duration::from_secs(600),
        afterwards,
    };
    let machine = enforcing();
    let observed = machine.observe(&desired);
    let plan = Plan::maintain(&desired, &observed, &maintenance(Afterwards::GoOn)).unwrap();
    assert_eq!(ids(&plan), ["maintain/command", "labels/verify", "gate/enforce"]);
    let plan = Plan::maintain(&desired, &observed, &maintenance(Afterwards::Reboot)).unwrap();
    let before = ["maintain/command", "labels/verify", "gate/enforce"];
    assert_eq!(ids(&plan), [&before[..], &ENFORCE[1..]].concat());
    // The command brings a menu that does not boot: the one of before is booted.
    let mut broken = machine.clone();
    broken.earlier = Some(BootMenu {
        options: broken.menu.clone(),
        snippet: true,
        kernel: broken.menu_kernel.clone(),
    });
    let steps = plan.steps();
    for step in &steps {
        broken.take(step).unwrap();
        if step.id.to_string() == "boot/trial" {
            break;
        }
    }
    broken.menu = "broken".into();
    broken.boot().unwrap();
    assert_eq!(broken.mode(), "fix");
    assert!(!broken.cmdline.contains("broken"), "{}", broken.cmdline);

    let stock = Machine::debian();
    let plan = Plan::maintain(&desired, &stock.observe(&desired), &maintenance(Afterwards::GoOn)).unwrap();
    assert!(
        plan.graph.is_empty() && plan.refusals[0].contains("appraises nothing"),
        "{:?}",
        plan.refusals
    );
}

#[test]
fn a_host_that_was_never_prepared_cannot_be_rolled_back_and_need_not() {
    let desired = desired(PLAYBOOK);
    let rollback = |machine: &Machine, mode| Plan::rollback(&desired, &machine.observe(&desired), mode).unwrap();
    let stock = Machine::debian();
    assert!(rollback(&stock, imaform::ima::Appraisal::Off).is_up_to_date());
    let refused = rollback(&stock, imaform::ima::Appraisal::Fix).refusals;
    assert!(refused[0].contains("imaform did not prepare this host"), "{refused:?}");
}

mod without_labels {
    use super::*;

    const SMALL: &str = "name: p\nboot: {cmdline: {ima_policy: [tcb, appraise_tcb]}}\nappraisal: log\n";
    const POLICY: &str = "policy: {rules: [measure func=BPRM_CHECK, appraise func=BPRM_CHECK fowner=0]}\n";
    const BOOT: [&str; 5] = [
        "boot/first-mode",
        "grub/snippet",
        "grub//etc/default/grub",
        "grub/menu",
        "boot/guard",
    ];

    #[test]
    fn the_host_goes_straight_to_its_mode() {
        goes_under(
            SMALL,
            &Machine::debian(),
            &[&BOOT, &["boot/mode", "boot/final", "boot/keep"]],
        );
    }

    #[test]
    fn a_policy_is_still_judged_before_it_is_installed() {
        let playbook = format!("{SMALL}{POLICY}");
        let judged = ["policy/judge", "policy/install", "boot/mode", "boot/final", "boot/keep"];
        goes_under(&playbook, &Machine::debian(), &[&BOOT, &judged]);
        // With a loaded policy the kernel judges nothing: one more boot.
        let mut machine = Machine::converged(&desired(&playbook));
        machine.write(super::POLICY, "measure func=BPRM_CHECK\n", 0o644);
        goes_under(&playbook, &machine, &[&ASIDE_AGAIN, &judged[..4]]);
    }

    #[test]
    fn a_policy_that_is_loaded_once_is_installed_before_it_is_loaded() {
        let playbook = format!(
            "{SMALL}{}",
            POLICY.replace("rules:", "path: /etc/ima/policy.conf, rules:")
        );
        let judged = [
            "policy/judge",
            "policy/install",
            "boot/mode",
            "boot/final",
            "boot/keep",
            "policy/load",
        ];
        goes_under(&playbook, &Machine::debian(), &[&BOOT, &judged]);
        // In the next boot it is only loaded.
        let mut machine = Machine::converged(&desired(&playbook));
        machine.boot().unwrap();
        goes_under(&playbook, &machine, &[&["policy/load"]]);
    }
}

mod set_from_userspace {
    use super::*;

    const FILES: [&str; 2] = ["labels/files", "labels/verify"];

    fn playbook() -> String {
        PLAYBOOK.replace("labels: { ", "labels: { method: setxattr, ")
    }

    #[track_caller]
    fn goes(machine: &Machine, expected: &[&[&str]]) -> Vec<String> {
        goes_under(&playbook(), machine, expected);
        machine.plan(&desired(&playbook())).warnings
    }

    fn after(step: &str) -> Machine {
        Machine::after(&desired(&playbook()), step)
    }

    #[test]
    fn a_stock_host_reboots_once() {
        goes(&Machine::debian(), &[&PREPARE, &LABEL, &ENFORCE]);
        let plan = Machine::debian().plan(&desired(&playbook()));
        assert_eq!(plan.reboots(), 1);
        let files = plan
            .steps()
            .into_iter()
            .find(|step| step.id.to_string() == "labels/files");
        let title = &files.unwrap().title;
        assert!(title.ends_with("from userspace (setxattr)"), "{title}");
    }

    #[test]
    fn cut_off_in_the_running_boot_it_goes_on_there() {
        for step in [
            "audit/load",
            "policy/judge",
            "policy/install",
            "labels/files",
            "labels/verify",
        ] {
            goes(&after(step), &[&LABEL, &ENFORCE]);
        }
    }

    #[test]
    fn a_pending_trial_is_taken_back_before_the_labels_are_set() {
        goes(&after("boot/trial-mode"), &[&["boot/fix-mode"], &LABEL, &ENFORCE]);
    }

    #[test]
    fn its_one_trial_is_of_the_menu_too_and_goes_back_to_the_menu_of_before() {
        let mut machine = after("boot/trial");
        machine.boot().unwrap();
        assert_eq!(
            (machine.mode(), machine.door),
            ("", Door::Open),
            "a policy would be enforced by default"
        );
        let warnings = goes(&machine, &[&LABEL, &ENFORCE]);
        assert!(!warnings.iter().any(|text| text.contains("fix boot")), "{warnings:?}");
    }

    #[test]
    fn another_policy_is_judged_in_a_fix_boot_and_the_plan_says_why() {
        let mut machine = Machine::converged(&desired(&playbook()));
        machine.write(POLICY, "measure func=BPRM_CHECK\n", 0o644);
        let warnings = goes(&machine, &[&ASIDE_AGAIN, &LABEL, &ENFORCE]);
        assert!(
            warnings.iter().any(|text| text.contains("still there is a fix boot")),
            "{warnings:?}"
        );
    }

    #[test]
    fn a_host_that_left_enforce_for_its_boot_files_goes_on_to_the_trial() {
        let mut machine = Machine::converged(&desired(&playbook()));
        machine.cmdline = machine.cmdline.replace("ima_policy=tcb ", "");
        let leave = ["boot/leave-enforce", "boot/left-enforce"];
        goes(&machine, &[&leave, &FILES, &ENFORCE]);
    }

    #[test]
    fn a_host_that_ends_in_fix_mode_goes_there_first() {
        let fix = playbook().replace("appraisal: enforce", "appraisal: fix");
        goes_under(&fix, &Machine::debian(), &[&PREPARE, &FIX, &LABEL, &["policy/load"]]);
        let log = playbook().replace("appraisal: enforce", "appraisal: log");
        goes_under(
            &log,
            &Machine::debian(),
            &[&PREPARE, &LABEL, &["boot/mode", "boot/final", "boot/keep"]],
        );
    }

    #[test]
    fn no_built_in_rule_is_needed() {
        let without = playbook().replace("ima_policy: [tcb, appraise_tcb]", "ima_policy: tcb");
        goes_under(&without, &Machine::debian(), &[&PREPARE, &LABEL, &ENFORCE]);
    }
}
