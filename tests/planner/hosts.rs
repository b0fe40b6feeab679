//! Hosts that are refused, and hosts that differ from the usual one.

use super::routes::{ASIDE, ENFORCE, FIX, LABEL, PREPARE, enforcing, goes};
use crate::support::{
    PLAYBOOK, desired, desired_of, ids,
    machine::{ENVIRONMENT, GRUB, Machine, POLICY},
    playbook_for,
};
use imaform::resource::{Action, Change, Door};

/// Why nothing may be done; then there are no steps.
#[track_caller]
fn refuses(playbook: &str, change: impl FnOnce(&mut Machine), expected: &str) {
    let mut machine = Machine::debian();
    change(&mut machine);
    let plan = machine.plan(&desired(playbook));
    assert!(
        plan.refusals.iter().any(|text| text.contains(expected)),
        "{:?}",
        plan.refusals
    );
    assert!(plan.graph.is_empty());
    assert!(!plan.is_up_to_date());
}

#[test]
fn a_kernel_without_ima() {
    let without = |machine: &mut Machine| machine.base.integrity.ima = false;
    refuses(PLAYBOOK, without, "kernel 6.1.0-41-cloud-amd64 has no IMA");
    let option = |machine: &mut Machine| {
        machine.base.kernel_config = machine
            .base
            .kernel_config
            .replace("CONFIG_IMA_APPRAISE=y", "# CONFIG_IMA_APPRAISE is not set");
    };
    refuses(PLAYBOOK, option, "CONFIG_IMA_APPRAISE");
}

#[test]
fn secure_boot_with_arch_policy() {
    let on = |machine: &mut Machine| machine.base.integrity.secure_boot = true;
    refuses(PLAYBOOK, on, "ignores ima_appraise=fix");
    refuses(&playbook_for("log"), on, "ignores ima_appraise=log");
    let mut without = Machine::debian();
    on(&mut without);
    without.base.kernel_config = without.base.kernel_config.replace("CONFIG_IMA_ARCH_POLICY=y\n", "");
    goes(&without, &[&PREPARE, &FIX, &LABEL, &ENFORCE]);
}

#[test]
fn an_evm_key() {
    for state in ["1", "3", "2147483649"] {
        let set = |machine: &mut Machine| machine.base.integrity.evm = state.into();
        refuses(PLAYBOOK, set, "EVM has its HMAC key loaded");
    }
    for state in ["", "0", "2", "x"] {
        let mut machine = Machine::debian();
        machine.base.integrity.evm = state.into();
        goes(&machine, &[&PREPARE, &FIX, &LABEL, &ENFORCE]);
    }
}

#[test]
fn a_container() {
    refuses(
        PLAYBOOK,
        |machine| machine.base.integrity.container = "lxc".into(),
        "this is a container (lxc)",
    );
}

#[test]
fn no_grub() {
    refuses(
        PLAYBOOK,
        |machine| machine.base.grub.directory.clear(),
        "there is no /boot/grub",
    );
    let without = |machine: &mut Machine| machine.base.tools.retain(|tool| !tool.contains("grub"));
    refuses(PLAYBOOK, without, "neither update-grub nor grub-mkconfig");
}

#[test]
fn a_policy_that_appraises_nothing() {
    let playbook = PLAYBOOK.replace("    - appraise func=BPRM_CHECK fowner=0\n", "");
    refuses(&playbook, |_| {}, "/etc/ima/ima-policy has no appraise rule");
    let warned = Machine::debian().plan(&desired(&playbook.replace("enforce", "log")));
    assert_eq!(warned.refusals, [""; 0]);
    assert!(
        warned.warnings[0].contains("replaces the built-in rules"),
        "{:?}",
        warned.warnings
    );
}

