//! Three hosts, of which one is sabotaged.

use super::falls_back::sabotaged_playbook;
use crate::{
    guest::{Guest, lab},
    imaform::{Ran, imaform},
};

/// One by one, since the second one shows that the third is better left alone.
const RULES: &str = "    rollout: { canary: 1, batch: 2, max_unavailable: 1 }\n";

#[test]
fn a_host_that_falls_back_stops_the_rollout_and_the_others_are_as_planned() {
    let names = ["roll-1", "roll-2", "roll-3"];
    let stock = Guest::stock(names[0]);
    stock.off();
    let others = [stock.copy(names[1]), stock.copy(names[2])];
    let guests = [&stock, &others[0], &others[1]];
    for guest in guests {
        guest.on();
    }
    let sabotage = "setfattr -x security.ima \"$(readlink -f /usr/lib/x86_64-linux-gnu/libwrap.so.0)\"";
    guests[1].put("/etc/sabotage", sabotage);
    let playbook = stock.write(
        "playbook.yml",
        &sabotaged_playbook("[ ! -e /etc/sabotage ] || sh /etc/sabotage"),
    );
    let mut command = lab(&["inventory"]);
    command.args(guests.map(Guest::name)).arg("--playbook").arg(&playbook);
    let text = Ran::of(&mut command).expect(0, &[]).stdout;
    let inventory = stock.write(
        "inventory.yml",
        &text.replace("    hosts:", &format!("{RULES}    hosts:")),
    );

    let plan = imaform("plan", &inventory, &[]);
    plan.expect(
        0,
        &[
            "wave 1, canary (1 host): ",
            "wave 2 (2 hosts): ",
            "stops with the first host that fails",
        ],
    );
    let events = stock.write("events", "");
    let ran = imaform("apply", &inventory, &["--yes", "--events", events.to_str().unwrap()]);
    ran.expect(
        4,
        &[
            "denied: /usr/lib/x86_64-linux-gnu/libwrap.so.0",
            "(missing-hash, asked for by sshd)",
            "it fell back:",
            "and max_failures is 0; no further host begins",
            "not begun, appraises nothing",
            "3 hosts: 1 as wanted, 1 not begun, 1 not",
        ],
    );
    assert_eq!(guests.map(|guest| guest.mode()), ["enforce", "fix", "none"]);
    assert_eq!(guests.map(|guest| guest.locked_by()), [None, None, None]);

    // The cause is mended; whoever failed is tried again, and then the rest.
    guests[1].ssh("rm /etc/sabotage");
    imaform("apply", &inventory, &["--yes", "--limit", "@failed"]).expect(0, &["1 host: 1 as wanted"]);
    assert_eq!(guests.map(|guest| guest.mode()), ["enforce", "enforce", "none"]);
    imaform("apply", &inventory, &["--yes"]).expect(0, &["3 hosts: 3 as wanted, 0 not"]);
    assert_eq!(guests.map(|guest| guest.mode()), ["enforce"; 3]);
}
