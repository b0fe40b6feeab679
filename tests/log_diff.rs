//! `imaform log diff`, the real binary, on lists that real kernels wrote and on lists made of them.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use imaform::ima::{hex, pcr::PcrBank};
use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};
use tempfile::TempDir;

fn sample(variant: &str, file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/lists")
        .join(variant)
        .join(file)
}

/// Runs `imaform log diff` in a directory that holds these lists.
struct Bench(TempDir);

impl Bench {
    fn with(lists: &[(&str, &[u8])]) -> Self {
        let bench = Self(tempfile::tempdir().unwrap());
        for (name, list) in lists {
            fs::write(bench.0.path().join(name), list).unwrap();
        }
        bench
    }

    fn command(&self, words: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_imaform"));
        command
            .args(["log", "diff"])
            .args(words.split_whitespace())
            .current_dir(self.0.path())
            .stdin(Stdio::null());
        command
    }

    #[track_caller]
    fn text(&self, words: &str, code: i32) -> String {
        said(self.command(words).output().unwrap(), code)
    }

    #[track_caller]
    fn json(&self, words: &str) -> Value {
        serde_json::from_str(&self.text(&format!("{words} --format json"), 0)).unwrap()
    }
}

#[track_caller]
fn said(output: Output, code: i32) -> String {
    let text = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(code), "{text}");
    text
}

/// Compares two files, as JSON.
#[track_caller]
fn diff(a: &Path, b: &Path) -> Value {
    let words = format!("{} {}", a.display(), b.display());
    Bench::with(&[]).json(&words)
}

fn paths(group: &Value) -> Vec<&str> {
    let group = group.as_array().unwrap();
    group.iter().map(|file| file["path"].as_str().unwrap()).collect()
}

/// Lines of ima-ng as a kernel prints them, each `PATH CONTENT`; a violation without content.
fn list(text: &str) -> String {
    let line = |line: &str| {
        let mut words = line.split_whitespace();
        let path = words.next().unwrap();
        let content = words.next();
        let digest = content.map_or(vec![0; 32], |content| PcrBank::Sha256.hash([content.as_bytes()]));
        let hash = match content {
            Some(_) => template_hash(&digest, path),
            None => "0".repeat(40),
        };
        format!("10 {hash} ima-ng sha256:{} {path}\n", hex::encode(&digest))
    };
    text.lines().filter(|line| !line.trim().is_empty()).map(line).collect()
}

fn template_hash(digest: &[u8], path: &str) -> String {
    let digest = [b"sha256:\0", digest].concat();
    let path = [path.as_bytes(), b"\0"].concat();
    let len = |bytes: &[u8]| u32::try_from(bytes.len()).unwrap().to_le_bytes();
    let hash = PcrBank::Sha1.hash([&len(&digest)[..], &digest, &len(&path), &path]);
    hex::encode(&hash)
}

/// The variants of the samples.
fn variants() -> Vec<String> {
    let variants = fs::read_dir(sample("", "")).unwrap();
    variants
        .map(|variant| variant.unwrap())
        .filter(|variant| variant.path().is_dir())
        .map(|variant| variant.file_name().into_string().unwrap())
        .collect()
}

/// The entries of a list as text, read without imaform: names may have line breaks, and no blanks.
fn entries(list: &[u8]) -> Vec<Vec<u8>> {
    let mut entries: Vec<Vec<u8>> = Vec::new();
    for line in list.split_inclusive(|byte| *byte == b'\n') {
        match entries.last_mut() {
            Some(entry) if line.get(2) != Some(&b' ') || line.get(43) != Some(&b' ') => entry.extend(line),
            _ => entries.push(line.to_vec()),
        }
    }
    entries
}

fn is_violation(entry: &[u8]) -> bool {
    entry[3..43].iter().all(|digit| *digit == b'0')
}

/// The names that were measured, but for boot_aggregate.
fn names(entries: &[Vec<u8>]) -> BTreeSet<String> {
    let measured = entries.iter().filter(|entry| !is_violation(entry));
    let names = measured.map(|entry| {
        let entry = entry.strip_suffix(b"\n").unwrap();
        let name = entry.split(|byte| *byte == b' ').nth(4).unwrap();
        String::from_utf8_lossy(name).into_owned()
    });
    names.filter(|name| name != "boot_aggregate").collect()
}