#[test]
fn a_policy_that_this_host_would_refuse() {
    let rule = "    - appraise func=BPRM_CHECK fowner=0\n";
    for (added, refusal) in [
        (
            "dont_audit func=BPRM_CHECK",
            "the host's kernel 6.1.0-41-cloud-amd64 would refuse the policy, line 3, column 1: `dont_audit` is known since Linux 6.19",
        ),
        ("measure func=KEY_CHECK", "CONFIG_IMA_MEASURE_ASYMMETRIC_KEYS"),
        (
            "measure subj_type=bin_t",
            "AppArmor refuses `subj_type=bin_t`: it knows only `subj_role`",
        ),
        ("appraise appraise_algos=sha512", "CONFIG_CRYPTO_SHA512"),
    ] {
        let playbook = PLAYBOOK.replace(rule, &format!("{rule}    - {added}\n"));
        refuses(&playbook, |_| {}, refusal);
    }
    // What the kernel runs counts, not what it could run.
    let selinux = PLAYBOOK.replace(rule, &format!("{rule}    - measure subj_type=bin_t\n"));
    let mut machine = Machine::debian();
    machine.base.integrity.lsm = "capability,selinux".into();
    machine.base.kernel_config += "CONFIG_SECURITY_SELINUX=y\n";
    assert_eq!(machine.plan(&desired(&selinux)).refusals, [""; 0]);
    // Ubuntu's kernels of some years crash on being asked.
    let label = PLAYBOOK.replace(rule, &format!("{rule}    - measure subj_role=unconfined\n"));
    let ubuntu = |machine: &mut Machine| {
        machine.base.os_id = "ubuntu".into();
        machine.base.kernel_release = "5.15.0-204-generic".into();
        machine.base.kernel_config += "CONFIG_VERSION_SIGNATURE=\"Ubuntu 5.15.0-204.214-generic 5.15.224\"\n";
    };
    refuses(&label, ubuntu, "5.15.0-204-generic crashes when it throws away a rule");
    // Where the record is gone, only what every build of that version refuses is certain.
    let keys = PLAYBOOK.replace(
        rule,
        &format!("{rule}    - measure func=KEY_CHECK\n    - measure obj_type=a\n"),
    );
    let mut machine = Machine::debian();
    machine.base.kernel_config.clear();
    let refusals = machine.plan(&desired(&keys)).refusals;
    assert!(
        !refusals.iter().any(|refusal| refusal.contains("would refuse")),
        "{refusals:?}"
    );
}

#[test]
fn what_is_unwise_in_a_policy_is_said_in_the_plan() {
    let rule = "    - appraise func=BPRM_CHECK fowner=0\n";
    let playbook = PLAYBOOK.replace(rule, &format!("{rule}    - appraise func=BPRM_CHECK uid=0 fowner=0\n"));
    let plan = Machine::debian().plan(&desired(&playbook));
    let said = "/etc/ima/ima-policy, line 3: the rule never matches: line 2 decides about `appraise` wherever this one would (imaform policy why never-matches)";
    assert!(
        plan.warnings.iter().any(|warning| warning == said),
        "{:?}",
        plan.warnings
    );
}

#[test]
fn a_kernel_that_wants_signed_policies() {
    let signed = |machine: &mut Machine| {
        let old = "# CONFIG_IMA_WRITE_POLICY is not set";
        machine.base.kernel_config = machine.base.kernel_config.replace(old, "CONFIG_IMA_WRITE_POLICY=y");
    };
    refuses(PLAYBOOK, signed, "takes signed policies only");
}

#[test]
fn packages_without_a_package_manager_and_units_without_systemd() {
    let without = |machine: &mut Machine| machine.base.tools.retain(|tool| tool != "apt-get");
    refuses(PLAYBOOK, without, "none of apt-get, dnf and zypper is there");
    let without = |machine: &mut Machine| machine.base.tools.retain(|tool| tool != "systemctl");
    refuses(PLAYBOOK, without, "there is no systemctl");
}

#[test]
fn grub_defaults_without_the_line_get_it_and_odd_ones_are_left_alone() {
    let mut machine = Machine::debian();
    machine.write(GRUB, "GRUB_TIMEOUT=1\n", 0o644);
    goes(&machine, &[&PREPARE, &FIX, &LABEL, &ENFORCE]);
    let odd = |machine: &mut Machine| machine.write(GRUB, "GRUB_CMDLINE_LINUX=\"$(cat /x)\"\n", 0o644);
    refuses(PLAYBOOK, odd, "GRUB_CMDLINE_LINUX");
}

#[test]
fn something_else_where_a_file_should_be() {
    let directory = |machine: &mut Machine| {
        machine.write("/etc/audit/rules.d/ima.rules", "", 0o755);
        let state = machine.files.get_mut("/etc/audit/rules.d/ima.rules").unwrap();
        state.kind = "directory".into();
    };
    refuses(
        PLAYBOOK,
        directory,
        "/etc/audit/rules.d/ima.rules is there and is a directory",
    );
}

