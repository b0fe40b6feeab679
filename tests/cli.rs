//! The real binary: what it says, how it ends, and what it never does.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};
use support::sshd::Sshd;
use tempfile::TempDir;

const PLAYBOOK: &str = "name: p\nappraisal: log\n";

/// A directory with an inventory `i.yml` and a playbook `p.yml`.
struct Site(TempDir);

impl Site {
    fn new(inventory: &str, playbook: &str) -> Self {
        let site = Self(tempfile::tempdir().unwrap());
        site.put("i.yml", inventory);
        site.put("p.yml", playbook);
        site
    }

    /// One host at this port of this machine, whose host key nobody knows.
    fn at(port: u16, playbook: &str) -> Self {
        let hosts = format!("{{a: {{address: 127.0.0.1, port: {port}}}}}");
        let site = Self::new(
            &format!("{CLOSED}groups: {{g: {{playbook: p.yml, hosts: {hosts}}}}}\n"),
            playbook,
        );
        site.put("known_hosts", "");
        site.put("ssh_config", "GlobalKnownHostsFile /dev/null\nBatchMode yes\n");
        site
    }

    fn put(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.path().join(name);
        fs::write(&path, text).unwrap();
        path
    }

    fn run(&self, arguments: &[&str]) -> Run {
        let state = self.0.path().join("state");
        Run::of(
            imaform()
                .current_dir(self.0.path())
                .env("XDG_STATE_HOME", state)
                .args(arguments),
        )
    }
}

const CLOSED: &str =
    "defaults: {become: none, connect_timeout: 5s, known_hosts: known_hosts, ssh_config: ssh_config}\n";

fn imaform() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_imaform"));
    command
        .stdin(Stdio::null())
        .env("NO_COLOR", "1")
        .env_remove("RUST_BACKTRACE");
    command
}

struct Run {
    code: i32,
    out: String,
    err: String,
}

impl Run {
    fn of(command: &mut Command) -> Self {
        Self::ended(command.output().unwrap())
    }

    fn ended(Output { status, stdout, stderr }: Output) -> Self {
        Self {
            code: status.code().expect("killed"),
            out: String::from_utf8(stdout).unwrap(),
            err: String::from_utf8(stderr).unwrap(),
        }
    }

    #[track_caller]
    fn is(&self, code: i32, says: &[&str]) -> &Self {
        let all = format!("{}{}", self.out, self.err);
        assert_eq!(self.code, code, "{all}");
        for part in says {
            assert!(all.contains(part), "expected {part:?} in:\n{all}");
        }
        self
    }
}

#[test]
fn help_has_examples_and_exit_codes() {
    let help = Run::of(imaform().arg("--help"));
    help.is(
        0,
        &[
            "Examples:",
            "imaform apply my-site/inventory.yml",
            "Exit codes:",
            "130  interrupted",
        ],
    );
    for command in ["plan", "apply", "status", "rollback", "inventory", "init", "policy"] {
        help.is(0, &[&format!("\n  {command} ")]);
        let own = Run::of(imaform().args([command, "--help"]));
        own.is(0, &["Usage: imaform"]);
        assert!(
            !own.out.to_lowercase().contains("password"),
            "no password is an argument: {}",
            own.out
        );
    }
    Run::of(imaform().arg("--version")).is(0, &["imaform 0."]);
}

#[test]
fn wrong_arguments_are_usage_errors() {
    for (arguments, says) in [
        (&["statsu"][..], "a similar subcommand exists: 'status'"),
        (&["apply"], "<INVENTORY>"),
        (
            &["apply", "i.yml", "--until", "later"],
            "possible values: prepare, fix, label, enforce, verify",
        ),
        (&["rollback", "i.yml"], "--to <MODE>"),
        (
            &["rollback", "i.yml", "--to", "enforce"],
            "possible values: fix, log, off",
        ),
        (&["plan", "i.yml", "--concurrency", "0"], "0 is not in 1.."),
        (
            &["apply", "i.yml", "--take-over", "the other one"],
            "the name of a run is like 20261127T180512Z-9f3c01ab",
        ),
    ] {
        let run = Run::of(imaform().args(arguments));
        assert_ne!(run.code, 0);
        assert!(run.err.contains(says), "{arguments:?}: {}", run.err);
        assert!(run.out.is_empty());
    }
}