#[test]
fn the_forms_of_a_list_have_the_same_entries() {
    let mut compared = 0;
    for variant in variants() {
        for form in ["ascii", "ascii_sha256", "binary_sha256"] {
            let file = sample(&variant, form);
            if !file.exists() {
                continue;
            }
            let diff = diff(&sample(&variant, "binary"), &file);
            assert_eq!(diff["relation"], json!({ "kind": "same" }), "{variant} {form}");
            assert_eq!(diff["differs"], false);
            compared += 1;
        }
    }
    assert!(compared >= 24, "{compared}");
}

#[test]
fn a_list_that_goes_on() {
    for variant in variants() {
        let entries = entries(&fs::read(sample(&variant, "ascii")).unwrap());
        for at in [1, 2, entries.len() / 2, entries.len() - 1] {
            let bench = Bench::with(&[("a", &entries[..at].concat())]);
            let binary = sample(&variant, "binary");
            let diff = bench.json(&format!("a {}", binary.display()));
            let added = entries.len() - at;
            let continued = json!({ "kind": "continued", "added": added });
            assert_eq!(diff["relation"], continued, "{variant} {at}");
            let new: BTreeSet<_> = &names(&entries) - &names(&entries[..at]);
            let found: BTreeSet<_> = paths(&diff["new"]).into_iter().map(str::to_owned).collect();
            assert_eq!(found, new, "{variant} {at}");
            let violations = entries[at..].iter().filter(|entry| is_violation(entry)).count();
            assert_eq!(diff["violations"].as_array().unwrap().len(), violations);
            for group in ["gone", "changed", "incomparable"] {
                assert_eq!(diff[group], json!([]), "{variant} {at}");
            }
            let back = bench.json(&format!("{} a", binary.display()));
            assert_eq!(back["relation"], json!({ "kind": "shortened", "missing": added }));
            assert_eq!(paths(&back["gone"]), paths(&diff["new"]));
        }
    }
}

#[test]
fn a_digest_that_was_altered_with_its_template_hash() {
    let mut entries = entries(&fs::read(sample("debian-7.2-templates", "ascii")).unwrap());
    let at = entries
        .iter()
        .position(|entry| entry.ends_with(b" /t/1003/plain\n"))
        .unwrap();
    let digest = vec![7; 32];
    let hash = template_hash(&digest, "/t/1003/plain");
    entries[at] = format!("10 {hash} ima-ng sha256:{} /t/1003/plain\n", hex::encode(&digest)).into_bytes();
    let bench = Bench::with(&[("b", &entries.concat())]);
    let a = sample("debian-7.2-templates", "binary_sha256");
    let diff = bench.json(&format!("{} b", a.display()));
    let relation = &diff["relation"];
    assert_eq!(relation["kind"], "in_doubt");
    assert_eq!(relation["shared"], relation["same_order"]);
    assert_eq!(relation["parting"]["entry"], at + 1);
    assert_eq!(relation["parting"]["b"]["path"], "/t/1003/plain");
    assert_eq!(paths(&diff["changed"]), ["/t/1003/plain"]);
    let changed = &diff["changed"][0];
    let new = json!([{ "digest": format!("sha256:{}", "07".repeat(32)), "entry": at + 1 }]);
    assert_eq!(changed["new"], new);
    assert_eq!(changed["package_manager"], Value::Null);
    assert_eq!((&diff["new"], &diff["gone"]), (&json!([]), &json!([])));
    let back = bench.json(&format!("b {}", a.display()));
    assert_eq!(back["changed"][0]["new"], changed["old"]);
}

#[test]
fn boots_of_other_kernels_and_templates() {
    let relation = |a: &str, b: &str| {
        let diff = diff(&sample(a, "binary"), &sample(b, "ascii"));
        (diff["relation"]["kind"].clone(), diff["relation"]["reason"].clone())
    };
    let new_boot = |reason: &str| (json!("new_boot"), json!(reason));
    assert_eq!(
        relation("debian-6.1-templates", "debian-7.2-templates"),
        new_boot("kernel")
    );
    assert_eq!(relation("debian-6.1-ids", "debian-6.1-xattrs"), new_boot("template"));
    assert_eq!(relation("debian-6.1-ima", "debian-6.1-ids"), new_boot("template"));
    // Two machines without a difference, under two kernels that measured no version of theirs: no list tells.
    assert_eq!(
        relation("debian-6.1-ids", "debian-7.2-ids"),
        (json!("same"), Value::Null)
    );
}

