//! `imaform runs`, `--resume`, `--limit @failed`, `--events` and `--junit`, with the real binary and hosts that are not there.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::{
    fs,
    net::TcpListener,
    os::unix::fs::PermissionsExt,
    process::{Command, Output, Stdio},
};
use tempfile::TempDir;

/// Two hosts at closed ports of this machine, and a place for journals.
struct Site(TempDir);

impl Site {
    fn new() -> Self {
        let site = Self(tempfile::tempdir().unwrap());
        let port = || TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let hosts = format!(
            "{{a: {{address: 127.0.0.1, port: {}}}, b: {{address: 127.0.0.1, port: {}}}}}",
            port(),
            port()
        );
        site.put(
            "i.yml",
            &format!("groups: {{g: {{playbook: p.yml, become: none, ssh_config: ssh_config, hosts: {hosts}}}}}\n"),
        );
        site.put("p.yml", "name: p\nappraisal: log\n");
        site.put("ssh_config", "GlobalKnownHostsFile /dev/null\nBatchMode yes\n");
        site
    }

    fn put(&self, name: &str, text: &str) {
        fs::write(self.0.path().join(name), text).unwrap();
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.0.path().join(name)).unwrap()
    }

    #[track_caller]
    fn run(&self, arguments: &[&str], code: i32) -> String {
        let output: Output = Command::new(env!("CARGO_BIN_EXE_imaform"))
            .args(arguments)
            .current_dir(self.0.path())
            .env("XDG_STATE_HOME", self.0.path().join("state"))
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let said = [output.stdout, output.stderr]
            .map(|bytes| String::from_utf8(bytes).unwrap())
            .concat();
        assert_eq!(output.status.code(), Some(code), "{said}");
        said
    }

    /// The name of the only run.
    fn run_id(&self) -> String {
        let mut files = fs::read_dir(self.0.path().join("state/imaform/runs")).unwrap();
        let name = files.next().unwrap().unwrap().file_name().into_string().unwrap();
        assert!(files.next().is_none());
        name.strip_suffix(".jsonl").unwrap().to_owned()
    }
}

#[test]
fn without_a_run_there_is_nothing_to_go_on_with() {
    let site = Site::new();
    assert_eq!(site.run(&["runs"], 0), "no run has been started here\n");
    for (arguments, words) in [
        (&["runs", "show", "last"][..], "error: no run has been started here"),
        (
            &["runs", "show", "20260101T000000Z-00000001"],
            "error: no run 20260101T000000Z-00000001 is known here",
        ),
        (&["runs", "show", "../../etc/passwd"], "the name of a run is like"),
        (&["apply", "i.yml", "--resume"], "error: --resume: no run of "),
        (
            &["apply", "i.yml", "--resume=20260101T000000Z-00000001"],
            "is known here; `imaform runs` lists those that are",
        ),
        (
            &["plan", "i.yml", "--limit", "@failed"],
            "error: --limit @failed: no run of ",
        ),
        (&["apply", "i.yml", "--resume", "--limit", "a"], "cannot be used with"),
    ] {
        let said = site.run(arguments, 1);
        assert!(said.contains(words), "{arguments:?}: {said}");
    }
}

#[test]
fn a_run_leaves_its_story_and_names_who_failed() {
    let site = Site::new();
    site.run(
        &[
            "apply", "i.yml", "--yes", "--limit", "a", "--events", "e.jsonl", "--junit", "j.xml",
        ],
        3,
    );
    let run = site.run_id();
    let journal = format!("state/imaform/runs/{run}.jsonl");
    let mode = fs::metadata(site.0.path().join(&journal)).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);

    let list = site.run(&["runs"], 0);
    assert!(
        list.starts_with(&run) && list.ends_with(": 0 of 1 host as wanted, exit code 3\n"),
        "{list}"
    );
    let story = site.run(&["runs", "show", "last"], 0);
    for words in [
        "imaform apply i.yml --yes",
        "\na\n  cannot connect: ",
        "  FAILED: unreachable: cannot connect: ",
        "ends with exit code 3",
    ] {
        assert!(story.contains(words), "{story}");
    }
    assert_eq!(
        site.run(&["runs", "show", &run, "--format", "json"], 0),
        site.read(&journal)
    );

    let events = site.read("e.jsonl");
    let lines: Vec<serde_json::Value> = events.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(
        (&lines[0]["event"], &lines[0]["format_version"]),
        (&"run".into(), &1.into())
    );
    let finished = lines.iter().find(|line| line["event"] == "finished").unwrap();
    assert_eq!(
        (&finished["host"], &finished["exit"], &finished["in_service"]),
        (&"a".into(), &3.into(), &false.into())
    );
    assert_eq!(lines.last().unwrap()["exit"], 3);

    let junit = site.read("j.xml");
    for words in [
        "tests=\"1\"",
        "failures=\"1\"",
        "<testcase name=\"a\" classname=\"imaform apply\"",
        "unreachable: cannot connect",
    ] {
        assert!(junit.contains(words), "{junit}");
    }

    let plan = site.run(&["plan", "i.yml", "--limit", "@failed"], 3);
    assert!(plan.contains("Plan: 1 host: ") && plan.starts_with("a\n"), "{plan}");
    let said = site.run(&["apply", "i.yml", "--resume"], 1);
    let words = format!("run {run} has come to its end (exit code 3): there is nothing to go on with");
    assert!(said.contains(&words), "{said}");
}

/// A controller that died with a host left: the journal is what it wrote by then.
#[test]
fn a_run_that_was_broken_off_is_gone_on_with_as_it_was_begun() {
    let site = Site::new();
    site.run(&["apply", "i.yml", "--yes", "--limit", "a", "--until", "label"], 3);
    let run = site.run_id();
    let journal = format!("state/imaform/runs/{run}.jsonl");
    let text = site.read(&journal);
    let died: Vec<&str> = text.lines().take(2).collect();
    site.put(&journal, &format!("{}\n", died.join("\n")));
    assert!(
        site.run(&["runs"], 0)
            .ends_with("0 of 1 host as wanted, broken off: its process died\n")
    );
    let said = site.run(&["apply", "i.yml", "--resume", "--yes"], 3);
    assert!(
        said.contains("1 host: 0 as wanted, 1 not"),
        "--limit is the first run's: {said}"
    );
    let story = site.run(&["runs", "show", "last"], 0);
    assert!(story.contains(&format!("goes on with run {run}\n")), "{story}");

    site.put(&journal, &format!("{}\n", died.join("\n")));
    site.put("p.yml", "name: p\nappraisal: fix\n");
    let said = site.run(&["apply", "i.yml", &format!("--resume={run}")], 1);
    assert!(
        said.contains(&format!(
            "has changed since run {run} began; apply anew, with --take-over {run}"
        )),
        "{said}"
    );
}

#[test]
fn what_cannot_be_written_is_said_before_anything_is_done() {
    let site = Site::new();
    let said = site.run(&["apply", "i.yml", "--yes", "--events", "no/such/directory"], 1);
    assert!(
        said.contains("error: --events no/such/directory: No such file"),
        "{said}"
    );
    // The openssh crate keeps its sockets in state.
    site.put("state/imaform", "");
    let said = site.run(&["apply", "i.yml", "--yes"], 1);
    assert!(
        said.contains("error: the journal ") && said.contains("Not a directory"),
        "{said}"
    );
}
