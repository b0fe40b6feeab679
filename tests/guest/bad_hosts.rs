use crate::{
    guest::{Guest, repository},
    imaform::{Ran, imaform},
};
use imaform::config::Site;
use serde_json::{Value, json};
use std::{fs, path::Path};

/// A host on which everything is wrong, one thing at a time. Each is said, and leaves nothing half done.
#[test]
fn bad_hosts() {
    let guest = Guest::stock("bad");
    nobody_answers(&guest);
    another_host_answers(&guest);
    sudo_wants_a_password(&guest);
    nothing_writes_the_boot_menu(&guest);
    grub_defaults_that_only_a_shell_understands(&guest);
    grub_defaults_that_look_odd(&guest);
    hostile_text_arrives_as_it_is(&guest);
    a_file_system_is_read_only(&guest);
    a_file_system_is_full(&guest);
    hostile_paths_are_left_out_of_the_labels(&guest);

    let made = guest
        .ssh("find / -xdev '(' -name 'hostile-*' -o -name '.imaform.*' ')'; ls /tmp/hostile-* 2>/dev/null || true");
    assert_eq!(made, "", "text was taken for a command, or a temporary file is left");
}

fn nobody_answers(guest: &Guest) {
    let text = stock_inventory(guest);
    let port = text.split("port: ").nth(1).unwrap().split(' ').next().unwrap();
    let inventory = guest.write("inventory.yml", &text.replace(&format!("port: {port}"), "port: 1"));
    for command in ["plan", "status"] {
        imaform(command, &inventory, &[]).expect(3, &["cannot connect", "refused"]);
    }
    apply(&inventory).expect(3, &["cannot connect", "0 steps done"]);
}

fn another_host_answers(guest: &Guest) {
    let text = stock_inventory(guest);
    let known = after(&text, "known_hosts: ");
    let other = fs::read_to_string(Path::new(&after(&text, "identity_file: ")).with_extension("pub")).unwrap();
    let right = fs::read_to_string(&known).unwrap();
    for wrong in [
        right
            .lines()
            .map(|line| format!("{} {other}", line.split(' ').next().unwrap()))
            .collect(),
        String::new(),
    ] {
        let file = guest.write("known_hosts", &wrong);
        let inventory = guest.write("inventory.yml", &text.replace(&known, file.to_str().unwrap()));
        imaform("plan", &inventory, &[]).expect(
            3,
            &["the host key is not trusted", "imaform never accepts a key by itself"],
        );
        assert_eq!(fs::read_to_string(file).unwrap(), wrong);
    }
}

fn sudo_wants_a_password(guest: &Guest) {
    let text = stock_inventory(guest).replace("user: cisadmin", "user: pwadmin");
    let inventory = guest.write("inventory.yml", &text);
    imaform("plan", &inventory, &[]).expect(3, &["sudo refused", "NOPASSWD", "become_password"]);

    let inventory = guest.write("inventory.yml", &with_password(&text));
    guest.write("password", "lab-password\n");
    imaform("plan", &inventory, &[]).expect(0, &["1 to change"]);
    guest.write("password", "not the password\n");
    let ran =
        imaform("plan", &inventory, &[]).expect(3, &["sudo refused", "the password from `become_password` is wrong"]);
    assert!(
        !format!("{ran}").contains("not the password"),
        "the password is shown\n{ran}"
    );
}

fn nothing_writes_the_boot_menu(guest: &Guest) {
    let inventory = guest.inventory("debian.yml");
    let before = guest.ssh(BOOT_FILES);
    guest.ssh("mkdir /root/away && mv /usr/sbin/update-grub /usr/sbin/grub-mkconfig /root/away");
    for ran in [imaform("plan", &inventory, &[]), apply(&inventory)] {
        ran.expect(4, &["neither update-grub nor grub-mkconfig is there"]);
    }
    assert_eq!(guest.ssh(BOOT_FILES), before);
    guest.ssh("mv /root/away/* /usr/sbin && rmdir /root/away");
}

const BOOT_FILES: &str = "find /etc/default /etc/grub.d /boot /etc/apt /etc/audit /var/lib/imaform -printf '%p %i %C@\\n' 2>/dev/null | sort";

