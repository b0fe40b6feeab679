//! A real sshd on 127.0.0.1 with keys and configuration of its own. Each session runs in a mount namespace in which
//! /var/lib/imaform, /run/imaform and /usr/local/sbin are directories of the test, so that the scripts run unchanged and this machine keeps nothing.

use imaform::{
    config::{Connection, Privilege, SshConnection},
    host::{Transport, open},
};
use std::{
    fs,
    io::{BufRead, BufReader},
    net::TcpListener,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};
use tempfile::TempDir;

const SSHD: &str = "/usr/sbin/sshd";

pub struct Sshd {
    child: Mutex<Child>,
    pub port: u16,
    pub directory: TempDir,
}

impl Sshd {
    pub fn start() -> Self {
        let needed = "the door is tested against a real sshd: install openssh-server (`make check` does)";
        assert!(Path::new(SSHD).exists(), "{SSHD} is not there; {needed}");
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name);
        for name in ["host_key", "user_key", "other_key"] {
            let status = Command::new("ssh-keygen")
                .args(["-q", "-t", "ed25519", "-N", "", "-C", "imaform test", "-f"])
                .arg(path(name))
                .status();
            assert!(status.unwrap().success(), "ssh-keygen failed");
        }
        fs::copy(path("user_key.pub"), path("authorized_keys")).unwrap();
        for name in ["bin", "state", "run", "home", "tools"] {
            fs::create_dir(path(name)).unwrap();
        }
        if is_root() {
            // Where sshd's unprivileged half lives; the service makes it at boot.
            fs::create_dir_all("/run/sshd").unwrap();
        }
        write_executable(&path("session"), SESSION);
        // The port is free now; sshd says so if somebody else takes it in between, and another one is tried.
        for _ in 0..10 {
            let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            let at = directory.path().display();
            let config = format!(
                "Port {port}\nListenAddress 127.0.0.1\nHostKey {at}/host_key\nAuthorizedKeysFile {at}/authorized_keys\n\
                 PidFile none\nUsePAM no\nStrictModes no\nPermitRootLogin yes\nPasswordAuthentication no\n\
                 PrintMotd no\nForceCommand exec {at}/session\n\
                 SetEnv HOME={at}/home IMAFORM_TEST={at}\n"
            );
            fs::write(path("sshd_config"), config).unwrap();
            match listen(&path("sshd_config")) {
                Ok(child) => {
                    let child = Mutex::new(child);
                    let sshd = Self { child, port, directory };
                    sshd.trust(&sshd.path("host_key.pub"));
                    let config =
                        "GlobalKnownHostsFile /dev/null\nIdentitiesOnly yes\nBatchMode yes\nUpdateHostKeys no\n";
                    fs::write(sshd.path("ssh_config"), config).unwrap();
                    return sshd;
                }
                Err(said) => assert!(
                    said.iter().any(|line| line.contains("Address already in use")),
                    "sshd: {said:?}; {needed}"
                ),
            }
        }
        panic!("no free port");
    }

    /// An inventory of this one host, `a`, with the playbook `p.yml`; `privilege` is how a script becomes root's.
    pub fn inventory(&self, privilege: &str) -> String {
        let (at, port, user) = (self.directory.path().display(), self.port, user());
        format!(
            "defaults: {{user: {user}, identity_file: {at}/user_key, known_hosts: {at}/known_hosts, \
             ssh_config: {at}/ssh_config, {privilege}}}\n\
             groups: {{g: {{playbook: p.yml, hosts: {{a: {{address: 127.0.0.1, port: {port}}}}}}}}}\n"
        )
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Makes this the key that is known of the host.
    pub fn trust(&self, public_key: &Path) {
        let key = fs::read_to_string(public_key).unwrap();
        fs::write(self.path("known_hosts"), format!("[127.0.0.1]:{} {key}", self.port)).unwrap();
    }

    /// Puts a program before all others for the sessions.
    pub fn program(&self, name: &str, script: &str) {
        write_executable(&self.path("bin").join(name), script);
    }

    /// Puts a program before all others for the scripts.
    pub fn tool(&self, name: &str, script: &str) {
        write_executable(&self.path("tools").join(name), script);
    }

    pub fn connection(&self) -> SshConnection {
        SshConnection {
            address: "127.0.0.1".into(),
            port: Some(self.port),
            user: Some(user()),
            identity_file: Some(self.path("user_key")),
            jump_host: None,
            known_hosts: Some(self.path("known_hosts")),
            ssh_config: Some(self.path("ssh_config")),
            connect_timeout: Duration::from_secs(30),
        }
    }

    pub fn open(&self) -> Arc<dyn Transport> {
        open(&Connection::Ssh(self.connection()), &Privilege::None, None)
    }

    /// The run that gave the host's lock back last.
    pub fn last_run(&self) -> String {
        let text = fs::read_to_string(self.path("state").join("last-run")).unwrap_or_default();
        let run = text.lines().find_map(|line| line.strip_prefix("run="));
        run.unwrap_or_default().to_owned()
    }

    /// The processes that sshd started: one a connection.
    pub fn connections(&self) -> Vec<u32> {
        children(self.child.lock().unwrap().id())
    }

    /// Waits until the last client has gone; false when one stays.
    pub fn is_left_alone(&self) -> bool {
        let end = Instant::now() + Duration::from_secs(10);
        while !self.connections().is_empty() {
            if Instant::now() > end {
                return false;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        true
    }

    /// From now on its scripts can ask for a reboot; [`Sshd::reboot`] plays it.
    pub fn can_reboot(&self) {
        fs::write(self.path("boot_id"), BOOT_ID).unwrap();
        fs::write(self.path("cmdline"), "ima_appraise=log\n").unwrap();
        let reboots = "#!/bin/sh\ncase $* in *reboot*) : >\"$IMAFORM_TEST/reboot\" ;; esac\n";
        self.tool("systemctl", reboots);
    }

    /// Plays the reboot that was asked for, if one was: every connection goes, and sshd comes back under another boot id.
    pub fn reboot(&self) -> bool {
        if fs::remove_file(self.path("reboot")).is_err() {
            return false;
        }
        let mut child = self.child.lock().unwrap();
        cut(child.id());
        let _ = child.kill();
        let _ = child.wait();
        let before = fs::read_to_string(self.path("boot_id")).unwrap();
        let count = u32::from_str_radix(&before[..8], 16).unwrap() + 1;
        // Written in place: sessions have it bound.
        fs::write(self.path("boot_id"), format!("{count:08x}{}", &before[8..])).unwrap();
        *child = listen(&self.path("sshd_config")).unwrap_or_else(|said| panic!("sshd: {said:?}"));
        true
    }

    /// It never comes back.
    pub fn die(&self) {
        let mut child = self.child.lock().unwrap();
        cut(child.id());
        let _ = child.kill();
        let _ = child.wait();
    }

    /// Cuts every connection.
    pub fn cut(&self) {
        cut(self.child.lock().unwrap().id());
    }
}

impl Drop for Sshd {
    fn drop(&mut self) {
        self.die();
    }
}

const BOOT_ID: &str = "00000000-0000-4000-8000-000000000000\n";

/// sshd with this configuration, when it listens; what it said, where it does not.
fn listen(config: &Path) -> Result<Child, Vec<String>> {
    let mut child = Command::new(SSHD)
        .args(["-D", "-e", "-f"])
        .arg(config)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let stderr = BufReader::new(child.stderr.take().unwrap());
    let mut lines = stderr.lines().map_while(Result::ok);
    let mut said = Vec::new();
    let listening = lines.by_ref().any(|line| {
        said.push(line.clone());
        line.starts_with("Server listening on")
    });
    // Somebody has to read on, or sshd would block.
    std::thread::spawn(move || lines.for_each(drop));
    if listening {
        return Ok(child);
    }
    let _ = child.wait();
    Err(said)
}

/// Ends what an sshd has started.
fn cut(sshd: u32) {
    for session in children(sshd) {
        for pid in children(session).into_iter().chain([session]) {
            let _ = Command::new("kill")
                .arg("-9")
                .arg(pid.to_string())
                .stderr(Stdio::null())
                .status();
        }
    }
}

/// What sshd runs in place of each command.
const SESSION: &str = r#"#!/bin/sh
PATH=$IMAFORM_TEST/bin:/usr/bin:/bin:/usr/sbin:/sbin
export PATH
command=$SSH_ORIGINAL_COMMAND
export command
[ "$(id -u)" = 0 ] && map= || map=--map-root-user
# shellcheck disable=SC2086
exec unshare --mount $map sh -c '
    mount -t tmpfs none /var/lib && mkdir /var/lib/imaform &&
        mount --bind "$IMAFORM_TEST/state" /var/lib/imaform &&
        { ! mkdir -p /run/imaform 2>/dev/null || mount --bind "$IMAFORM_TEST/run" /run/imaform; } &&
        { [ ! -e "$IMAFORM_TEST/boot_id" ] ||
            { mount --bind "$IMAFORM_TEST/boot_id" /proc/sys/kernel/random/boot_id &&
                mount --bind "$IMAFORM_TEST/cmdline" /proc/cmdline; }; } &&
        { [ ! -e "$IMAFORM_TEST/full" ] ||
            mount -o remount,ro,bind /var/lib/imaform; } &&
        mount --bind "$IMAFORM_TEST/tools" /usr/local/sbin && exec sh -c "$command"'
"#;

fn write_executable(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

pub fn is_root() -> bool {
    user() == "root"
}

/// Who runs the tests.
pub fn user() -> String {
    let output = Command::new("id").arg("-un").output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn children(parent: u32) -> Vec<u32> {
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc").unwrap().flatten() {
        let Ok(pid) = entry.file_name().to_string_lossy().parse() else {
            continue;
        };
        let Ok(stat) = fs::read_to_string(entry.path().join("stat")) else {
            continue;
        };
        let after_name = stat.rsplit_once(") ").map(|(_, rest)| rest).unwrap_or_default();
        if after_name.split(' ').nth(1) == Some(&parent.to_string()) {
            found.push(pid);
        }
    }
    found
}
