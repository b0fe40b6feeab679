use crate::{
    guest::Guest,
    imaform::{apply, imaform},
};

/// Debian 11's own kernel is built without IMA: the host is left as it is, and what is missing is said.
#[test]
fn bullseye() {
    let guest = Guest::of_suite("bullseye", "matrix-bullseye");
    let inventory = guest.inventory("debian.yml");
    let before = guest.snapshot();
    assert!(!before.contains("imaform"), "{before}");
    let missing = [
        "has no IMA: /sys/kernel/security/ima is not there",
        "CONFIG_IMA is n, required y",
        "CONFIG_IMA_APPRAISE is n, required y",
        "CONFIG_IMA_APPRAISE_BOOTPARAM is n, required y",
    ];
    imaform("plan", &inventory, &["--detailed-exitcode"])
        .expect(4, &missing)
        .expect(4, &["0 to change", "1 refused"]);
    apply(&inventory).expect(4, &missing).expect(4, &["0 steps done"]);
    assert_eq!(guest.snapshot(), before);
    imaform("status", &inventory, &[]).expect(0, &[&kernel(&guest)]);
}

fn kernel(guest: &Guest) -> String {
    guest.ssh("uname -r").trim().to_owned()
}
