use crate::{console::Console, imaform::Ran};
use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// An emulated guest on a busy machine takes its time; a condition that is not met by then never will be.
pub const PATIENCE: Duration = Duration::from_secs(900);

/// A guest of `tests/lab`, gone with the value. When the test fails, the end of its console is shown.
pub struct Guest {
    name: String,
    files: TempDir,
}

impl Guest {
    /// A stock Debian 12, booted.
    pub fn stock(name: &str) -> Self {
        Self::of_suite("bookworm", name)
    }

    /// A stock Debian of another suite, booted.
    pub fn of_suite(suite: &str, name: &str) -> Self {
        let guest = Self {
            name: format!("t-{name}"),
            files: TempDir::new().unwrap(),
        };
        guest.lab(&["up", &guest.name, "--suite", suite, "--fresh"]);
        guest
    }

    /// Another guest with the same disk; this one must be off.
    pub fn copy(&self, name: &str) -> Self {
        let copy = Self {
            name: format!("t-{name}"),
            files: TempDir::new().unwrap(),
        };
        // A run that was killed has left one behind.
        Ran::of(&mut lab(&["rm", &copy.name]));
        self.lab(&["copy", &self.name, &copy.name]);
        copy
    }

    /// Runs a shell command as root; it must succeed.
    pub fn ssh(&self, command: &str) -> String {
        let ran = self.try_ssh(command);
        assert_eq!(ran.code, Some(0), "{command}\n{ran}");
        ran.stdout
    }

    /// Runs a shell command as root.
    pub fn try_ssh(&self, command: &str) -> Ran {
        Ran::of(&mut lab(&["ssh", &self.name, command]))
    }

    /// A digest of what packages, people and imaform may change, and the boot. The time of the last change of an inode covers
    /// content, owner, mode, names and labels.
    pub fn snapshot(&self) -> String {
        self.ssh("find /etc /boot /usr /opt /root /home /var/lib/dpkg /var/lib/apt -xdev -printf '%p %i %C@\\n' | sort | sha256sum; ls -d /var/lib/imaform /run/imaform 2>/dev/null; cat /proc/sys/kernel/random/boot_id")
    }

    pub fn boot_id(&self) -> String {
        self.ssh("cat /proc/sys/kernel/random/boot_id").trim().to_owned()
    }

    /// The run that holds the lock: one that was killed.
    pub fn locked_by(&self) -> Option<String> {
        let run = self.ssh("sed -n 's/^run=//p' /var/lib/imaform/lock 2>/dev/null || true");
        Some(run.trim().to_owned()).filter(|run| !run.is_empty())
    }

    /// The appraisal mode on the running kernel's command line.
    pub fn mode(&self) -> String {
        let cmdline = self.ssh("cat /proc/cmdline");
        let value = |word: &str| word.strip_prefix("ima_appraise=").map(str::to_owned);
        cmdline
            .split_whitespace()
            .filter_map(value)
            .next_back()
            .unwrap_or_else(|| "none".into())
    }

    /// Waits until a shell command succeeds. A guest that cannot be reached is asked again.
    pub fn until(&self, what: &str, command: &str) {
        let begin = Instant::now();
        loop {
            let ran = self.try_ssh(command);
            if ran.code == Some(0) {
                return;
            }
            assert!(begin.elapsed() < PATIENCE, "never: {what}: {command}\n{ran}");
            thread::sleep(Duration::from_millis(500));
        }
    }

    /// Waits until the guest is up in another boot than `before`.
    pub fn until_rebooted(&self, before: &str) {
        let up = format!("test ! -e /run/nologin && ! grep -q {before} /proc/sys/kernel/random/boot_id");
        self.until("another boot", &up);
    }

    /// Waits until the boot `before` is over or on its way down.
    pub fn until_down(&self, before: &str) {
        let begin = Instant::now();
        let running = format!(
            "grep -q {before} /proc/sys/kernel/random/boot_id && test \"$(systemctl is-system-running)\" != stopping"
        );
        while self.try_ssh(&running).code == Some(0) {
            assert!(begin.elapsed() < PATIENCE, "never went down: {before}");
            thread::sleep(Duration::from_millis(500));
        }
    }