#[test]
fn digests_of_other_algorithms_are_not_called_changed() {
    let diff = diff(&sample("debian-6.1-ima", "binary"), &sample("debian-6.1-ids", "binary"));
    assert_eq!(diff["changed"], json!([]));
    assert!(paths(&diff["incomparable"]).contains(&"/t/1001/plain"));
    let [a, b] = ["a", "b"].map(|side| diff["incomparable"][0][side][0]["digest"].as_str().unwrap());
    assert!(a.starts_with("sha1:") && b.starts_with("sha256:"), "{a} {b}");
}

#[test]
fn before_and_after_ima_is_enabled() {
    let first = "10 3a4162a948a1fe3c87e769a8c7eaabdc6f2e4556 ima-ng sha1:99bb8aba2f4a7ec846d2bef6bb1c8feb8bab91c6 boot_aggregate\n";
    let rest = "\
10 972d62ff5b3a74e89952e0980b2099eed49bf8f0 ima-ng sha1:e9002ba6c5a98f5b7a33dc6bbf9ac1863873b713 /init
10 2962727fe885df5606a972b9fd2c85dbc58a6575 ima-ng sha1:0b4efc9ab56abd18123c6c711ec635a239eff18d /usr/bin/sh
10 3893a5d20ae8efffb7af85a6dec1a7624abbb364 ima-ng sha1:fc570cf55396e422ed9f10ada2f734882c47b7ac /usr/lib/x86_64-linux-gnu/ld-2.31.so
";
    let bench = Bench::with(&[
        ("before", first.as_bytes()),
        ("after", (first.to_owned() + rest).as_bytes()),
    ]);
    assert_eq!(
        bench.text("before after", 0),
        "\
A: before: ASCII, template hashes of sha1; 1 entry, 0 names, 0 violations
B: after: ASCII, template hashes of sha1; 4 entries, 3 names, 0 violations

The same boot, as far as lists tell: B goes on where A ended, with 3 more entries.
A holds nothing but boot_aggregate: IMA measured nothing yet. B has 3 names: IMA measures now, and there is nothing to compare them with.

names: 3 new
"
    );
    assert_eq!(bench.json("before after")["coverage"], "begun");
    let gone = bench.text("after before", 0);
    assert!(gone.contains("WARNING: B holds nothing but boot_aggregate"), "{gone}");
}

const FIRST: &str = "
boot_aggregate firmware
/usr/bin/bash bash
/usr/sbin/sshd sshd
/var/log/wtmp wtmp
";

/// The first entries of a list of a guest; what happened between them is in tests/log_diff/about.
fn guest(list: &str, entries: usize) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/log_diff").join(list);
    let lines = fs::read(path).unwrap();
    let lines = lines.split_inclusive(|byte| *byte == b'\n');
    lines.take(entries).collect::<Vec<_>>().concat()
}

#[test]
fn an_upgrade_and_what_it_does_not_explain() {
    let bench = Bench::with(&[
        ("monday", &guest("upgrade.list", 691)),
        ("tuesday", &guest("upgrade.list", 707)),
    ]);
    let said = bench.text("monday tuesday", 0);
    assert_eq!(said, include_str!("log_diff/upgrade.txt"), "{said}");
    let diff = bench.json("monday tuesday");
    let unexplained = diff["changed"].as_array().unwrap().iter();
    let unexplained = unexplained.filter(|changed| changed["package_manager"].is_null());
    assert_eq!(
        unexplained
            .map(|changed| changed["path"].as_str().unwrap())
            .collect::<Vec<_>>(),
        ["/usr/local/bin/mine"]
    );
    bench.text("monday tuesday --detailed-exitcode", 2);
}

#[test]
fn a_package_manager_that_is_only_asked_is_not_at_work() {
    for (list, before, after) in [("upgrade.list", 454, 667), ("restart.list", 457, 495)] {
        let bench = Bench::with(&[("a", &guest(list, before)), ("b", &guest(list, after))]);
        let manager = &bench.json("a b")["package_manager"];
        assert_eq!(manager["at_work"], false, "{manager}");
        assert_eq!(manager["asked"], json!(["dpkg"]));
    }
}

