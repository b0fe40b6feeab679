use crate::{guest::Guest, imaform::imaform};
use serde_json::{Value, json};
use std::path::Path;

/// The kernel's own rule, by which root's reads are appraised too: `appraise fowner=0`.
const BUILT_IN_RULE: &str = r#"
name: the built-in rule
boot: { cmdline: { ima_policy: [appraise_tcb], lsm: +integrity } }
apt: { sandbox_user: root }
labels:
  filesystem: ext4
  owner: root
  exclude: [/tmp, /var/tmp]
appraisal: enforce
"#;

#[test]
fn the_kernel_has_a_say() {
    let guest = Guest::stock("audit");
    let inventory = guest.inventory_with(BUILT_IN_RULE);
    // Logs and GRUB's blocks are stale under this rule as they always are.
    let accept = ["--accept", "held:*", "--accept", "grub:*"];
    let until = |stage| [["--yes", "--until", stage].as_slice(), &accept].concat();
    imaform("apply", &inventory, &until("label")).expect(0, &[]);
    assert_eq!(guest.mode(), "fix");

    // Reading is what repairs a label there, so nobody would hear of it afterwards.
    plant(&guest);
    let found = audit(&inventory, 5);
    assert_eq!(planted(&found, "stale"), json!([]), "{found:#}");
    assert_eq!(
        planted(&found, "settled"),
        json!([{ "path": "/opt/audit/stale" }]),
        "{found:#}"
    );
    assert_eq!(
        planted(&found, "unlabelled"),
        json!([{ "path": "/opt/audit/-n\n" }]),
        "{found:#}"
    );

    imaform("apply", &inventory, &until("verify")).expect(0, &["enforcing", "1 host: 1 as wanted, 0 not"]);
    plant(&guest);
    assert_ne!(
        guest.try_ssh("cat /opt/audit/stale").code,
        Some(0),
        "the kernel refuses"
    );
    let refused = json!([{ "path": "/opt/audit/stale", "reason": "the kernel refuses it to root (EACCES)" }]);
    let found = audit(&inventory, 5);
    assert_eq!(planted(&found, "stale"), refused, "{found:#}");
    assert_eq!(
        planted(&found, "unlabelled"),
        json!([{ "path": "/opt/audit/-n\n" }]),
        "{found:#}"
    );
    let words = ["without a label", "        $'/opt/audit/-n\\n'\n", "(EACCES)"];
    eprintln!(
        "{}",
        imaform("status", &inventory, &["--labels"]).expect(5, &words).stdout
    );
}

/// On a host that enforces and lets root read: all labels hold, then two that were made wrong and one of a file that is
/// being written are told apart.
pub fn what_is_planted_is_named_and_nothing_else(guest: &Guest, inventory: &Path) {
    let found = audit(inventory, 0);
    assert!(found["in_scope"].as_u64() > Some(5000), "{found:#}");
    for kind in ["stale", "unlabelled", "invalid", "unreadable"] {
        assert_eq!(found[kind], json!([]), "{found:#}");
    }
    plant(guest);
    guest.ssh("cp /bin/sleep /opt/audit/log && setfattr -n security.ima -v 0x01 /opt/audit/log");
    guest.ssh("nohup sh -c 'exec 9>>/opt/audit/held; setfattr -n security.ima -v 0x0404$(printf %064d 1) /opt/audit/held; exec sleep 3600' >/dev/null 2>&1 </dev/null & echo $! >/run/holder");
    guest.until(
        "the label",
        "getfattr -n security.ima -e hex /opt/audit/held | grep 0x0404000",
    );
    let found = audit(inventory, 5);
    assert_eq!(found["stale"], json!([{ "path": "/opt/audit/stale" }]));
    assert_eq!(found["unlabelled"], json!([{ "path": "/opt/audit/-n\n" }]));
    assert_eq!(found["invalid"][0]["path"], json!("/opt/audit/log"));
    let held = found["being_written"].as_array().unwrap().iter();
    let held = held.filter(|file| file["path"] == json!("/opt/audit/held"));
    let held: Vec<_> = held.map(|file| file["held_by"]["command"].clone()).collect();
    assert_eq!(held, [json!("sleep")], "{found:#}");
    guest.ssh("kill $(cat /run/holder) && rm -r /opt/audit /run/holder");
}

/// A file with a wrong label, and one without.
fn plant(guest: &Guest) {
    guest.ssh("mkdir -p /opt/audit && cd /opt/audit && rm -f stale && date >stale && date >$'./-n\\n'");
    guest.ssh("cd /opt/audit && setfattr -n security.ima -v 0x0404$(printf %064d 1) stale");
    guest.ssh("cd /opt/audit && setfattr -x security.ima $'./-n\\n' || ! getfattr -n security.ima $'./-n\\n'");
}

fn audit(inventory: &Path, code: i32) -> Value {
    let ran = imaform("status", inventory, &["--labels", "--format", "json"]).expect(code, &[]);
    let status: Value = serde_json::from_str(&ran.stdout).unwrap();
    status["hosts"][0]["label_audit"].clone()
}

/// Logs and databases of the guest are stale under this rule as they always are.
fn planted(found: &Value, kind: &str) -> Value {
    let files = found[kind].as_array().unwrap().iter();
    let ours = files.filter(|file| file["path"].as_str().unwrap().starts_with("/opt/audit/"));
    ours.cloned().collect()
}
