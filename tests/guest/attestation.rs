use crate::{
    guest::Guest,
    imaform::{Ran, apply, imaform},
};
use serde_json::Value;
use std::{fs, path::Path};

/// Measures what runs and what root reads, appraises nothing.
const PLAYBOOK: &str = "\
name: measure
boot: { cmdline: { ima_policy: [tcb] } }
appraisal: off
";

/// A program that is run in every boot.
const AGENT: &str = "/usr/local/sbin/agent";
const UNIT: &str = "\
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/local/sbin/agent
[Install]
WantedBy=multi-user.target
";

#[test]
fn a_program_that_was_replaced_while_the_power_was_off_is_named() {
    let guest = Guest::stock("attest");
    let inventory = guest.inventory_with(PLAYBOOK);
    guest.put("/etc/systemd/system/agent.service", UNIT);
    guest.ssh(&format!("cp /bin/true {AGENT} && systemctl enable agent.service"));
    apply(&inventory).expect(
        0,
        &["prove the measurement list", "every template hash right", "sha256:10"],
    );

    attest(&inventory, &[]).expect(0, &["VERIFIED", "not seen before", "no reference is kept"]);
    attest(&inventory, &["--update"]).expect(0, &["VERIFIED", "written"]);
    let reference = inventory
        .with_file_name("references")
        .join(format!("{}.json", guest.name()));
    let kept = fs::read_to_string(&reference).unwrap();
    assert!(kept.contains(AGENT), "{kept}");
    // Programs that run for the first time do not make a host differ.
    guest.ssh("perl -e 1; stat / >/dev/null");
    attest(&inventory, &[]).expect(0, &["VERIFIED", "as remembered", "new"]);

    let mut other = fs::read("/bin/true").unwrap();
    other.push(0);
    guest.replace_offline(AGENT, &other);
    guest.until("the agent has run", "systemctl is-active agent.service");
    attest(&inventory, &[]).expect(5, &["DIFFERS", "as remembered", AGENT, "attest --update"]);
    let found: Value = serde_json::from_str(&attest(&inventory, &["--format", "json"]).stdout).unwrap();
    let host = &found["hosts"][0];
    assert_eq!(
        (&host["verdict"], &host["evidence"]["verdict"]),
        (&"differs".into(), &"verified".into()),
        "{host:#}"
    );
    let changed = host["differences"]["changed"].as_array().unwrap().iter();
    let programs: Vec<&Value> = changed
        .filter(|change| change["path"].as_str().unwrap().starts_with("/usr"))
        .collect();
    assert!(matches!(programs[..], [only] if only["path"] == AGENT), "{programs:#?}");

    another_key_is_not_taken(&inventory, &reference, &kept);
    attest(&inventory, &["--update"]).expect(0, &[AGENT, "written"]);
    attest(&inventory, &[]).expect(0, &["VERIFIED"]);
    assert_eq!(guest.ssh("ls -d /var/lib/imaform/attest 2>/dev/null || true"), "");
}

/// As if another machine had answered when the reference was taken.
fn another_key_is_not_taken(inventory: &Path, reference: &Path, kept: &str) {
    let name = kept.split("\"name\": \"").nth(1).unwrap().split('"').next().unwrap();
    let other = format!("000b{}", "ab".repeat(32));
    fs::write(reference, kept.replace(name, &other)).unwrap();
    attest(inventory, &[]).expect(5, &["FAILED", "NOT THE ONE THAT IS REMEMBERED"]);
    fs::write(reference, kept).unwrap();
}

fn attest(inventory: &Path, arguments: &[&str]) -> Ran {
    imaform("attest", inventory, arguments)
}
