use crate::{
    guest::Guest,
    imaform::{apply, apply_again},
};
use std::path::Path;

/// One journey, on which imaform is killed again and again and started again at once.
#[test]
fn killed_at_any_stage() {
    let guest = Guest::stock("killed");
    let inventory = guest.inventory("debian.yml");
    let before = guest.ssh("cat /etc/default/grub");

    kill_at(&guest, &inventory, &["prepare: create /etc/grub.d/01_imaform"]);
    kill_at(&guest, &inventory, &["prepare: change /etc/default/grub"]);
    kill_while(
        &guest,
        &inventory,
        "prepare: install ",
        "pgrep -x dpkg || dpkg --status auditd",
    );
    kill_while(
        &guest,
        &inventory,
        "prepare: write grub.cfg (update-grub)",
        "test -s /boot/grub/grub.cfg.imaform.new || grep -q imaform /boot/grub/grub.cfg",
    );
    kill_in_reboot(&guest, &inventory, "fix: reboot with ima_appraise=fix");
    assert_eq!(guest.mode(), "fix");

    // A fast host may be done before the first line of progress is due.
    kill_at(&guest, &inventory, &[" MiB", "the kernel opened"]);
    kill_at(&guest, &inventory, &["label: read the labels back"]);
    kill_at(&guest, &inventory, &[", the next one enforce"]);
    assert_eq!(guest.mode(), "fix");

    // The trial boot is left alone and loses its power before anybody confirms it.
    kill_in_reboot(&guest, &inventory, "enforce: reboot with ima_appraise=enforce");
    assert_eq!(guest.mode(), "enforce");
    guest.cut();
    guest.on();
    assert_eq!(guest.mode(), "fix", "an unconfirmed trial falls back by itself");

    kill_at(&guest, &inventory, &["enforce: prove enforcement"]);
    assert_eq!(guest.mode(), "enforce");

    let boot = guest.boot_id();
    apply(&inventory).expect(4, &["holds the lock of this host", "if it is gone: --take-over "]);
    apply_again(&guest, &inventory)
        .finish()
        .expect(0, &["enforcing", "1 host: 1 as wanted, 0 not"]);
    assert_eq!(
        guest.boot_id(),
        boot,
        "the trial boot that runs is proven and confirmed, not repeated"
    );
    apply(&inventory).expect(0, &["up to date, enforcing", "0 steps done"]);

    nothing_is_left_half_done(&guest, &before);
}

fn kill_at(guest: &Guest, inventory: &Path, words: &[&str]) {
    let mut running = apply_again(guest, inventory);
    running.until(words);
    running.kill();
}

/// Kills imaform once the host shows that it is in the middle of a step, or already past it.
fn kill_while(guest: &Guest, inventory: &Path, step: &str, at_work: &str) {
    let mut running = apply_again(guest, inventory);
    running.until(&[step]);
    guest.ssh(&format!("until {{ {at_work}; }} >/dev/null 2>&1; do sleep 0.1; done"));
    running.kill();
}

/// Kills imaform while it waits for the guest to come back, and waits in its place.
fn kill_in_reboot(guest: &Guest, inventory: &Path, step: &str) {
    let boot = guest.boot_id();
    let mut running = apply_again(guest, inventory);
    running.until(&[step]);
    guest.until_down(&boot);
    running.kill();
    guest.until_rebooted(&boot);
}

fn nothing_is_left_half_done(guest: &Guest, grub_before: &str) {
    let find = |what: &str| guest.ssh(&format!("find / -xdev {what}"));
    assert_eq!(find("-name '.imaform.*'"), "", "temporary files");
    assert_eq!(find("-name 'enforcement-probe*'"), "", "the proof's own file");
    assert_eq!(
        guest.ssh("ls /boot/grub/*.new /boot/grub/*.imaform 2>/dev/null || true"),
        ""
    );

    let effective = guest.ssh(". /etc/default/grub; echo \"$GRUB_CMDLINE_LINUX\"");
    for token in [
        "console=ttyS0,115200",
        "no_timer_check",
        "ima_policy=tcb",
        "ima_policy=appraise_tcb",
        "ima_appraise=${imaform_boot}",
    ] {
        let count = effective.split_whitespace().filter(|word| *word == token).count();
        assert_eq!(count, 1, "{token} in {effective}");
    }
    let line = |text: &str| {
        let lines = text.lines().filter(|line| !line.starts_with("GRUB_CMDLINE_LINUX="));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(
        line(&guest.ssh("cat /etc/default/grub")),
        line(grub_before),
        "the other lines"
    );

    guest.ssh("grub-script-check /boot/grub/grub.cfg && findmnt --verify && augenrules --check");
    assert_eq!(guest.ssh("grep -c 'imaform boot mode 3' /boot/grub/grub.cfg"), "1\n");
    assert_eq!(guest.ssh("dpkg --audit"), "");

    let kept = guest
        .ssh("cd /var/lib/imaform/earlier && find . -type f -printf '%P\\n' | sed 's/\\.[0-9]*T[0-9.]*Z$//' | sort");
    let mut files: Vec<&str> = kept.lines().collect();
    let count = files.len();
    files.dedup();
    assert_eq!(files.len(), count, "one earlier version of each file: {kept}");
    assert_eq!(
        guest.ssh("cat /var/lib/imaform/earlier/etc/default/grub.2*"),
        grub_before
    );
}
