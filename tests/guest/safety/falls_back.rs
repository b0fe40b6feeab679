//! Trial boots that go wrong. Each host ends in its earlier mode, reachable, without a person, and says why.

use crate::{
    guest::{Guest, repository},
    imaform::{Running, apply, apply_again, imaform},
};
use std::{fmt::Write as _, path::PathBuf, thread};

/// Each in a guest of its own: its name, what somebody does to it after its labels are complete and before its trial boot,
/// and what imaform says of it.
const SABOTAGE: [(&str, &str, &[&str]); 6] = [
    (
        "no-exec",
        "echo 'appraise func=BPRM_CHECK appraise_type=imasig' >/etc/ima/ima-policy",
        &["its guard rebooted it", "is not what imaform installed", "IMA-signature-required", "sign it"],
    ),
    (
        "network",
        "setfattr -x security.ima /lib/systemd/systemd-networkd",
        &["its guard rebooted it", "/systemd-networkd", "missing-hash"],
    ),
    (
        "panic",
        "printf '[Unit]\\nDefaultDependencies=no\\nConditionKernelCommandLine=imaform.trial\\n[Service]\\nExecStart=/bin/sh -c \"echo c >/proc/sysrq-trigger\"\\n' >/etc/systemd/system/panics.service
         systemctl add-wants sysinit.target panics.service",
        &["it broke off", "a panic, a reset, or the power went"],
    ),
    (
        "no-init",
        "setfattr -x security.ima /lib/systemd/systemd",
        &["/sbin/init could not be executed", "/systemd/systemd (missing-hash"],
    ),
    (
        "library",
        "setfattr -x security.ima \"$(readlink -f /usr/lib/x86_64-linux-gnu/libwrap.so.0)\"",
        &["its guard rebooted it", "libwrap.so.0", "missing-hash", "label it"],
    ),
    (
        "rejected",
        "echo nonsense >>/etc/ima/ima-policy",
        &["its guard rebooted it", "is not what imaform installed", "it said: ", "reezing"],
    ),
];

/// Half of a guest's files: each of eight guests labels all of its own.
const NEVER_RUN: &str = "    - /usr/share/man\n    - /usr/share/locale\n    - /usr/share/zoneinfo\n    - /usr/share/perl\n    - /boot/grub/i386-pc\n";

#[test]
fn a_trial_that_goes_wrong_is_followed_by_the_earlier_mode() {
    let fix = Guest::stock("fix");
    let inventory = fix.inventory("debian.yml");
    imaform("apply", &inventory, &["--yes", "--until", "fix"]).expect(0, &["stopped as asked"]);
    fix.off();

    let planted = SABOTAGE.iter().map(|(name, command, words)| {
        let scenario = move |guest: &Guest| falls_back(guest, command, words);
        (*name, Box::new(scenario) as Scenario)
    });
    let mut scenarios: Vec<(&str, Scenario)> = planted.collect();
    scenarios.push(("cut", Box::new(power_is_cut_twice)));
    scenarios.push(("alone", Box::new(nobody_is_there_to_confirm)));
    // As many as the machine has memory for.
    for batch in scenarios.chunks(4) {
        thread::scope(|scope| {
            for (name, scenario) in batch {
                let guest = fix.copy(name);
                scope.spawn(move || {
                    guest.on();
                    scenario(&guest);
                });
            }
        });
    }
}

type Scenario = Box<dyn Fn(&Guest) + Sync>;

fn falls_back(guest: &Guest, command: &str, words: &[&str]) {
    let ran = imaform("apply", &sabotaged(guest, command), &["--yes"]);
    let ran = ran.expect(4, &["(boot/trial)", "it fell back:", "now: reachable, in fix mode"]);
    for word in words {
        assert!(ran.stdout.contains(word), "nothing says {word:?}\n{ran}");
    }
    assert_eq!(guest.mode(), "fix");
    imaform("status", &guest.inventory("debian.yml"), &[]).expect(4, &["it fell back"]);
}

