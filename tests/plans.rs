//! Plans from the command line: of every playbook of the repository over facts that were recorded on real hosts, kept in
//! files, shown again.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use serde_json::{Value, json};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};
use support::repository;
use tempfile::TempDir;

/// A directory with an inventory, `i.yml`, and facts.
struct Site(TempDir);

struct Ran {
    code: i32,
    out: String,
    err: String,
}

impl Site {
    /// Hosts with a playbook, and what was recorded of them.
    fn of(playbook: &Path, hosts: &[&str]) -> Self {
        let site = Self(tempfile::tempdir().unwrap());
        let text = format!(
            "groups:\n  hosts:\n    playbook: {}\n    hosts: [{}]\n",
            playbook.display(),
            hosts.join(", ")
        );
        fs::write(site.path("i.yml"), text).unwrap();
        fs::create_dir(site.path("facts")).unwrap();
        site
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn facts(&self, host: &str, facts: &Value) {
        fs::write(self.path(&format!("facts/{host}.json")), facts.to_string()).unwrap();
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_imaform"));
        command
            .args(arguments)
            .current_dir(self.0.path())
            .env("XDG_STATE_HOME", self.path("state"))
            .env("NO_COLOR", "1");
        command
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        ran(&mut self.command(arguments))
    }

    /// A plan from the facts. How old they are is not the same tomorrow.
    fn plan(&self, arguments: &[&str]) -> Ran {
        let ran = self.run(&[&["plan", "i.yml", "--facts", "facts"], arguments].concat());
        let mut out = String::new();
        let mut rest = ran.out.as_str();
        while let Some((before, after)) = rest.split_once(" old)") {
            let (before, _) = before.rsplit_once(" (").unwrap();
            out += before;
            rest = after;
        }
        Ran { out: out + rest, ..ran }
    }
}

fn ran(command: &mut Command) -> Ran {
    let output = command.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    Ran {
        code: output.status.code().unwrap(),
        out: text(&output.stdout),
        err: text(&output.stderr),
    }
}

fn recorded(playbook: &str, host: &str) -> Value {
    let path = repository().join(format!("tests/facts/{playbook}/{host}.json"));
    serde_json::from_str(&fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
        .unwrap()
}

fn golden(name: &str, text: &str) {
    let path = repository().join("tests/golden").join(name);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, text).unwrap();
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    let difference = similar::TextDiff::from_lines(kept.as_str(), text)
        .unified_diff()
        .to_string();
    assert!(
        difference.is_empty(),
        "{name}: UPDATE_GOLDEN=1 takes this over, the diff is then reviewed:\n{difference}"
    );
}

/// The host `trixie`, as Ubuntu 24.04 would say it.
fn ubuntu_like(mut facts: Value) -> Value {
    let observed = &mut facts["observed"];
    observed["os"] = json!("Ubuntu 24.04.3 LTS");
    observed["os_id"] = json!("ubuntu");
    let kernel = "6.8.0-87-generic";
    let record = format!("/boot/config-{}", observed["kernel_release"].as_str().unwrap());
    observed["kernel_release"] = json!(kernel);
    let mut config = observed["kernel_config"].as_str().unwrap().to_owned();
    for (debian, ubuntu) in [
        (
            "# CONFIG_IMA_APPRAISE_MODSIG is not set",
            "CONFIG_IMA_APPRAISE_MODSIG=y",
        ),
        (
            "CONFIG_IMA_DEFAULT_TEMPLATE=\"ima-sig\"",
            "CONFIG_IMA_DEFAULT_TEMPLATE=\"ima-ng\"",
        ),
    ] {
        assert!(config.contains(debian), "{debian}");
        config = config.replace(debian, ubuntu);
    }
    observed["kernel_config"] = json!(config);
    let files = observed["files"].as_object_mut().unwrap();
    if let Some(file) = files.remove(&record) {
        files.insert(format!("/boot/config-{kernel}"), file);
    }
    facts
}

/// The host `bookworm` on its way to enforce, with what the guide's playbook asks for, too. The record of its kernel's options,
/// 130 kB, is as it was on the stock host: no other playbook writes it. For labels in the guide's scope nobody looked.
fn asked_for_the_guide(mut facts: Value) -> Value {
    let stock = recorded("guide-ubuntu-20.04", "bookworm");
    let asked = facts["asked"].as_array_mut().unwrap();
    asked.extend(stock["asked"].as_array().unwrap().iter().cloned());
    let files = facts["observed"]["files"].as_object_mut().unwrap();
    for (path, file) in stock["observed"]["files"].as_object().unwrap() {
        files.entry(path).or_insert_with(|| file.clone());
    }
    facts
}

/// What is wrong with a host that no playbook can mend.
fn broken(facts: &Value) -> Vec<(&'static str, Value)> {
    let with = |change: &dyn Fn(&mut Value)| {
        let mut facts = facts.clone();
        change(&mut facts["observed"]);
        facts
    };
    vec![
        ("container", with(&|host| host["integrity"]["container"] = json!("lxc"))),
        ("boot-on-lvm", with(&|host| host["grub"]["abstraction"] = json!("lvm"))),
        ("no-grub", with(&|host| host["grub"]["directory"] = json!(""))),
        (
            "kernel-as-cis-wants-it",
            with(&|host| {
                let config = host["kernel_config"].as_str().unwrap();
                let stock = "# CONFIG_IMA_WRITE_POLICY is not set";
                assert!(config.contains(stock));
                host["kernel_config"] = json!(config.replace(stock, "CONFIG_IMA_WRITE_POLICY=y"));
            }),
        ),
        (
            "grub-latin1",
            with(&|host| {
                let file = &mut host["files"]["/etc/default/grub"];
                file["content"] = json!("# gr\u{fffd}n\n");
                file["whole"] = json!(false);
            }),
        ),
        (
            "locked",
            with(&|host| {
                let held = "20261128T040000Z-9f3c01ab";
                host["lock"]["holder"] = json!({"run": held, "by": "ops@control", "since": "2026-11-28T04:00:00Z", "until": "2026-11-28T08:00:00Z"});
            }),
        ),
    ]
}

#[test]
fn every_playbook_over_what_was_recorded_of_hosts() {
    let stock = ["bullseye", "bookworm", "trixie"];
    let half_way = ["bookworm-prepare", "bookworm-fix", "bookworm-label", "bookworm-enforce"];
    for playbook in ["debian", "ubuntu", "kubernetes-worker", "guide-ubuntu-20.04"] {
        let mut facts: Vec<(&str, Value)> = stock.map(|host| (host, recorded(playbook, host))).into();
        facts.extend(half_way.map(|host| {
            let facts = match playbook {
                "guide-ubuntu-20.04" => asked_for_the_guide(recorded("ubuntu", host)),
                _ => recorded(playbook, host),
            };
            (host, facts)
        }));
        facts.push(("ubuntu-like", ubuntu_like(recorded(playbook, "trixie"))));
        if playbook == "debian" {
            facts.extend(broken(&recorded(playbook, "bookworm")));
        }
        let names: Vec<&str> = facts.iter().map(|(name, _)| *name).chain(["gone"]).collect();
        let site = Site::of(&repository().join(format!("playbooks/{playbook}.yml")), &names);
        facts.iter().for_each(|(host, facts)| site.facts(host, facts));
        let ran = site.plan(&[]);
        assert_eq!(ran.code, 4, "some are refused\n{}{}", ran.out, ran.err);
        golden(&format!("plan-{playbook}.txt"), &ran.out);
        let short = site.plan(&["--short"]).out;
        golden(&format!("plan-{playbook}-short.txt"), &short);
        let markdown = site.plan(&["--format", "markdown"]).out;
        golden(&format!("plan-{playbook}.md"), &markdown);
    }
}

fn debian(hosts: &[&str]) -> Site {
    let site = Site::of(&repository().join("playbooks/debian.yml"), hosts);
    hosts
        .iter()
        .for_each(|host| site.facts(host, &recorded("debian", host)));
    site
}

#[test]
fn a_kept_plan_is_shown_as_it_was_made() {
    let site = debian(&["bookworm", "trixie"]);
    let made = site.plan(&["--out", "plan.json", "--detailed-exitcode"]);
    assert_eq!(made.code, 2, "{}", made.err);
    assert!(
        made.err.contains("imaform apply plan.json carries it out"),
        "{}",
        made.err
    );
    for format in ["text", "markdown", "json"] {
        let fresh = site.run(&[
            "plan",
            "i.yml",
            "--facts",
            "facts",
            "--format",
            format,
            "--out",
            "again.json",
        ]);
        let shown = site.run(&["show", "again.json", "--format", format]);
        assert_eq!((shown.code, &shown.out), (0, &fresh.out), "{}", shown.err);
    }
    assert_eq!(site.run(&["show", "plan.json", "--detailed-exitcode"]).code, 2);
    let kept: Value = serde_json::from_str(&fs::read_to_string(site.path("plan.json")).unwrap()).unwrap();
    assert_eq!(kept["has_changes"], true);
    let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(site.path("plan.json")).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600, "it shows what is in files of hosts");
}

