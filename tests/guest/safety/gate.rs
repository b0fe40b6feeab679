use crate::{
    guest::Guest,
    imaform::{Ran, imaform},
};
use std::collections::BTreeSet;

/// Programs, libraries, modules and firmware are appraised, and reads of what belongs to one group: so that a test can
/// plant files whose reads are.
const PLAYBOOK: &str = "
name: reads are appraised where a group says so
boot: { cmdline: { ima_policy: [tcb, appraise_tcb], lsm: +integrity } }
apt: { sandbox_user: root }
packages: [auditd, audispd-plugins]
services: [auditd]
policy:
  rules:
    - dont_appraise fsmagic=0x9fa0
    - dont_appraise fsmagic=0x62656572
    - dont_appraise fsmagic=0x01021994
    - dont_appraise fsmagic=0x858458f6
    - dont_appraise fsmagic=0x63677270
    - appraise func=BPRM_CHECK fowner=0
    - appraise func=MMAP_CHECK mask=MAY_EXEC fowner=0
    - appraise func=MODULE_CHECK
    - appraise func=FIRMWARE_CHECK
    - appraise func=FILE_CHECK mask=MAY_READ fowner=0 fgroup=4242
    - hash func=FILE_CHECK fowner=0
labels:
  filesystem: ext4
  owner: root
  exclude: [/var/tmp, /var/cache, /var/spool, /var/log, /var/lib/docker, /var/lib/imaform]
appraisal: enforce
";

/// What `problems.sh` plants, `MODULES` being the directory of the kernel's modules.
const PLANTED: [&str; 22] = [
    "unlabelled:/var/cache/gate/tool",
    "unlabelled:/var/cache/gate/libgate.so",
    "unlabelled:/var/cache/gate/no-label",
    "unlabelled:/var/cache/gate/short.so",
    r"unlabelled:$'/var/cache/gate/odd\n name\377'",
    "unlabelled:/var/tmp/script-tool",
    "unlabelled:/srv/rw/tool",
    "unlabelled:/srv/rw/libgate.so.1",
    "unlabelled:MODULES/bare.ko",
    "unlabelled:/usr/lib/firmware/gate/bare.bin",
    "unlabelled:/usr/lib/firmware/gate/odd.bin",
    "stale:/srv/ro/tool",
    "stale:MODULES/stale.ko",
    "changed:MODULES/changed.ko",
    "denied:/mnt/layers/layer-tool",
    "overlay:/mnt/layers",
    "chown:/var/spool/gate/given",
    "apt:/var/cache/apt/archives/partial/hook",
    "held:/opt/held-tool",
    "held:/opt/libheld.so",
    "held:/opt/held-data",
    "grub:/boot/grub/grubenv",
];

/// Those that a boot does not change by itself and that a test can run into.
const TRIGGERED: [&str; 16] = [
    "unlabelled:/var/cache/gate/tool",
    "unlabelled:/var/cache/gate/libgate.so",
    "unlabelled:/var/cache/gate/no-label",
    "unlabelled:/var/cache/gate/short.so",
    r"unlabelled:$'/var/cache/gate/odd\n name\377'",
    "unlabelled:/var/tmp/script-tool",
    "unlabelled:/srv/rw/tool",
    "unlabelled:/srv/rw/libgate.so.1",
    "unlabelled:MODULES/bare.ko",
    "stale:/srv/ro/tool",
    "stale:MODULES/stale.ko",
    "changed:MODULES/changed.ko",
    "denied:/mnt/layers/layer-tool",
    "overlay:/mnt/layers",
    "chown:/var/spool/gate/given",
    "apt:/var/cache/apt/archives/partial/hook",
];

#[test]
fn the_gate_predicts() {
    let guest = Guest::stock("gate");
    let inventory = guest.inventory_with(PLAYBOOK);
    imaform("apply", &inventory, &["--yes", "--until", "label"]).expect(0, &["enforce would deny nothing"]);
    guest.put("/root/problems.sh", include_str!("problems.sh"));
    // So that the copy's first boot takes no policy, and files can still be labelled in it.
    guest.ssh("mv /etc/ima/ima-policy /root");
    guest.off();
    let accepting = guest.copy("gate-accepts");
    guest.on();
    guest.ssh("mv /root/ima-policy /etc/ima");

    every_problem_is_named(&guest);
    with_them_mended_nothing_is_denied(&guest);
    drop(guest);
    what_was_accepted_is_denied_and_nothing_else(&accepting);
}