/// A command line by which no host can be reached: the menu of before is booted again.
#[test]
fn a_command_line_that_goes_wrong_is_followed_by_the_earlier_menu() {
    let guest = Guest::stock("cmdline");
    let before = guest.ssh("cat /proc/cmdline");
    let playbook = "name: Rescue\nboot: { trial_timeout: 2m, cmdline: { ima_policy: [tcb], systemd.unit: rescue.target } }\nappraisal: log\n";
    let inventory = guest.inventory_with(playbook);
    apply(&inventory).expect(
        4,
        &[
            "the kernel lacks ima_policy=tcb",
            "it fell back:",
            "its guard rebooted it",
            "now: reachable",
        ],
    );
    let guarded = format!(
        "{} panic=30 imaform.fallback init=/usr/lib/imaform/guard\n",
        before.trim()
    );
    assert_eq!(guest.ssh("cat /proc/cmdline"), guarded);
    imaform("status", &inventory, &[]).expect(4, &["it fell back"]);
    let mended = guest.inventory_with(&playbook.replace("rescue.target", "false").replace("2m", "15m"));
    apply(&mended).expect(0, &["logs bad labels", "1 host: 1 as wanted, 0 not"]);
    guest.reboot();
    assert_eq!(guest.mode(), "log", "the mended menu is the menu of every boot");
    imaform("status", &mended, &[]).expect(0, &["logs bad labels"]);
}

/// Process 1 freezes, and the guard's time is far away. The watchdog is the kernel's own: guests have no other.
#[test]
fn a_host_that_hangs_is_reset_by_its_watchdog() {
    let guest = Guest::stock("watchdog");
    guest.put("/etc/modules-load.d/softdog.conf", "softdog\n");
    guest.put(
        "/etc/systemd/system/freezes.service",
        "[Unit]\nAfter=multi-user.target\nConditionKernelCommandLine=imaform.trial\n[Service]\nType=oneshot\n\
         ExecStart=/bin/sh -c 'until grep -qx active /sys/class/watchdog/watchdog0/state; do sleep 1; done; \
         echo freezing process 1 >/dev/kmsg; kill -SEGV 1'\n",
    );
    guest.ssh("systemctl add-wants graphical.target freezes.service");
    let playbook = "name: Hangs\nboot: { trial_timeout: 1h, cmdline: { ima_policy: [tcb] } }\nappraisal: log\n";
    let inventory = guest.inventory_with(playbook);
    apply(&inventory).expect(
        4,
        &[
            "it fell back:",
            "it broke off",
            "a panic, a reset, or the power went",
            "it said: freezing process 1",
            "now: reachable, appraises nothing",
        ],
    );
    assert_eq!(guest.said("softdog: Initiating system reboot"), 1);
}

fn power_is_cut_twice(guest: &Guest) {
    let run = Running::start("apply", &sabotaged(guest, "true"), &["--yes"]);
    guest.until_said("imaform.trial=300 init=", 0);
    guest.cut();
    guest.power();
    guest.until_said("imaform.fallback init=", 0);
    guest.cut();
    guest.power();
    run.finish().expect(
        4,
        &[
            "it fell back:",
            "it broke off",
            "the power went",
            "now: reachable, in fix mode",
        ],
    );
    assert_eq!(guest.mode(), "fix");
}

/// The one who started the trial is killed in the middle of it.
fn nobody_is_there_to_confirm(guest: &Guest) {
    let inventory = sabotaged(guest, "true");
    let mut run = Running::start("apply", &inventory, &["--yes"]);
    run.until(&["enforce: reboot with ima_appraise=enforce"]);
    let boot = guest.boot_id();
    guest.until_down(&boot);
    run.kill();
    guest.until("the boot after the trial", "grep -q imaform.fallback /proc/cmdline");
    assert_eq!(guest.mode(), "fix");
    imaform("status", &inventory, &[]).expect(4, &["it fell back"]);
    let killed = guest.locked_by().unwrap();
    let inventory = guest.inventory("debian.yml");
    apply(&inventory).expect(4, &["holds the lock of this host", &format!("--take-over {killed}")]);
    apply_again(guest, &inventory)
        .finish()
        .expect(0, &["enforcing", "1 host: 1 as wanted, 0 not"]);
    assert_eq!(guest.mode(), "enforce");
    imaform("status", &inventory, &[]).expect(0, &["enforcing"]);
}

/// An inventory of a guest that is sabotaged before its trial.
fn sabotaged(guest: &Guest, command: &str) -> PathBuf {
    guest.inventory_with(&sabotaged_playbook(command))
}

/// Debian's playbook with a short trial, before which a command runs.
pub fn sabotaged_playbook(command: &str) -> String {
    let templates = repository().join("templates");
    let mut playbook = std::fs::read_to_string(repository().join("playbooks/debian.yml"))
        .unwrap()
        .replace("../templates", templates.to_str().unwrap())
        .replace("\nboot:\n", "\nboot:\n  trial_timeout: 5m\n")
        .replace("\n    - /tmp\n", &format!("\n    - /tmp\n{NEVER_RUN}"));
    let command = serde_json::to_string(command).unwrap();
    let _ = write!(
        playbook,
        "\nchecks: [{{ name: sabotage, before: enforce, command: {command} }}]\n"
    );
    playbook
}