#[test]
fn a_file_that_is_no_plan_says_what_it_is() {
    let site = debian(&["bookworm"]);
    site.plan(&["--out", "plan.json"]);
    let whole = fs::read_to_string(site.path("plan.json")).unwrap();
    let cases = [
        ("", "is no plan: EOF while parsing a value at line 1 column 0"),
        ("groups: {}\n", "is no plan: "),
        (&whole[..whole.len() / 2], "is no plan: EOF while parsing"),
        ("{\"format_version\": 9}", "is of format 9, this imaform reads 1"),
        ("{\"format_version\": 1}", "is no whole plan: missing field `imaform`"),
    ];
    for (text, says) in cases {
        fs::write(site.path("bad.json"), text).unwrap();
        let ran = site.run(&["show", "bad.json"]);
        assert!(
            ran.code == 1 && ran.err.contains(&format!("error: bad.json {says}")),
            "{text:.40}: {}",
            ran.err
        );
        assert!(
            ran.err.contains("help: imaform plan INVENTORY --out FILE writes one"),
            "{}",
            ran.err
        );
    }
    assert!(
        site.run(&["show", "none.json"])
            .err
            .contains("error: cannot read none.json: ")
    );
    fs::create_dir(site.path("elsewhere")).unwrap();
    let mut elsewhere = site.command(&["apply", "../plan.json"]);
    let ran = ran(elsewhere.current_dir(site.path("elsewhere")));
    assert_eq!(ran.code, 1);
    let told = "error: ../plan.json is a plan for the inventory i.yml, which is not there\nhelp: ";
    assert!(ran.err.starts_with(told), "{}", ran.err);
    // One for reading is bound to nothing.
    let json = site.plan(&["--format", "json"]).out;
    fs::write(site.path("read.json"), json).unwrap();
    assert_eq!(site.run(&["show", "read.json"]).code, 0);
    let ran = site.run(&["apply", "read.json"]);
    assert!(
        ran.code == 1 && ran.err.contains("it is bound to nothing"),
        "{}",
        ran.err
    );
    let ran = site.run(&["apply", "plan.json", "--limit", "bookworm"]);
    assert!(
        ran.code == 1 && ran.err.contains("says itself which hosts it is for"),
        "{}",
        ran.err
    );
}