/// Bad input: an inventory and a playbook, and what is said of them.
const BAD: [(&str, &str, &[&str]); 13] = [
    (
        GOOD,
        "name: p\nappraisl: log\n",
        &["p.yml:2:1", "appraisl", "appraisal"],
    ),
    (
        GOOD,
        "name: p\nappraisal: log\nname: q\n",
        &["p.yml:3:1", "duplicate", "name"],
    ),
    (GOOD, "name: p\nappraisal: [log]\n", &["p.yml:2:12", "expected"]),
    (GOOD, "name: p\nappraisal: maybe\n", &["p.yml:2:12", "maybe", "enforce"]),
    (
        GOOD,
        "name: p\nappraisal: enforce\n",
        &["`appraisal: enforce` needs `labels`"],
    ),
    (GOOD, "name: p\nappraisal: log\npolicy: {template: no.j2}\n", &["no.j2"]),
    (
        GOOD,
        "name: p\nappraisal: log\npolicy: {template: t.j2}\n",
        &["t.j2:2", "missing", "(host a)"],
    ),
    (
        "groups: {g: {playbook: no.yml, hosts: [a]}}\n",
        PLAYBOOK,
        &["i.yml:1:", "no.yml"],
    ),
    (
        "groups: {g: {playbook: p.yml, hosts: []}}\n",
        PLAYBOOK,
        &["i.yml:1:", "no hosts"],
    ),
    (
        "groups: {g: {playbook: p.yml, hosts: [a]}, h: {playbook: p.yml, hosts: [a]}}\n",
        PLAYBOOK,
        &["i.yml:1:", "a"],
    ),
    (
        "groups: {g: {playbook: p.yml, hosts: [a], usr: x}}\n",
        PLAYBOOK,
        &["i.yml:1:", "usr", "user"],
    ),
    (
        "groups: {g: {playbook: p.yml, hosts: {a: {port: many}}}}\n",
        PLAYBOOK,
        &["i.yml:1:", "port"],
    ),
    (
        "groups: {g: {playbook: p.yml, hosts: [\"$(touch x)\"]}}\n",
        PLAYBOOK,
        &["i.yml:1:", "$(touch x)"],
    ),
];
const GOOD: &str = "groups: {g: {playbook: p.yml, hosts: [a]}}\n";

#[test]
fn bad_input_is_said_with_its_place_and_nothing_else_happens() {
    for (inventory, playbook, says) in BAD {
        let site = Site::new(inventory, playbook);
        site.put("t.j2", "measure func=BPRM_CHECK\n# {{ missing }}\n");
        for command in [
            &["apply", "i.yml", "--yes"][..],
            &["plan", "i.yml"],
            &["inventory", "i.yml"],
        ] {
            let run = site.run(command);
            run.is(1, says);
            assert!(run.out.is_empty() && !run.err.contains("looking"), "{}", run.err);
        }
    }
    Site::new(GOOD, PLAYBOOK).run(&["plan", "no.yml"]).is(1, &["no.yml"]);
}

/// Nothing is contacted before all input is valid: not the good host beside the bad playbook, not with a bad `--limit`.
#[test]
fn nobody_is_contacted_before_all_input_is_valid() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let port = listener.local_addr().unwrap().port();
    let site = Site::new("", PLAYBOOK);
    site.put(
        "bad.yml",
        "name: p\nappraisal: log\npolicy: {rules: [\"# {{ nothing }}\", measure func=BPRM_CHECK]}\n",
    );
    let mut inventory = format!(
        "groups:\n  good: {{playbook: p.yml, hosts: {{a: {{address: 127.0.0.1, port: {port}}}}}}}\n  \
         bad: {{playbook: bad.yml, hosts: [b]}}\n"
    );
    site.put("i.yml", &inventory);
    for command in ["apply", "plan", "status"] {
        site.run(&[command, "i.yml"]).is(1, &["nothing"]);
    }
    inventory = inventory.replace("bad.yml", "p.yml");
    site.put("i.yml", &inventory);
    site.run(&["plan", "i.yml", "--limit", "goood"])
        .is(1, &["--limit goood matches no host and no group"]);
    site.run(&["plan", "i.yml", "--limit", "good,x*"])
        .is(1, &["--limit x* matches no host"]);
    let secret = inventory.replace(
        "groups:",
        "defaults: {become: sudo, become_password: {env: IMAFORM_TEST_UNSET}}\ngroups:",
    );
    site.put("i.yml", &secret);
    site.run(&["apply", "i.yml", "--yes"])
        .is(1, &["the environment has no variable IMAFORM_TEST_UNSET"]);
    site.put(
        "i.yml",
        &secret.replace("env: IMAFORM_TEST_UNSET", "file: no-such-file"),
    );
    site.run(&["apply", "i.yml", "--yes"]).is(1, &["no-such-file"]);
    assert_eq!(
        listener.accept().unwrap_err().kind(),
        std::io::ErrorKind::WouldBlock,
        "somebody connected"
    );
}

