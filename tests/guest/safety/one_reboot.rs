use crate::{
    guest::{Guest, repository},
    imaform::{apply, imaform},
    life_under_enforce::newer_hello,
};
use serde_json::Value;
use std::{fs, path::Path};

/// Our own playbook, with labels that imaform sets in the running boot.
fn inventory(guest: &Guest) -> std::path::PathBuf {
    let text = fs::read_to_string(repository().join("playbooks/debian.yml")).unwrap();
    let templates = format!("{}/templates", repository().display());
    let text = text
        .replace("../templates", &templates)
        .replace("\nlabels:\n", "\nlabels:\n  method: setxattr\n");
    guest.inventory_with(&text)
}

#[test]
fn one_reboot() {
    let guest = Guest::stock("once");
    let inventory = inventory(&guest);
    let stock = guest.boot_id();
    apply(&inventory).expect(
        0,
        &[
            "from userspace (setxattr)",
            "signatures left alone",
            "enforcing",
            ", 1 reboot",
        ],
    );
    assert_eq!(guest.mode(), "enforce");
    let boots = "journalctl --list-boots --no-pager | grep -c -e ID -v";
    assert_eq!(guest.ssh(boots), "2\n", "stock and the trial");
    assert_ne!(guest.boot_id(), stock);
    assert_eq!(denied(&guest), "", "but our own probe");
    imaform("status", &inventory, &["--labels"]).expect(0, &[]);

    unattended_upgrades_go_on(&guest);
    files_that_were_open_at_a_power_cut_are_named_and_mended(&guest, &inventory);
}

fn unattended_upgrades_go_on(guest: &Guest) {
    guest.ssh("apt-get -q update && apt-get -q -y install unattended-upgrades hello");
    guest.ssh(&newer_hello(99));
    guest.put(
        "/etc/apt/apt.conf.d/60lab",
        "Unattended-Upgrade::Origins-Pattern { \"origin=*\"; };\n",
    );
    guest.ssh("unattended-upgrade -v");
    assert_eq!(
        guest.ssh("dpkg-query -W -f '${Version}' hello && hello"),
        "99Hello, world!\n"
    );
    assert_eq!(denied(guest), "", "but our own probe");
}

/// What the kernel refused in this boot, apart from what proves that it does.
fn denied(guest: &Guest) -> String {
    guest.ssh(
        "{ cat /var/log/audit/audit.log; dmesg; journalctl -q -b --no-pager -o cat _TRANSPORT=audit; } 2>/dev/null | \
         grep -aE '(type=1800|INTEGRITY_DATA).* op=appraise_data ' | grep -v enforcement-probe || true",
    )
}

fn files_that_were_open_at_a_power_cut_are_named_and_mended(guest: &Guest, inventory: &Path) {
    guest.ssh("cp /bin/true /opt/agent && cp /bin/true /opt/appended && sync && /opt/agent");
    guest.ssh(
        "nohup sh -c 'exec 5<>/opt/agent 6>>/opt/appended; \
         while :; do date >&5; date >&6; sync -d /opt/agent /opt/appended; : >/run/written; done' >/dev/null 2>&1 </dev/null &",
    );
    guest.until("both are written", "test -e /run/written");
    guest.cut();
    guest.on();
    assert_eq!(
        guest.try_ssh("/opt/agent").code,
        Some(126),
        "its label is that of another content"
    );

    let stale = |code| {
        let ran = imaform("status", inventory, &["--labels", "--format", "json"]).expect(code, &[]);
        let status: Value = serde_json::from_str(&ran.stdout).unwrap();
        let files = status["hosts"][0]["label_audit"]["stale"].as_array().unwrap().clone();
        files
            .iter()
            .map(|file| file["path"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let named = stale(5);
    assert!(
        named.contains(&"/opt/agent".to_owned()) && named.contains(&"/opt/appended".to_owned()),
        "{named:?}"
    );

    let boot = guest.boot_id();
    imaform(
        "labels",
        Path::new("mend"),
        &[inventory.to_str().unwrap(), "/opt/agent", "--yes"],
    )
    .expect(0, &["bless 1 file", "/opt/agent: stale"]);
    assert!(!stale(5).contains(&"/opt/agent".to_owned()));
    imaform("labels", Path::new("mend"), &[inventory.to_str().unwrap(), "--yes"]).expect(0, &["/opt/appended: stale"]);
    assert_eq!(stale(0), [""; 0]);
    assert_eq!(guest.boot_id(), boot);
    assert_ne!(guest.try_ssh("/opt/agent").code, Some(126), "the kernel takes it");
}
