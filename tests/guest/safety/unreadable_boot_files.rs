use crate::{guest::Guest, imaform::imaform};

/// Without the policy that the guide loads by hand, the built-in rules refuse root every file whose label does not fit: those
/// that `update-grub` needs, too.
#[test]
fn out_of_an_enforce_in_which_the_boot_files_cannot_be_read() {
    let guest = Guest::stock("unreadable");
    let inventory = guest.inventory("guide-ubuntu-20.04.yml");
    let accept = ["--yes", "--accept", "held:*", "--accept", "grub:*", "--accept", "apt:*"];
    imaform("apply", &inventory, &accept).expect(0, &["1 host: 1 as wanted, 0 not"]);
    guest.reboot();
    let wrong = "0".repeat(64);
    for file in ["/etc/default/grub", "/boot/grub/grub.cfg"] {
        guest.ssh(&format!("setfattr -n security.ima -v 0x0404{wrong} {file}"));
        assert_eq!(
            guest.try_ssh(&format!("cat {file}")).code,
            Some(1),
            "{file} can be read"
        );
    }
    imaform("rollback", &inventory, &["--to", "fix", "--yes"]).expect(0, &["in fix mode"]);
    assert_eq!(guest.mode(), "fix");
    guest.ssh("cat /etc/default/grub /boot/grub/grub.cfg");
}