fn grub_defaults_that_only_a_shell_understands(guest: &Guest) {
    let inventory = guest.inventory("debian.yml");
    guest.ssh("cp -p /etc/default/grub /root/grub");
    for (add, line, why) in [
        ("GRUB_CMDLINE_LINUX+=\" quiet\"", 2, "+="),
        (
            "GRUB_CMDLINE_LINUX=\"$(touch /tmp/hostile-1)\"",
            2,
            "computed by the shell",
        ),
        ("if true; then\nGRUB_CMDLINE_LINUX=quiet\nfi", 3, "inside an if"),
        ("GRUB_CMDLINE_LINUX=\"quiet", 2, "never closed"),
    ] {
        guest.put("/etc/default/grub", &format!("# one line\n{add}\n"));
        let before = guest.ssh(BOOT_FILES);
        let place = format!("/etc/default/grub, line {line}: ");
        for ran in [imaform("plan", &inventory, &[]), apply(&inventory)] {
            ran.expect(4, &["refused", &place, why]);
        }
        assert_eq!(guest.ssh(BOOT_FILES), before);
    }
    // The host's own shell reads that file at each update-grub, and so does the look at the host.
    guest.ssh("rm -f /tmp/hostile-1; cp -p /root/grub /etc/default/grub");
}

fn grub_defaults_that_look_odd(guest: &Guest) {
    let inventory = guest.inventory_with("name: Boot\nboot: { cmdline: { ima_policy: [tcb] } }\nappraisal: log\n");
    let mode = "ima_appraise=${imaform_boot}";
    for (text, effective) in [
        (
            "GRUB_CMDLINE_LINUX='console=ttyS0 \"a b\" quiet'  # it's \"odd\n",
            format!("console=ttyS0 \"a b\" quiet ima_policy=tcb {mode}"),
        ),
        ("# The line is not here.", format!("ima_policy=tcb {mode}")),
    ] {
        guest.put("/etc/default/grub", text);
        imaform("apply", &inventory, &["--yes", "--until", "prepare"])
            .expect(0, &["0 as wanted, 1 stopped as asked, 0 not"]);
        let read = guest.ssh(". /etc/default/grub; printf %s \"$GRUB_CMDLINE_LINUX\"");
        let words = |text: &str| {
            let mut words: Vec<String> = text.split(' ').map(str::to_owned).collect();
            words.sort();
            words
        };
        assert_eq!(words(&read), words(&effective));
        let written = guest.ssh("cat /etc/default/grub");
        assert!(
            written.contains(text.split("  ").last().unwrap().trim_end()),
            "the comment stays: {written}"
        );
        guest.ssh("grep -q 'ima_policy=tcb ima_appraise=${imaform_boot}' /boot/grub/grub.cfg");
    }
    guest.ssh("cp -p /root/grub /etc/default/grub");
}

/// What shells, printf, echo, sudo and imaform's own protocol could take for something else.
const HOSTILE: &str = "$(touch /tmp/hostile-2) `touch /tmp/hostile-3` \"$(touch /tmp/hostile-4)\"\n\
    '; touch /tmp/hostile-5; ' \" ' \\ \\n \\\\ \\x41 %s %d %% %n -n -e\n\
    %%imaform data\n%%imaform evidence forged\n%%imaform ready\nlab-password\n\
    \t  blanks  \t\r\n\n\nEOF\n. * ? [a-z] ~ ~root $HOME ${HOME} $$ $0 !! #\n\u{e9}\u{1f980}\u{a0}\n\n";

fn hostile_text_arrives_as_it_is(guest: &Guest) {
    let path = "/opt/it's \"q\" $(touch hostile-6) `touch hostile-7` ; %s \\n * -e/a file";
    let playbook = files(&[(path, HOSTILE), ("/opt/-n", "-n\n"), ("/opt/empty", "")]);
    // Behind a password, which travels on the same standard input.
    let text = stock_inventory(guest).replace("user: cisadmin", "user: pwadmin");
    let own = guest.write("playbook.yml", &playbook);
    let text = text.replace(&after(&text, "playbook: "), own.to_str().unwrap());
    let inventory = guest.write("inventory.yml", &with_password(&text));
    guest.write("password", "lab-password\n");

    imaform("apply", &inventory, &["--yes", "--until", "prepare"])
        .expect(0, &["0 as wanted, 1 stopped as asked, 0 not"]);
    for file in &Site::load(&inventory).unwrap().targets[0].desired.files {
        let sum = guest.ssh(&format!("sha256sum < {}", quoted(&file.path)));
        let wanted = imaform::resource::sha256_hex(&file.content);
        assert_eq!(&sum[..64], wanted, "{}", file.path);
        if file.path == path {
            assert_eq!(file.content, HOSTILE);
        }
    }
    let plan = imaform("plan", &inventory, &[]).expect(0, &[]);
    let (no_change, others): (Vec<&str>, Vec<&str>) =
        plan.stdout.lines().partition(|line| line.starts_with("  no change: "));
    assert!(no_change.iter().all(|line| line.contains("/opt/empty")), "{plan}");
    assert!(
        !others.iter().any(|line| line.contains("/opt")),
        "the files are as wanted\n{plan}"
    );
}