#[test]
fn a_plan_holds_no_secret() {
    let site = debian(&["bookworm"]);
    fs::write(site.path("sudo"), "hunter2-of-the-file\n").unwrap();
    let inventory = fs::read_to_string(site.path("i.yml")).unwrap();
    for source in ["{file: sudo}", "{env: SUDO_SECRET}"] {
        let text = format!("defaults: {{become: sudo, become_password: {source}}}\n{inventory}");
        fs::write(site.path("i.yml"), text).unwrap();
        let mut command = site.command(&[
            "plan",
            "i.yml",
            "--facts",
            "facts",
            "--out",
            "plan.json",
            "--format",
            "json",
        ]);
        let command = command.env("SUDO_SECRET", "hunter2-of-the-environment");
        let output = command.output().unwrap();
        assert!(output.status.success());
        let kept = fs::read(site.path("plan.json")).unwrap();
        for bytes in [&kept, &output.stdout, &output.stderr] {
            assert!(!String::from_utf8_lossy(bytes).contains("hunter2"));
        }
    }
}

#[test]
fn facts_of_another_playbook_say_what_they_do_not_know() {
    let site = debian(&["bookworm-enforce"]);
    let playbook = fs::read_to_string(repository().join("playbooks/debian.yml")).unwrap();
    let templates = repository().join("templates");
    let more = playbook
        .replace("../templates", templates.to_str().unwrap())
        .replace("packages: [auditd,", "packages: [tmux, auditd,")
        + "files: [{ path: /etc/new, content: \"x\\n\" }]\n";
    fs::write(site.path("p.yml"), more).unwrap();
    fs::write(
        site.path("i.yml"),
        "groups: {g: {playbook: p.yml, hosts: [bookworm-enforce]}}\n",
    )
    .unwrap();
    let ran = site.plan(&[]);
    let told = "unknown until the host is looked at is what they do not tell of (file /etc/new, package tmux)";
    assert!(ran.out.contains(told), "{}", ran.out);
    assert!(ran.out.contains("    ? create /etc/new [playbook] — "), "{}", ran.out);
    assert!(ran.out.contains("    ? install tmux [playbook] — "), "{}", ran.out);
    assert_eq!(
        ran.out
            .matches("unknown until the host is looked at: the facts of ")
            .count(),
        2,
        "{}",
        ran.out
    );
}

