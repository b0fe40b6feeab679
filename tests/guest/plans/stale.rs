use crate::{
    guest::Guest,
    imaform::{Ran, imaform},
};
use std::{fs, path::PathBuf};

const PLAYBOOK: &str = "name: Greetings\nappraisal: off\nfiles: [{ path: /etc/motd, template: motd.j2 }]\n";

/// A host, its inventory, and a plan of it.
struct Bench {
    guest: Guest,
    inventory: PathBuf,
    plan: PathBuf,
}

impl Bench {
    fn plan(&self) {
        imaform(
            "plan",
            &self.inventory,
            &["--out", self.plan.to_str().unwrap(), "--detailed-exitcode"],
        )
        .expect(2, &[]);
    }

    /// The plan is made, something moves, and the plan is refused with these words.
    fn stale(&self, what: &str, says: &str) {
        let boot = self.guest.boot_id();
        imaform("apply", &self.plan, &[]).expect(1, &["is no longer what would be done; nothing was changed", says]);
        assert_eq!(self.guest.boot_id(), boot, "{what}");
        assert_eq!(self.guest.locked_by(), None, "{what}");
    }

    /// Changes a file of this machine for a moment.
    fn with(&self, file: &str, from: &str, to: &str, says: &str) {
        let path = self.inventory.with_file_name(file);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{file}: {text}");
        fs::write(&path, text.replace(from, to)).unwrap();
        self.stale(file, says);
        fs::write(&path, text).unwrap();
    }

    /// Changes the host, and plans anew.
    fn after(&self, what: &str, says: &str, change: impl Fn(&Guest)) {
        change(&self.guest);
        self.stale(what, says);
        self.plan();
    }
}

#[test]
fn a_plan_is_refused_when_anything_has_moved_and_carried_out_when_nothing_has() {
    let guest = Guest::stock("stale");
    let inventory = guest.inventory_with(PLAYBOOK);
    guest.write("motd.j2", "Hello from {{ greeter }}\n");
    let text = fs::read_to_string(&inventory).unwrap();
    fs::write(
        &inventory,
        text.replace("defaults:\n", "defaults:\n  vars: { greeter: ops }\n"),
    )
    .unwrap();
    let plan = guest.write("plan.json", "");
    let bench = Bench { guest, inventory, plan };
    bench.plan();

    bench.with(
        "inventory.yml",
        "connect_timeout: 60s",
        "connect_timeout: 61s",
        "the inventory says otherwise how it is reached",
    );
    bench.with(
        "inventory.yml",
        "greeter: ops",
        "greeter: dev",
        "its variable greeter has changed",
    );
    bench.with(
        "playbook.yml",
        "path: /etc/motd",
        "path: /etc/issue",
        "what its playbook wants has changed: files//etc/issue",
    );
    bench.with(
        "motd.j2",
        "Hello",
        "Welcome",
        "what its playbook wants has changed: files//etc/motd",
    );
    bench.after("a file", "its file /etc/motd has changed", |guest| {
        drop(guest.ssh("echo by hand >/etc/motd"))
    });
    bench.after("a kernel", "its boot menu (grub.cfg) has changed", |guest| {
        let other = "apt-cache search --names-only '^linux-image-[0-9.]*-[0-9]*-cloud-amd64$' | cut -d ' ' -f 1 | grep -v \"$(uname -r)\" | head -n 1";
        guest.ssh(&format!("apt-get -q update && apt-get -q -y install $({other})"));
    });
    bench.after("a reboot", "it was rebooted", Guest::reboot);
    bench.after("another apply", "has worked on it since", |_| {
        apply_of_another(&bench);
    });

    let ran = imaform("apply", &bench.plan, &[]);
    let ran = ran.expect(0, &["Greetings: now in stage", "1 host: 1 as wanted, 0 not"]);
    assert!(
        !ran.stdout.contains("Only 'yes'"),
        "a plan that was reviewed is not asked about"
    );
    assert_eq!(bench.guest.ssh("cat /etc/motd"), "Hello from ops\n");
    bench.stale("a second time", "has worked on it since");
}

/// Another playbook for the same host, applied by somebody else.
fn apply_of_another(bench: &Bench) -> Ran {
    let playbook = bench.guest.write(
        "other.yml",
        "name: Another\nappraisal: off\nfiles: [{ path: /etc/other, content: \"x\\n\" }]\n",
    );
    let other = bench
        .guest
        .write("other-inventory.yml", &bench.guest.inventory_text(&playbook));
    imaform("apply", &other, &["--yes", "--until", "prepare"]).expect(0, &[])
}
