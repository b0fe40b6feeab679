//! Tests run in the order of their names, two at a time: this one takes longest, so it is the first.

use crate::{
    guest::Guest,
    imaform::{apply, imaform},
    labels_audit::what_is_planted_is_named_and_nothing_else,
    life_under_enforce::everything_works_and_nothing_is_denied,
};
use imaform::config::Site;
use std::{fmt::Write as _, path::Path};

/// Names that a careless script takes for several files, for an option, or for no text at all.
const ODD_NAMES: [&str; 5] = [
    r"$'/opt/odd/a b'",
    r"$'/opt/odd/new\nline'",
    r"$'/opt/odd/not\xffutf8\xfe'",
    r"$'/opt/odd/-n'",
    r#"$'/opt/odd/quote\'s "$(touch x)" `id` \\'"#,
];

#[test]
fn stock_to_enforce_and_back() {
    let guest = Guest::stock("enforce");
    let inventory = guest.inventory("debian.yml");
    guest.ssh(&format!(
        "mkdir /opt/odd; for name in {}; do date >\"$name\"; done",
        ODD_NAMES.join(" ")
    ));

    planning_changes_nothing(&guest, &inventory);

    apply(&inventory).expect(
        0,
        &["every template hash right", "enforcing", "1 host: 1 as wanted, 0 not"],
    );
    imaform("attest", &inventory, &[]).expect(0, &["VERIFIED", "every template hash right"]);
    assert_eq!(guest.mode(), "enforce");
    assert_eq!(unlabelled(&guest, &inventory), "");
    odd_names_are_labelled(&guest);

    a_second_apply_finds_nothing_to_do(&guest, &inventory);
    what_is_planted_is_named_and_nothing_else(&guest, &inventory);
    tampering_is_refused(&guest);
    lost_labels_are_set_again(&guest, &inventory);
    everything_works_and_nothing_is_denied(&guest, &inventory);

    guest.cut();
    guest.on();
    assert_eq!(guest.mode(), "enforce", "after a power cut: the trial was confirmed");
    tampering_is_refused(&guest);
    a_second_apply_finds_nothing_to_do(&guest, &inventory);

    imaform("rollback", &inventory, &["--to", "fix", "--yes"]).expect(0, &["in fix mode"]);
    assert_eq!(guest.mode(), "fix");
    let boot = guest.boot_id();
    imaform("rollback", &inventory, &["--to", "fix", "--yes"]).expect(0, &["nothing to do", "0 steps done"]);
    assert_eq!(guest.boot_id(), boot);
    assert_eq!(guest.ssh("ls -d /x /root/x /opt/odd/x 2>/dev/null || true"), "");
}

fn planning_changes_nothing(guest: &Guest, inventory: &Path) {
    let before = guest.snapshot();
    imaform("plan", inventory, &["--detailed-exitcode"]).expect(
        2,
        &[
            "write grub.cfg (update-grub)",
            "reboot with ima_appraise=enforce",
            "Plan: 1 host: 1 to change",
        ],
    );
    assert_eq!(guest.snapshot(), before);
    assert!(!before.contains("imaform"), "{before}");
}

pub fn a_second_apply_finds_nothing_to_do(guest: &Guest, inventory: &Path) {
    let boot = guest.boot_id();
    apply(inventory).expect(0, &["nothing to do", "up to date, enforcing", "0 steps done"]);
    imaform("plan", inventory, &["--detailed-exitcode"]).expect(0, &["1 up to date"]);
    assert_eq!(guest.boot_id(), boot);
}

/// The files of the playbook's scope without a label, found by other means than imaform's.
fn unlabelled(guest: &Guest, inventory: &Path) -> String {
    let site = Site::load(inventory).unwrap();
    let scope = site.targets[0].desired.labels.clone().unwrap();
    let mut find = "find / -xdev".to_owned();
    for path in &scope.exclude {
        let _ = write!(find, " -path '{path}' -prune -o");
    }
    guest.ssh(&format!(
        "{find} -type f -uid 0 -print0 | xargs -0 getfattr -h --absolute-names -n security.ima -- 2>&1 >/dev/null || true"
    ))
}

fn odd_names_are_labelled(guest: &Guest) {
    for name in ODD_NAMES {
        let sum = guest.ssh(&format!("sha256sum <{name}"));
        let label = guest.ssh(&format!(
            "getfattr --absolute-names --only-values -n security.ima -- {name} | od -An -tx1 -v"
        ));
        let label: String = label.split_whitespace().collect();
        assert_eq!(label, format!("0404{}", &sum[..64]), "{name}");
    }
}

pub fn tampering_is_refused(guest: &Guest) {
    let program = format!("/opt/program-{}", guest.boot_id());
    let record = |cause: &str| format!("grep -a 'INTEGRITY_DATA.*cause={cause}.*{program}' /var/log/audit/audit.log");
    guest.ssh(&format!("cp /bin/true {program} && {program}"));

    guest.ssh(&format!("setfattr -x security.ima {program}"));
    assert_eq!(guest.try_ssh(&program).code, Some(126));
    guest.until("a record of the missing label", &record("missing-hash"));

    let wrong = "0".repeat(64);
    guest.ssh(&format!("setfattr -n security.ima -v 0x0404{wrong} {program}"));
    assert_eq!(guest.try_ssh(&program).code, Some(126));
    guest.until("a record of the wrong label", &record("invalid-hash"));
    guest.ssh(&format!("rm {program}"));
}

fn lost_labels_are_set_again(guest: &Guest, inventory: &Path) {
    let boot = guest.boot_id();
    guest.ssh(&format!("setfattr -x security.ima -- {}", ODD_NAMES.join(" ")));
    apply(inventory).expect(0, &["label 5 files from userspace", "enforcing: 3 steps, 0 reboots"]);
    odd_names_are_labelled(guest);
    assert_eq!(guest.boot_id(), boot);
}