    /// Shuts it down, makes `content` the program at `path` on its disk, and switches it on again.
    pub fn replace_offline(&self, path: &str, content: &[u8]) {
        self.off();
        let file = self.files.path().join("offline");
        fs::write(&file, content).unwrap();
        self.lab(&["offline", &self.name, path, file.to_str().unwrap()]);
        self.on();
    }

    /// Shuts it down in good order.
    pub fn off(&self) {
        self.lab(&["down", &self.name]);
    }

    /// Gives power and waits for nothing.
    pub fn power(&self) {
        self.lab(&["on", &self.name]);
    }

    /// Types at the console.
    pub fn console(&self) -> Console {
        let log = PathBuf::from(self.lab(&["serial", &self.name, "--path"]).trim());
        Console::open(&log.with_extension("sock"))
    }

    /// Waits until the console says something, once more than `times`.
    pub fn until_said(&self, words: &str, times: usize) {
        let begin = Instant::now();
        while self.said(words) <= times {
            assert!(begin.elapsed() < PATIENCE, "{} never says {words}", self.name);
            thread::sleep(Duration::from_millis(500));
        }
    }

    /// How often the console has said something.
    pub fn said(&self, words: &str) -> usize {
        Ran::of(&mut lab(&["serial", &self.name])).stdout.matches(words).count()
    }

    /// Takes the power away.
    pub fn cut(&self) {
        self.lab(&["cut", &self.name]);
    }

    /// Gives power and waits for ssh.
    pub fn on(&self) {
        self.power();
        self.lab(&["wait", &self.name]);
    }

    /// Reboots in good order and waits for ssh.
    pub fn reboot(&self) {
        self.lab(&["reboot", &self.name]);
    }

    /// An inventory of this guest with one of the playbooks that come with imaform.
    pub fn inventory(&self, playbook: &str) -> PathBuf {
        let playbook = repository().join("playbooks").join(playbook);
        self.write("inventory.yml", &self.inventory_text(&playbook))
    }

    /// An inventory of this guest with a playbook of the test's own.
    pub fn inventory_with(&self, playbook: &str) -> PathBuf {
        let playbook = self.write("playbook.yml", playbook);
        self.write("inventory.yml", &self.inventory_text(&playbook))
    }

    /// The text of an inventory, for tests that change it.
    pub fn inventory_text(&self, playbook: &Path) -> String {
        self.lab(&["inventory", &self.name, "--playbook", playbook.to_str().unwrap()])
    }

    /// Writes a file in the guest, as root.
    pub fn put(&self, path: &str, text: &str) {
        self.send(path, &self.write("put", text));
    }

    /// Sends a file of this machine, as root.
    pub fn send(&self, path: &str, from: &Path) {
        let file = fs::File::open(from).unwrap();
        let ran = Ran::of(lab(&["ssh", &self.name, &format!("cat >{path}")]).stdin(file));
        assert_eq!(ran.code, Some(0), "{path}\n{ran}");
    }

    /// Its name in inventories.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// A file on this machine that is gone with the guest.
    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.files.path().join(name);
        fs::write(&path, text).unwrap();
        path
    }

    fn lab(&self, arguments: &[&str]) -> String {
        let ran = Ran::of(&mut lab(arguments));
        assert_eq!(ran.code, Some(0), "lab {}\n{ran}", arguments.join(" "));
        ran.stdout
    }

    fn console_end(&self) -> String {
        let ran = Ran::of(&mut lab(&["serial", &self.name]));
        let lines: Vec<&str> = ran.stdout.lines().collect();
        let mut text = format!("the last lines of the console of {}:\n", self.name);
        for line in &lines[lines.len().saturating_sub(60)..] {
            let _ = writeln!(text, "  {}", line.trim_end());
        }
        text
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("{}", self.console_end());
        }
        Ran::of(&mut lab(&["rm", &self.name]));
    }
}

pub fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The lab, about to do something.
pub fn lab(arguments: &[&str]) -> Command {
    let mut command = Command::new(repository().join("tests/lab/lab"));
    command.args(arguments).stdin(Stdio::null());
    command
}
