use super::snapshot::Snapshot;
use crate::{
    guest::{Guest, repository},
    imaform::imaform,
};
use serde_json::Value;
use std::{collections::BTreeSet, path::Path};

/// What changes on a host that boots and is logged in to, whoever does it; and what imaform keeps for itself. A plan names none
/// of it.
const ALWAYS: &[&str] = &[
    "/var/log/",
    "/var/cache/",
    "/var/tmp/",
    "/tmp/",
    "/var/lib/systemd/",
    "/var/lib/dhcp/",
    "/var/lib/logrotate/",
    "/var/lib/private/",
    "/var/lib/apt/",
    "/var/lib/imaform",
    // GRUB and imaform write the block that decides the next boot.
    "/boot/grub/imaform.env",
    "/boot/grub/grubenv",
    "/boot/grub/grub.cfg.earlier",
    "/etc/.pwd.lock",
    "/etc/resolv.conf",
];

/// What a step changes beside the file that it shows.
fn explained(id: &str, path: &str, installed: &BTreeSet<String>) -> bool {
    let any = |begins: &[&str]| begins.iter().any(|begin| path.starts_with(begin));
    match id.split('/').next().unwrap_or_default() {
        "packages" => {
            installed.contains(path)
                || any(&[
                    "/var/lib/dpkg",
                    "/etc/ld.so.cache",
                    "/etc/systemd/system/",
                    "/etc/rc",
                    "/var/lib/ucf",
                    "/etc/audit",
                    "/usr/share/man",
                ])
        }
        "grub" => any(&["/boot/grub/"]),
        "audit" => any(&["/etc/audit/audit.rules"]),
        "services" => any(&["/etc/systemd/system/"]),
        // The directory of imaform's own files.
        "boot" | "labels" => path == "/usr/lib/imaform",
        "policy" => path == "/etc/ima",
        _ => false,
    }
}

/// What the mode of a boot, and a trial, add to the command line.
const PASSING_WORDS: [&str; 6] = [
    "ima_appraise=",
    "panic=",
    "imaform.",
    "init=",
    "systemd.watchdog_sec=",
    "BOOT_IMAGE=",
];