fn a_file_system_is_read_only(guest: &Guest) {
    guest
        .ssh("mkdir -p /mnt/ro && mount -t tmpfs none /mnt/ro && echo old >/mnt/ro/old && mount -o remount,ro /mnt/ro");
    for path in ["/mnt/ro/new", "/mnt/ro/old"] {
        let inventory = guest.inventory_with(&files(&[(path, "new\n")]));
        apply(&inventory).expect(1, &[path, "Read-only file system", "FAILED"]);
    }
    assert_eq!(guest.ssh("ls -A /mnt/ro; cat /mnt/ro/old"), "old\nold\n");
    guest.ssh("umount /mnt/ro");
}

fn a_file_system_is_full(guest: &Guest) {
    guest.ssh("mkdir -p /mnt/full && mount -t tmpfs -o size=4k none /mnt/full && echo old >/mnt/full/old");
    for path in ["/mnt/full/new", "/mnt/full/old"] {
        let inventory = guest.inventory_with(&files(&[(path, &"0123456789\n".repeat(1000))]));
        apply(&inventory).expect(1, &[path, "No space left on device", "FAILED"]);
    }
    assert_eq!(guest.ssh("ls -A /mnt/full; cat /mnt/full/old"), "old\nold\n");
    guest.ssh("umount /mnt/full");
}

fn hostile_paths_are_left_out_of_the_labels(guest: &Guest) {
    let excluded = "/srv/it's \"q\" $(touch hostile-8) `touch hostile-9` ; %s";
    guest.ssh(&format!(
        "mkdir -p {0} /srv/it && touch {0}/left-out $'/srv/new\\nline' $'/srv/\\xff' '/srv/a b' /srv/it/in && apt-get -qq update && apt-get -qq install attr",
        quoted(excluded)
    ));
    let mut exclude: Vec<String> = guest.ssh("ls -d /*").lines().map(str::to_owned).collect();
    exclude.retain(|path| path != "/srv");
    exclude.push(excluded.to_owned());
    let playbook = json!({
        "name": "Labels",
        "boot": { "cmdline": { "ima_policy": ["appraise_tcb"] } },
        "labels": { "filesystem": "ext4", "owner": "root", "exclude": exclude },
        "appraisal": "fix",
    });
    let inventory = guest.inventory_with(&playbook.to_string());
    let ran = imaform("status", &inventory, &["--format", "json"]).expect(0, &[]);
    let status: Value = serde_json::from_str(&ran.stdout).unwrap();
    let labels = &status["hosts"][0]["labels"];
    assert_eq!(
        (labels["labelled"].as_u64(), labels["unlabelled"].as_u64()),
        (Some(0), Some(4)),
        "{status:#}"
    );
}

fn apply(inventory: &Path) -> Ran {
    imaform("apply", inventory, &["--yes"])
}

fn stock_inventory(guest: &Guest) -> String {
    guest.inventory_text(&repository().join("playbooks/debian.yml"))
}

fn with_password(inventory: &str) -> String {
    inventory.replace("become: sudo", "become: sudo\n  become_password: { file: password }")
}

/// The rest of the line after `key`.
fn after(text: &str, key: &str) -> String {
    text.split(key)
        .nth(1)
        .unwrap()
        .lines()
        .next()
        .unwrap()
        .trim()
        .to_owned()
}

/// A playbook of files alone. JSON is YAML, and quotes every text safely.
fn files(files: &[(&str, &str)]) -> String {
    let files: Vec<Value> = files
        .iter()
        .map(|(path, content)| json!({ "path": path, "content": content }))
        .collect();
    json!({ "name": "Files", "files": files, "appraisal": "log" }).to_string()
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}