#[test]
fn hosts_without_facts_are_unreachable_and_spoilt_facts_are_an_error() {
    let site = debian(&["bookworm", "trixie"]);
    let nowhere = site.run(&["plan", "i.yml", "--facts", "fact"]);
    assert_eq!(nowhere.code, 1);
    assert!(
        nowhere.err.starts_with("error: --facts fact is no directory\nhelp: "),
        "{}",
        nowhere.err
    );
    fs::remove_file(site.path("facts/trixie.json")).unwrap();
    let ran = site.plan(&[]);
    assert_eq!(ran.code, 3);
    assert!(
        ran.out
            .contains("trixie\n  unreachable: there are no facts of it: facts/trixie.json does not exist"),
        "{}",
        ran.out
    );
    fs::write(site.path("facts/trixie.json"), "{}").unwrap();
    let ran = site.plan(&[]);
    assert!(
        ran.code == 1
            && ran
                .err
                .contains("error: facts/trixie.json is no record of a host's facts: missing field `format_version`"),
        "{}",
        ran.err
    );
}

#[test]
fn plans_are_what_their_schema_says() {
    let schema = fs::read_to_string(repository().join("docs/schema/plan.json")).unwrap();
    let schema = jsonschema::draft202012::new(&serde_json::from_str(&schema).unwrap()).unwrap();
    let judge = |text: &str| {
        let plan: Value = serde_json::from_str(text).unwrap();
        let errors: Vec<String> = schema
            .iter_errors(&plan)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        errors
    };
    for playbook in ["debian", "ubuntu", "kubernetes-worker"] {
        let hosts = [
            "bullseye",
            "bookworm",
            "trixie",
            "bookworm-fix",
            "bookworm-enforce",
            "gone",
        ];
        let site = Site::of(&repository().join(format!("playbooks/{playbook}.yml")), &hosts);
        hosts[..5]
            .iter()
            .for_each(|host| site.facts(host, &recorded(playbook, host)));
        let read = site.plan(&["--format", "json", "--out", "plan.json"]).out;
        let kept = fs::read_to_string(site.path("plan.json")).unwrap();
        assert_eq!((judge(&read), judge(&kept)), (Vec::new(), Vec::new()), "{playbook}");
        // It says what there must be.
        for key in ["\"has_changes\"", "\"effect\"", "\"boot_id\"", "\"outlook\""] {
            assert!(!judge(&kept.replacen(key, "\"other\"", 1)).is_empty(), "{key}");
        }
    }
}