#[test]
fn an_unreachable_host_is_exit_code_3() {
    let port = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().port()
    };
    let site = Site::at(port, PLAYBOOK);
    site.run(&["plan", "i.yml"]).is(
        3,
        &[
            "unreachable: cannot connect: ",
            "Connection refused",
            "Plan: 1 host: 0 to change, 0 up to date, 1 unreachable",
        ],
    );
    site.run(&["status", "i.yml"]).is(3, &["unreachable: "]);
    site.run(&["apply", "i.yml"]).is(
        3,
        &["FAILED a  unreachable: ", "1 host: 0 as wanted, 1 not; 0 steps done"],
    );
    let json = site.run(&["status", "i.yml", "--format", "json"]);
    let value: serde_json::Value = serde_json::from_str(&json.is(3, &[]).out).unwrap();
    assert_eq!(
        (&value["format_version"], &value["hosts"][0]["host"]),
        (&1.into(), &"a".into())
    );
}

/// For hosts that cannot be reached: nobody is asked, and no inventory need be there.
#[test]
fn the_recovery_card_contacts_nobody() {
    let site = Site::new("", "");
    let ran = site.run(&["rollback", "i.yml", "--to", "fix", "--card"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    for line in [
        "     set imaform_mode=fix\n",
        "     save_env --file ${prefix}/imaform.env imaform_mode imaform_trial imaform_tried\n",
        "     configfile ${prefix}/grub.cfg\n",
    ] {
        assert!(ran.out.contains(line), "{}", ran.out);
    }
    let ran = site.run(&["rollback", "i.yml", "--to", "fix", "--card", "--yes"]);
    assert_eq!(ran.code, 1, "{}", ran.out);
}

#[test]
fn an_unknown_host_key_is_said_with_a_help() {
    let sshd = Sshd::start();
    let site = Site::at(sshd.port, PLAYBOOK);
    site.run(&["plan", "i.yml"]).is(
        3,
        &[
            "the host key is not trusted: ",
            "help: compare the key with the machine's own",
        ],
    );
}

/// An inventory of a real sshd on this machine.
fn real(sshd: &Sshd, privilege: &str) -> Site {
    Site::new(&sshd.inventory(privilege), PLAYBOOK)
}

/// This machine has no GRUB for us, or is a container: it is refused, or there is something to do; both are seen here.
#[test]
fn without_a_terminal_nothing_is_changed_unless_told_so() {
    let sshd = Sshd::start();
    let site = real(&sshd, "become: none");
    let plan = site.run(&["plan", "i.yml", "--detailed-exitcode"]);
    let apply = site.run(&["apply", "i.yml"]);
    match plan.code {
        2 => apply.is(1, &["there is no terminal to ask on; --yes carries the plan out"]),
        4 => apply.is(4, &["FAILED a  refused: "]),
        code => panic!("exit code {code}: {}{}", plan.out, plan.err),
    };
    assert!(
        plan.err.contains("a: looking") && plan.out.contains("Plan: 1 host: "),
        "{}",
        plan.out
    );
    assert_eq!(
        fs::read_dir(sshd.path("state")).unwrap().count(),
        0,
        "nothing was kept, nothing was changed"
    );
    assert!(sshd.is_left_alone(), "the master connection stays open: {}", apply.err);
}

/// The password: not in the output, not in the argument list of any process, while a call waits in sudo.
#[test]
fn a_password_is_seen_nowhere() {
    const SECRET: &str = "correct-horse-battery-staple";
    let sshd = Sshd::start();
    let (asked, go) = (sshd.path("asked"), sshd.path("go"));
    let status = Command::new("mkfifo").args([&asked, &go]).status().unwrap();
    assert!(status.success());
    sshd.program(
        "sudo",
        &format!(
            "#!/bin/sh\nread -r password\necho asked >{}\nread -r word <{}\n[ \"$password\" = {SECRET} ] || exit 1\n\
             while [ \"$1\" != -- ]; do shift; done; shift; exec \"$@\"\n",
            asked.display(),
            go.display()
        )
        .replace(SECRET, "correct-horse-battery-\"staple\""),
    );
    for (source, by_file) in [("{env: IMAFORM_TEST_SECRET}", false), ("{file: secret}", true)] {
        let site = real(&sshd, &format!("become: sudo, become_password: {source}"));
        if by_file {
            site.put("secret", &format!("{SECRET}\nsecond line\n"));
        }
        let child = imaform()
            .current_dir(site.0.path())
            .args(["status", "i.yml"])
            .env("IMAFORM_TEST_SECRET", SECRET)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(fs::File::open(&asked).unwrap())
            .read_line(&mut line)
            .unwrap();
        assert_eq!(line, "asked\n");
        for arguments in command_lines() {
            assert!(!arguments.contains(SECRET), "{arguments}");
        }
        fs::OpenOptions::new()
            .write(true)
            .open(&go)
            .unwrap()
            .write_all(b"go\n")
            .unwrap();
        let run = Run::ended(child.wait_with_output().unwrap());
        run.is(0, &["a (g)"]);
        let shown = site.run(&["inventory", "i.yml", "--host", "a"]);
        shown.is(0, &["becomes root by: sudo, with the password in "]);
        for text in [&run.out, &run.err, &shown.out, &shown.err] {
            assert!(!text.contains(SECRET), "{text}");
        }
    }
}

fn command_lines() -> Vec<String> {
    let entries = fs::read_dir("/proc").unwrap().flatten();
    let files = entries.map(|entry| fs::read(entry.path().join("cmdline")).unwrap_or_default());
    files
        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        .collect()
}

#[test]
fn a_password_in_the_inventory_is_refused_and_not_repeated() {
    let inventory = "defaults: {become_password: hunter2hunter2}\ngroups: {g: {playbook: p.yml, hosts: [a]}}\n";
    let run = Site::new(inventory, PLAYBOOK).run(&["plan", "i.yml"]);
    run.is(1, &["`become_password` must say where the password comes from"]);
    assert!(!run.err.contains("hunter2"), "{}", run.err);
}

#[test]
fn init_writes_what_loads_and_overwrites_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| Run::of(imaform().current_dir(directory.path()).args(arguments));
    run(&["init", "site"]).is(0, &["wrote site/inventory.yml", "imaform plan site/inventory.yml"]);
    run(&["inventory", "site/inventory.yml"]).is(
        0,
        &["servers (1 host) · site/playbook.yml", "  server-01  admin@192.0.2.11"],
    );
    run(&["inventory", "site/inventory.yml", "--host", "server-01"]).is(
        0,
        &[
            "audit_backlog = 8192  (from group)",
            "becomes root by: sudo, without a password",
            "appraisal: enforce",
        ],
    );
    run(&["inventory", "site/inventory.yml", "--host", "server-1"])
        .is(1, &["no host \"server-1\"", "did you mean \"server-01\"?"]);
    let before = fs::read(directory.path().join("site/inventory.yml")).unwrap();
    fs::remove_file(directory.path().join("site/playbook.yml")).unwrap();
    run(&["init", "site"]).is(
        1,
        &["site/inventory.yml already exists; imaform init overwrites nothing"],
    );
    assert_eq!(fs::read(directory.path().join("site/inventory.yml")).unwrap(), before);
    assert!(!directory.path().join("site/playbook.yml").exists());
    assert!(Path::new(env!("CARGO_BIN_EXE_imaform")).exists());
}