#[test]
fn grub_that_cannot_write_cannot_take_a_trial_back() {
    for (abstraction, fs) in [("lvm", "ext2"), ("mdraid1x", "ext2"), ("", "btrfs")] {
        let grub = |machine: &mut Machine| {
            (machine.base.grub.abstraction, machine.base.grub.fs) = (abstraction.into(), fs.into());
        };
        refuses(PLAYBOOK, grub, "GRUB cannot write to /boot/grub");
    }
}

#[test]
fn the_guide_on_xfs_leaves_its_root_flag_out() {
    let guide = desired_of("guide-ubuntu-20.04.yml");
    let mut machine = Machine::debian();
    for option in &guide.kernel.require {
        machine.base.kernel_config += &format!("{}={}\n", option.0, option.1);
    }
    machine.base.mounts = machine.base.mounts.replace(" / ext4 ", " / xfs ");
    machine.write("/etc/fstab", "UUID=4f0c / xfs defaults 0 1\n", 0o644);
    let plan = machine.plan(&guide);
    let text = format!("{:?} {:?}", plan.warnings, plan.refusals);
    assert!(
        text.contains("rootflags=i_version is left out: xfs has no such option"),
        "{text}"
    );
    let grub = plan
        .steps()
        .into_iter()
        .find(|step| step.id.to_string() == format!("grub/{GRUB}"))
        .map(|step| format!("{step:?}"));
    assert!(!grub.unwrap_or_default().contains("i_version"));
    assert!(!ids(&plan).contains(&"fstab/options".to_owned()));
}

#[test]
fn a_host_whose_securityfs_is_not_mounted_gets_it_first() {
    let mut machine = Machine::debian();
    machine.base.integrity.securityfs = false;
    machine.base.integrity.ima = false;
    let plan = machine.plan(&desired(PLAYBOOK));
    assert!(ids(&plan).contains(&"securityfs/mount".to_owned()), "{:?}", ids(&plan));
}

#[test]
fn a_loaded_policy_of_somebody_else_is_left_behind_by_a_boot() {
    let mut machine = Machine::debian();
    machine.write(POLICY, "measure func=BPRM_CHECK\n", 0o644);
    machine.door = Door::Closed;
    goes(&machine, &[&PREPARE, &ASIDE, &LABEL, &ENFORCE]);
}

/// What becomes of it when GRUB or the power cut hits it: the host still enforces, the next boot would be fix.
#[test]
fn an_emptied_environment_block_is_written_again() {
    let mut machine = enforcing();
    machine.write(ENVIRONMENT, "# GRUB Environment Block\n####", 0o600);
    let desired = desired(PLAYBOOK);
    machine.carry_out(&desired).unwrap();
    assert!(machine.plan(&desired).is_up_to_date());
    assert_eq!(machine.boot_mode().0, "enforce");
}

#[test]
fn a_policy_that_the_playbook_does_not_know() {
    let leave = |machine: &mut Machine| machine.write(POLICY, "measure func=BPRM_CHECK\n", 0o644);
    let once = PLAYBOOK.replace("\npolicy:\n", "\npolicy:\n  path: /etc/ima/policy.conf\n");
    refuses(
        &once,
        leave,
        "/etc/ima/ima-policy is there and the playbook has no policy for it",
    );
}

/// A Latin-1 byte in a comment: the probe shows it as U+FFFD, which must never be written back.
fn spoil(machine: &mut Machine, path: &str) {
    let file = machine.files.get_mut(path).unwrap();
    file.content = file.content.replacen('#', "# gr\u{fffd}n", 1);
    file.whole = false;
}

#[test]
fn a_file_that_is_no_text_is_not_edited() {
    let mounts = format!("{PLAYBOOK}mounts: {{/: {{options: [noatime]}}}}\n");
    let fstab = |machine: &mut Machine| spoil(machine, "/etc/fstab");
    refuses(&mounts, fstab, "/etc/fstab holds bytes that are not UTF-8");
    goes_with(PLAYBOOK, fstab);
    refuses(
        PLAYBOOK,
        |machine| spoil(machine, GRUB),
        "/etc/default/grub holds bytes",
    );
    let large = |machine: &mut Machine| {
        let file = machine.files.get_mut(GRUB).unwrap();
        (file.content, file.whole) = (String::new(), false);
    };
    refuses(PLAYBOOK, large, "/etc/default/grub is larger than 1 MiB");
    let record = format!("/boot/config-{}", Machine::debian().base.kernel_release);
    let edit = PLAYBOOK.replace("kernel: {", "kernel: { edit: { CONFIG_IMA_WRITE_POLICY: y },");
    let spoiled = |machine: &mut Machine| {
        machine.write(&record, "# CONFIG_IMA_WRITE_POLICY is not set\n", 0o644);
        spoil(machine, &record);
    };
    refuses(&edit, spoiled, &format!("{record} holds bytes"));
}