#[test]
fn a_restart_after_an_upgrade() {
    let bench = Bench::with(&[
        ("monday", &guest("upgrade.list", 691)),
        ("tuesday", &guest("upgrade.list", 707)),
        ("wednesday", &guest("restart.list", 457)),
    ]);
    // The list of Tuesday has the upgrade, that of Monday has not.
    let said = bench.text("tuesday wednesday", 0);
    assert_eq!(said, include_str!("log_diff/restart.txt"), "{said}");
    let diff = bench.json("monday wednesday");
    assert_eq!(diff["relation"]["kind"], "in_doubt");
    let programs: Vec<&str> = paths(&diff["changed"])
        .into_iter()
        .filter(|path| !path.starts_with("/var/"))
        .collect();
    let changed = [
        "/etc/demo.conf",
        "/usr/bin/demo-tool",
        "/usr/bin/scripted",
        "/usr/local/bin/mine",
    ];
    assert_eq!(programs, changed);
}

#[test]
fn people_are_shown_the_first_of_many_and_scripts_all() {
    let many: String = (0..450).map(|at| format!("/usr/bin/{at:03} x\n")).collect();
    let some: String = (0..100).map(|at| format!("/opt/{at:03} x\n")).collect();
    let a = list(&format!("{FIRST}{some}"));
    let b = list(&format!("{FIRST}{some}{many}"));
    let bench = Bench::with(&[("a", a.as_bytes()), ("b", b.as_bytes())]);
    let said = bench.text("a b", 0);
    assert!(said.contains("New (450):\n"), "{said}");
    assert_eq!(said.matches("  /usr/bin/").count(), 200);
    assert!(
        said.contains("  250 more are in the output of --format json\n"),
        "{said}"
    );
    assert_eq!(paths(&bench.json("a b")["new"]).len(), 450);
}

#[test]
fn names_do_not_act_on_the_terminal() {
    let one = fs::read(sample("debian-6.1-ima", "ascii")).unwrap();
    let first = one.split_inclusive(|byte| *byte == b'\n').next().unwrap();
    let bench = Bench::with(&[("a", &[first, list("/x 1").as_bytes()].concat())]);
    let other = sample("debian-6.1-ima", "binary");
    let said = bench.text(&format!("a {}", other.display()), 0);
    assert!(said.contains("escape\\u{1b}[1m"), "{said}");
    assert!(!said.contains(|character: char| character.is_control() && character != '\n'));
    let diff = bench.json(&format!("a {}", other.display()));
    let no_utf8 = diff["new"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|file| file.get("path_hex").is_some());
    assert_eq!(no_utf8.count(), 1);
}

#[test]
fn one_list_may_come_from_standard_input() {
    let bench = Bench::with(&[("first", list(FIRST).as_bytes())]);
    let mut child = bench
        .command("first - --format json --detailed-exitcode")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin
        .write_all(list(&format!("{FIRST}/usr/bin/bash bash\n")).as_bytes())
        .unwrap();
    drop(stdin);
    let diff: Value = serde_json::from_str(&said(child.wait_with_output().unwrap(), 0)).unwrap();
    assert_eq!(diff["relation"], json!({ "kind": "continued", "added": 1 }));
    assert_eq!(diff["differs"], false, "measured again is no difference");
    assert_eq!(
        bench.text("- -", 1),
        "error: only one of the two lists can be standard input\n"
    );
}

#[test]
fn what_is_no_list_is_an_error_that_tells_where() {
    let good = list(FIRST);
    let bad = good.replace(" /usr/sbin/sshd", "");
    let bench = Bench::with(&[("good", good.as_bytes()), ("bad", bad.as_bytes()), ("empty", b"")]);
    for words in ["good bad", "bad good", "bad bad --detailed-exitcode"] {
        let said = bench.text(words, 1);
        assert!(said.starts_with("error: bad: entry 3, at byte "), "{said}");
    }
    let said = bench.text("good empty", 1);
    assert!(
        said.starts_with("error: empty: entry 1, at byte 0: the list is empty"),
        "{said}"
    );
    let said = bench.text("nowhere good", 1);
    assert!(said.starts_with("error: cannot read nowhere: "), "{said}");
}