/// A state that a host begins in.
struct State {
    name: &'static str,
    /// What is done to the host to bring it there.
    prepare: fn(&Guest),
    /// What is added to the playbook.
    adds: &'static str,
    /// What of the playbook is replaced.
    replaces: [&'static str; 2],
}

const PLAIN: State = State {
    name: "",
    prepare: |_| {},
    adds: "",
    replaces: ["", ""],
};

fn until(guest: &Guest, stage: &str) {
    let inventory = guest.inventory("debian.yml");
    imaform("apply", &inventory, &["--yes", "--until", stage]).expect(0, &[]);
}

/// From a stock host.
fn stock(name: &'static str, state: State) {
    let guest = Guest::stock(&format!("plan-{name}"));
    check(&guest, &State { name, ..state });
}

#[test]
fn a_stock_host() {
    stock("stock", PLAIN);
}

#[test]
fn a_prepared_host() {
    let prepare = |guest: &Guest| until(guest, "prepare");
    stock("prepared", State { prepare, ..PLAIN });
}

#[test]
fn a_host_in_fix_mode() {
    let prepare = |guest: &Guest| until(guest, "fix");
    stock("in-fix", State { prepare, ..PLAIN });
}

#[test]
fn a_labelled_host() {
    let prepare = |guest: &Guest| until(guest, "label");
    stock("labelled", State { prepare, ..PLAIN });
}

#[test]
fn a_host_with_files_and_services_by_hand() {
    let prepare = |guest: &Guest| {
        guest.ssh("apt-get -q update && apt-get -q -y install auditd && systemctl disable --now auditd && echo hello >/etc/motd && chmod 600 /etc/motd && mkdir -p /etc/ima && echo 'dont_measure' >/etc/ima/policy.by-hand");
    };
    let adds = "files: [{ path: /etc/motd, content: \"guarded\\n\" }]\nmounts: { /: { options: [iversion] } }\n";
    stock("by-hand", State { prepare, adds, ..PLAIN });
}

#[test]
fn a_host_with_a_command_line_by_hand() {
    let prepare = |guest: &Guest| {
        guest.ssh("echo 'GRUB_CMDLINE_LINUX=\"$GRUB_CMDLINE_LINUX ima_appraise=log ima_hash=sha1\"' >/etc/default/grub.d/50-site.cfg && update-grub");
    };
    stock("grub-by-hand", State { prepare, ..PLAIN });
}

#[test]
fn enforcing_hosts_that_go_on_running() {
    enforcing(
        "plans-drift",
        [
            State {
                name: "as-wanted",
                ..PLAIN
            },
            State {
                name: "audit-drift",
                prepare: |guest| {
                    guest.ssh("echo '-w /srv -p wa -k srv' >>/etc/audit/rules.d/ima.rules && systemctl kill auditd");
                },
                ..PLAIN
            },
            State {
                name: "package-gone",
                prepare: |guest| {
                    guest.ssh("apt-get -q -y remove audispd-plugins && setfattr -x security.ima /usr/bin/factor");
                },
                ..PLAIN
            },
        ],
    );
}

#[test]
fn enforcing_hosts_that_are_rebooted() {
    enforcing(
        "plans-reboot",
        [
            State {
                name: "rolled-back",
                prepare: |guest| {
                    let inventory = guest.inventory("debian.yml");
                    imaform("rollback", &inventory, &["--to", "fix", "--yes"]).expect(0, &[]);
                },
                ..PLAIN
            },
            State {
                name: "grub-drift",
                prepare: |guest| {
                    guest.ssh("sed -i 's/ ima_policy=appraise_tcb//' /etc/default/grub && update-grub");
                },
                ..PLAIN
            },
            State {
                name: "to-log",
                replaces: ["appraisal: enforce", "appraisal: log"],
                adds: "files: [{ path: /etc/motd, content: \"logged\\n\" }]\n",
                ..PLAIN
            },
        ],
    );
}

/// From hosts that imaform brought to enforce.
fn enforcing(name: &str, states: [State; 3]) {
    let base = Guest::stock(name);
    imaform("apply", &base.inventory("debian.yml"), &["--yes"]).expect(0, &[]);
    base.off();
    for state in states {
        let guest = base.copy(&format!("plan-{}", state.name));
        guest.on();
        check(&guest, &state);
    }
}

/// Plans, carries the plan out, and compares the host with what the plan said.
fn check(guest: &Guest, state: &State) {
    guest.until("the boot is over", "systemctl is-system-running --wait");
    (state.prepare)(guest);
    let inventory = inventory(guest, state);
    let path = guest.write("plan.json", "");
    imaform("plan", &inventory, &["--out", path.to_str().unwrap()]).expect(0, &[]);
    let plan: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    let before = Snapshot::of(guest);
    imaform("apply", &path, &[]).expect(0, &["1 host: 1 as wanted, 0 not"]);
    guest.until("the boot is over", "systemctl is-system-running --wait");
    let after = Snapshot::of(guest);
    compare(state, guest, &plan, &before, &after);
}

fn inventory(guest: &Guest, state: &State) -> std::path::PathBuf {
    let playbook = std::fs::read_to_string(repository().join("playbooks/debian.yml")).unwrap();
    let templates = repository().join("templates");
    let playbook = playbook.replace("../templates", templates.to_str().unwrap());
    let [from, to] = state.replaces;
    let playbook = guest.write("playbook.yml", &(playbook.replace(from, to) + state.adds));
    guest.write("inventory.yml", &guest.inventory_text(Path::new(&playbook)))
}

fn compare(state: &State, guest: &Guest, plan: &Value, before: &Snapshot, after: &Snapshot) {
    let name = state.name;
    let steps = plan["groups"][0]["plan"]["steps"].as_array().unwrap();
    let ids: Vec<&str> = steps.iter().map(|step| step["id"].as_str().unwrap()).collect();

    // Files are what the plan showed, byte for byte.
    let shown: Vec<(&str, &Value)> = steps
        .iter()
        .filter_map(|step| {
            let file = step["change"].get("file")?;
            Some((file["path"].as_str()?, &file["after"]))
        })
        .collect();
    for (path, wanted) in &shown {
        let found = guest
            .ssh(&format!("cat -- {path}; echo ."))
            .trim_end_matches(".\n")
            .to_owned();
        assert_eq!(Some(found.as_str()), wanted.as_str(), "{name}: {path}");
    }

    // Packages and units are those that the plan named, and what they need.
    let installs: Vec<&str> = steps
        .iter()
        .filter(|step| step["id"] == "packages/install")
        .flat_map(|step| step["title"].as_str().unwrap().split(' ').skip(1))
        .collect();
    let packages = before.packages(after);
    for package in &packages {
        let named = installs.contains(&package.as_str());
        let needed = || {
            guest
                .ssh(&format!(
                    "apt-get -s remove {package} | grep -c -E '^Remv ({}) ' || true",
                    installs.join("|")
                ))
                .trim()
                != "0"
        };
        assert!(
            named || needed(),
            "{name}: package {package} came or went, and the plan names {installs:?}"
        );
    }
    let mut installed = BTreeSet::new();
    for path in packages
        .iter()
        .flat_map(|package| lines(guest, &format!("dpkg -L {package}")))
    {
        // Packages name /sbin and /lib as if they were directories.
        installed.insert(format!("/usr{path}"));
        installed.insert(path);
    }
    let units = steps
        .iter()
        .filter(|step| step["id"] == "services/enable")
        .flat_map(|step| step["title"].as_str().unwrap().split(' ').skip(3));
    let units: Vec<&str> = units.collect();
    for unit in before.units(after) {
        let named = units.iter().any(|named| unit == format!("{named}.service"));
        let passing = [
            "apt-daily",
            "man-db",
            "user@",
            "systemd-tmpfiles",
            "logrotate",
            "dpkg-db",
        ]
        .iter()
        .any(|begin| unit.starts_with(begin));
        let of_package = installed.iter().any(|path| path.ends_with(&format!("/{unit}")));
        assert!(
            named || passing || of_package,
            "{name}: unit {unit} came or went, and the plan names {units:?}"
        );
    }

    // The command line is what the last reboot of the plan says, or as it was.
    let ours = |word: &&str| !PASSING_WORDS.iter().any(|begin| word.starts_with(begin));
    let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<BTreeSet<_>>();
    let reboots = steps.iter().filter(|step| step["reboot"] == true);
    let line = reboots
        .filter_map(|step| step["change"]["lines"][0].as_str())
        .next_back();
    let said = line
        .map(|line| words(line.trim_start_matches("kernel command line: ")))
        .unwrap_or_default();
    let grub: String = shown
        .iter()
        .filter(|(path, _)| path.starts_with("/etc/default/grub"))
        .filter_map(|(_, after)| after.as_str())
        .collect();
    for word in &said {
        assert!(after.cmdline.contains(word), "{name}: {word} in {:?}", after.cmdline);
    }
    let [was, is] = [before, after].map(|snapshot| {
        snapshot
            .cmdline
            .iter()
            .map(String::as_str)
            .filter(ours)
            .collect::<BTreeSet<_>>()
    });
    let came: Vec<&&str> = is
        .difference(&was)
        .filter(|word| !said.contains(**word) && !grub.contains(**word))
        .collect();
    let went: Vec<&&str> = was
        .difference(&is)
        .filter(|word| grub.is_empty() || grub.contains(**word))
        .collect();
    assert!(
        came.is_empty() && went.is_empty(),
        "{name}: came {came:?}, went {went:?}; the plan says {said:?}"
    );
    let wanted = plan["groups"][0]["plan"]["way"]["wanted"].as_str().unwrap();
    assert_eq!(guest.mode(), wanted, "{name}");

    // Nothing else has changed.
    let unexplained: Vec<String> = before
        .changed(after)
        .into_iter()
        .filter(|path| {
            let of_file = shown.iter().any(|(shown, _)| {
                path == shown
                    || shown
                        .strip_prefix(path.as_str())
                        .is_some_and(|rest| rest.starts_with('/'))
            });
            let of_title = steps
                .iter()
                .any(|step| step["title"].as_str().unwrap().split(' ').any(|word| word == path));
            let always = ALWAYS.iter().any(|begin| path.starts_with(begin));
            !of_file && !of_title && !always && !ids.iter().any(|id| explained(id, path, &installed))
        })
        .collect();
    assert!(
        unexplained.is_empty(),
        "{name}: changed, and not named by the plan: {unexplained:#?}\nsteps: {ids:?}"
    );
}

fn lines(guest: &Guest, command: &str) -> Vec<String> {
    guest.ssh(command).lines().map(str::to_owned).collect()
}