/// Nobody asked for an edit of that file.
#[track_caller]
fn goes_with(playbook: &str, change: impl FnOnce(&mut Machine)) {
    let mut machine = Machine::debian();
    change(&mut machine);
    machine.carry_out(&desired(playbook)).unwrap();
}

#[test]
fn a_file_that_is_replaced_whole_may_be_no_text() {
    let desired = desired(&format!(
        "{PLAYBOOK}files: [{{path: /etc/motd, content: \"gr\\uFFFDn\\n\"}}]\n"
    ));
    let mut machine = Machine::debian();
    machine.write("/etc/motd", "gr\u{fffd}n\n", 0o644);
    machine.files.get_mut("/etc/motd").unwrap().whole = false;
    let plan = machine.plan(&desired);
    let step = plan
        .steps()
        .into_iter()
        .find(|step| step.id.to_string() == "files//etc/motd");
    let Change::File { before, .. } = &step.expect("the bytes differ").change else {
        panic!("{step:?}");
    };
    assert!(before.as_deref().unwrap().starts_with("(no UTF-8 text"), "{before:?}");
    machine.carry_out(&desired).unwrap();
    assert!(machine.plan(&desired).is_up_to_date());
}

#[test]
fn what_changed_since_the_plan_is_not_replaced() {
    let desired = desired(&format!("{PLAYBOOK}mounts: {{/: {{options: [noatime]}}}}\n"));
    let machine = Machine::debian();
    let plan = machine.plan(&desired);
    for path in ["/etc/fstab", GRUB, "/etc/grub.d/01_imaform", POLICY] {
        let mut changed = machine.clone();
        changed.write(path, "somebody else\n", 0o644);
        let mut writes = plan.steps().into_iter().filter(
            |step| matches!(&step.action, Action::Script(call) if call.args.first().is_some_and(|arg| arg == path)),
        );
        let error = changed.take(writes.next().unwrap()).unwrap_err();
        assert!(error.contains("changed since the plan was made"), "{error}");
    }
}

mod audit {
    use super::*;

    const RULES: &str = "/etc/audit/rules.d/ima.rules";

    /// The one step that is left.
    fn load(machine: &Machine) -> String {
        let plan = machine.plan(&desired(PLAYBOOK));
        assert_eq!(ids(&plan), ["audit/load"]);
        plan.steps()[0].reason.clone()
    }

    #[test]
    fn rules_that_the_kernel_lacks_are_loaded() {
        let mut machine = enforcing();
        machine.audit_rules = "-w /etc/ima -p wa -k ima-policy\n-w /etc/group -p wa -k identity\n".into();
        assert_eq!(
            load(&machine),
            "the kernel does not hold: -w /etc/passwd -p wa -k identity"
        );
    }

    /// The kernel's list shows nothing of it where list and keys are the earlier ones.
    #[test]
    fn a_file_that_was_written_and_never_loaded_is_loaded() {
        let mut machine = enforcing();
        machine.write("/etc/audit/audit.rules", "-D\n-w /etc/ima -p wa -k ima-policy\n", 0o640);
        assert_eq!(
            load(&machine),
            format!("/etc/audit/audit.rules does not hold all of {RULES}")
        );
        machine.carry_out(&desired(PLAYBOOK)).unwrap();
        assert!(machine.plan(&desired(PLAYBOOK)).is_up_to_date());
    }

    #[test]
    fn a_file_that_the_package_brings_is_replaced() {
        let mut machine = Machine::debian();
        let desired = desired(PLAYBOOK);
        for step in machine.plan(&desired).steps() {
            if step.id.to_string() == "audit/rules" {
                machine.write(RULES, "-D\n-b 8192\n", 0o640);
            }
            machine.take(step).unwrap();
        }
        assert!(machine.plan(&desired).is_up_to_date());
    }
}
