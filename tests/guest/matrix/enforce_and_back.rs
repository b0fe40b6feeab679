use crate::{
    all_the_way::{a_second_apply_finds_nothing_to_do, tampering_is_refused},
    guest::Guest,
    imaform::{apply, imaform},
    life_under_enforce::denied,
};
use std::path::Path;

#[test]
fn bookworm() {
    there_and_back("bookworm");
}

#[test]
fn trixie() {
    there_and_back("trixie");
}

#[test]
fn sid() {
    there_and_back("sid");
}

/// The recommended playbook, from a stock host to enforce, a life there, and back.
fn there_and_back(suite: &str) {
    let guest = Guest::of_suite(suite, &format!("matrix-{suite}"));
    let inventory = guest.inventory("debian.yml");

    apply(&inventory).expect(
        0,
        &["every template hash right", "enforcing", "1 host: 1 as wanted, 0 not"],
    );
    a_life_under_enforce_and_back(&guest, &inventory);
}

/// A host that enforces is up to date, is maintained, rebooted and tampered with, and goes back.
pub fn a_life_under_enforce_and_back(guest: &Guest, inventory: &Path) {
    assert_eq!(guest.mode(), "enforce");
    a_second_apply_finds_nothing_to_do(guest, inventory);
    let enforcing = began(guest);

    imaform(
        "maintain",
        inventory,
        &["--yes", "--", "apt-get", "-q", "-y", "install", "hello"],
    )
    .expect(0, &["enforce would deny nothing", "1 host: 1 as wanted, 0 not"]);
    assert_eq!(guest.ssh("hello"), "Hello, world!\n");

    guest.reboot();
    assert_eq!(guest.mode(), "enforce", "the trial was confirmed");
    guest.ssh("systemctl is-system-running --wait");
    assert_eq!(denied(guest, &enforcing), "");
    tampering_is_refused(guest);

    back(guest, inventory, "fix", "in fix mode");
    back(guest, inventory, "off", "appraises nothing");
}

/// When the running boot began, in seconds since 1970.
fn began(guest: &Guest) -> String {
    guest.ssh("sed -n 's/^btime //p' /proc/stat").trim().to_owned()
}

fn back(guest: &Guest, inventory: &Path, mode: &str, said: &str) {
    imaform("rollback", inventory, &["--to", mode, "--yes"]).expect(0, &[said]);
    assert_eq!(guest.mode(), mode);
    guest.ssh("systemctl is-system-running --wait");
}
