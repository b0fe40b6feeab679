use crate::{
    guest::Guest,
    imaform::{apply, imaform},
};

/// What the guide for Ubuntu 20.04 does, done to Debian 12, with what imaform has to say about it.
#[test]
fn guide_playbook() {
    let guest = Guest::stock("guide");
    let inventory = guest.inventory("guide-ubuntu-20.04.yml");
    let warnings = [
        "it enables nothing",
        "rootflags=i_version changes nothing",
        "iversion changes nothing",
        "lsm=integrity: it replaces the whole list of security modules; this host loses",
        "apparmor",
        "replaces the built-in rules; it has no appraise rule, so loading it ENDS all appraisal",
    ];
    let plan = imaform("plan", &inventory, &["--detailed-exitcode"]).expect(2, &warnings);
    let modules = || guest.ssh("cat /sys/kernel/security/lsm");
    let before = modules();

    // The guide labels logs and GRUB's blocks, too, and its rules appraise root's reads of them.
    let shut = [
        "the gate stays shut",
        "held:",
        "/var/log/",
        "grub:/boot/grub/grubenv",
        "apt:APT::Sandbox::User",
    ];
    imaform("apply", &inventory, &["--yes"]).expect(4, &shut);
    let accept = ["--yes", "--accept", "held:*", "--accept", "grub:*", "--accept", "apt:*"];
    imaform("apply", &inventory, &accept).expect(
        0,
        &[
            "ima: policy update completed",
            "enforcing on the command line only: the loaded policy appraises nothing",
            "1 host: 1 as wanted, 0 not",
        ],
    );

    let cmdline = guest.ssh("cat /proc/cmdline");
    for token in [
        "rootflags=i_version",
        "dolvm",
        "lsm=integrity",
        "ima_policy=tcb",
        "ima_policy=appraise_tcb",
        "ima_appraise=enforce",
    ] {
        assert!(
            cmdline.split_whitespace().any(|word| word == token),
            "{token} in {cmdline}"
        );
    }
    guest.ssh("dmesg | grep 'ima: policy update completed'");
    assert_eq!(
        guest.ssh("cat /etc/ima/policy.conf"),
        "audit func=BPRM_CHECK mask=MAY_EXEC\n"
    );
    let after = modules();
    let lost: Vec<&str> = before
        .split(',')
        .filter(|name| after.split(',').all(|kept| kept != *name))
        .collect();
    plan.expect(2, &[&format!("this host loses {}. ", lost.join(", "))]);
    guest.ssh("findmnt --fstab --noheadings --output OPTIONS / | grep -w iversion && findmnt --verify");
    guest.ssh("grep -x 'CONFIG_IMA_WRITE_POLICY=y' /boot/config-$(uname -r) && grep -x 'CONFIG_IMA_READ_POLICY=y' /boot/config-$(uname -r)");

    let boot = guest.boot_id();
    apply(&inventory).expect(0, &["up to date", "0 steps done"]);
    assert_eq!(guest.boot_id(), boot);
}