fn every_problem_is_named(guest: &Guest) {
    let inventory = guest.inventory_with(PLAYBOOK);
    guest.ssh("sh /root/problems.sh plant && sh /root/problems.sh hold");
    let planted = of_kernel(guest, &PLANTED);
    let words: Vec<&str> = planted.iter().map(String::as_str).collect();
    imaform("plan", &inventory, &[]).expect(0, &words);
    let boot = guest.boot_id();
    let ran = imaform("apply", &inventory, &["--yes", "--accept", "held:/no/such"]).expect(4, &words);
    ran.expect(
        4,
        &[
            "the gate stays shut",
            "nothing was found that --accept held:/no/such names",
        ],
    );
    assert_eq!((guest.boot_id(), guest.mode()), (boot, "fix".to_owned()));
    assert_eq!(guest.ssh("ls /var/lib/imaform/accepted 2>/dev/null || true"), "");
}

fn with_them_mended_nothing_is_denied(guest: &Guest) {
    guest.ssh("sh /root/problems.sh mend");
    let inventory = guest.inventory_with(PLAYBOOK);
    imaform("apply", &inventory, &["--yes"]).expect(0, &["enforce would deny nothing", "1 host: 1 as wanted, 0 not"]);
    assert_eq!(guest.mode(), "enforce");
    assert_eq!(denied(guest), BTreeSet::new());
}

fn what_was_accepted_is_denied_and_nothing_else(guest: &Guest) {
    guest.on();
    let inventory = guest.inventory_with(PLAYBOOK);
    guest.ssh("sh /root/problems.sh plant && rm -r /usr/lib/firmware/gate");
    let predicted: BTreeSet<String> = of_kernel(guest, &TRIGGERED).into_iter().collect();
    let accept = |kind: &str| ["--accept".to_owned(), format!("{kind}:*")];
    let kinds = ["unlabelled", "stale", "changed", "denied", "overlay", "chown", "apt"];
    let accept: Vec<String> = kinds.into_iter().flat_map(accept).collect();
    let arguments: Vec<&str> = ["--yes"].into_iter().chain(accept.iter().map(String::as_str)).collect();
    let ran =
        imaform("apply", &inventory, &arguments).expect(0, &["16 findings accepted by", "1 host: 1 as wanted, 0 not"]);
    accepted_is_recorded(guest, &predicted, &ran);

    guest.ssh("sh /root/problems.sh mount && sh /root/problems.sh trigger");
    let last = "grep -a 'INTEGRITY_DATA.*gate/changed.ko' /var/log/audit/audit.log*";
    guest.until("a record of the last access", last);
    let subject = |finding: &String| finding.split_once(':').unwrap().1.to_owned();
    // Of the overlay it is a file on it that is denied.
    let files = predicted.iter().filter(|finding| !finding.starts_with("overlay:"));
    assert_eq!(denied(guest), files.map(subject).collect::<BTreeSet<_>>());
}

fn accepted_is_recorded(guest: &Guest, predicted: &BTreeSet<String>, ran: &Ran) {
    let record = guest.ssh("cat /var/lib/imaform/accepted");
    let found: BTreeSet<String> = record
        .lines()
        .map(|line| line.splitn(3, "  ").nth(2).unwrap().to_owned())
        .collect();
    assert_eq!(&found, predicted, "{ran}");
}

/// Files of which the kernel has said in this boot that it denied them, but for the proof of enforcement, as a shell reads
/// them. `op=collect_data` is no refusal: of a device that goes away, sysfs cannot be read any more.
fn denied(guest: &Guest) -> BTreeSet<String> {
    let boot: u64 = guest.ssh("sed -n 's/^btime //p' /proc/stat").trim().parse().unwrap();
    let records =
        guest.ssh("cat /var/log/audit/audit.log* | grep -a 'INTEGRITY_DATA.* op=appraise_data .*res=0' || true");
    let after = |record: &str, words: &str| record.split_once(words).unwrap().1.to_owned();
    let of_this_boot = |record: &&str| {
        let seconds = after(record, "audit(");
        seconds.split('.').next().unwrap().parse::<u64>().unwrap() >= boot
    };
    let name = |record: &str| {
        let name = after(record, " name=");
        match name.strip_prefix('"') {
            Some(plain) => plain.split('"').next().unwrap().to_owned(),
            // What is not plain text the kernel writes in hexadecimal; there is one such name.
            None => {
                let odd = "2F7661722F63616368652F676174652F6F64640A206E616D65FF";
                assert_eq!(name.split(' ').next(), Some(odd));
                r"$'/var/cache/gate/odd\n name\377'".to_owned()
            }
        }
    };
    let names = records.lines().filter(of_this_boot).map(name);
    names.filter(|name| !name.ends_with("/enforcement-probe")).collect()
}

fn of_kernel(guest: &Guest, findings: &[&str]) -> Vec<String> {
    let modules = format!("/usr/lib/modules/{}/gate", guest.ssh("uname -r").trim());
    findings
        .iter()
        .map(|finding| finding.replace("MODULES", &modules))
        .collect()
}
