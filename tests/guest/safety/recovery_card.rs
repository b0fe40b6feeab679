use crate::{
    guest::Guest,
    imaform::{apply, imaform},
};

/// A person at the console of a host that nothing else reaches.
#[test]
fn the_card_typed_at_grub_is_a_rollback() {
    let guest = Guest::stock("card");
    let playbook = "name: Card\nboot: { cmdline: { ima_policy: [tcb] } }\nappraisal: log\n";
    let inventory = guest.inventory_with(playbook);
    apply(&inventory).expect(0, &["logs bad labels"]);
    // Time to press a key.
    guest.ssh("sed -i 's/^GRUB_TIMEOUT=.*/GRUB_TIMEOUT=20/' /etc/default/grub && update-grub");
    let card = imaform("rollback", &inventory, &["--to", "fix", "--card"])
        .expect(0, &[])
        .stdout;
    let lines = card.lines().filter_map(|line| line.strip_prefix("     "));
    let lines: Vec<&str> = lines.take_while(|line| !line.starts_with("imaform.fallback")).collect();
    assert_eq!(lines.len(), 5, "{card}");
    guest.off();

    guest.power();
    let mut console = guest.console();
    console.until("executed automatically in");
    console.keys("c");
    for line in lines {
        console.until("grub>");
        console.keys(line);
        // GRUB breaks long lines where its screen ends.
        console.until(&line[line.len() - 3..]);
        console.keys("\r");
    }
    console.until("executed automatically in");
    console.keys("\r");
    console.until("Loading Linux");
    drop(console);
    guest.until("the host is up", "true");
    assert_eq!(guest.mode(), "fix");
    guest.reboot();
    assert_eq!(guest.mode(), "fix", "and so is every later boot");
}
