//! `imaform policy`, the real binary.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use serde_json::{Value, json};
use std::{
    fs,
    io::Write,
    process::{Command, Output, Stdio},
};
use support::sshd::Sshd;
use tempfile::TempDir;

/// Runs `imaform policy` with these words in a directory that holds these files.
struct Bench(TempDir);

impl Bench {
    fn with(files: &[(&str, &str)]) -> Self {
        let bench = Self(tempfile::tempdir().unwrap());
        for (name, text) in files {
            fs::write(bench.0.path().join(name), text).unwrap();
        }
        bench
    }

    fn command(&self, words: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_imaform"));
        command
            .arg("policy")
            .args(words.split_whitespace())
            .current_dir(self.0.path())
            .stdin(Stdio::null());
        command
    }

    #[track_caller]
    fn run(&self, words: &str, code: i32) -> String {
        said(self.command(words).output().unwrap(), code)
    }

    #[track_caller]
    fn json(&self, words: &str, code: i32) -> Value {
        serde_json::from_str(&self.run(&format!("{words} --format json"), code)).unwrap()
    }
}

#[track_caller]
fn said(output: Output, code: i32) -> String {
    let text = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(code), "{text}");
    text
}

#[test]
fn check_as_json() {
    let policy = "# why\n\ndont_measure fsmagic=0x9fa0\n  measure func=BRPM_CHECK\n\tappraise fgroup=0 fowner=0";
    let bench = Bench::with(&[("p", policy)]);
    let checked = bench.json("check p --kernel 5.15", 1);
    assert_eq!(
        (&checked["format_version"], &checked["kernel"]),
        (&json!(1), &json!("5.15"))
    );
    let rules = checked["rules"].as_array().unwrap();
    assert_eq!(rules.len(), 3, "comments and blank lines have no entry");
    assert_eq!(
        rules[0],
        json!({ "line": 3, "text": "dont_measure fsmagic=0x9fa0", "valid": true, "diagnostics": [] })
    );
    let wanted = json!({
        "severity": "error",
        "code": "unknown-value",
        "message": "`BRPM_CHECK` is not a value of `func`",
        "column": 11,
        "help": "did you mean `BPRM_CHECK`?",
    });
    assert_eq!(
        (&rules[1]["valid"], &rules[1]["diagnostics"]),
        (&json!(false), &json!([wanted]))
    );
    assert_eq!(
        (&rules[1]["text"], &rules[1]["line"]),
        (&json!("  measure func=BRPM_CHECK"), &json!(4))
    );
    assert_eq!(rules[2]["diagnostics"][0]["code"], "kernel-too-old");
    assert_eq!(rules[2]["diagnostics"][0]["column"], 11);
    assert_eq!(
        rules[2]["diagnostics"][0]["help"],
        "Linux 5.16 and later take this rule"
    );
    let codes: Vec<_> = checked["warnings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|warning| &warning["code"])
        .collect();
    assert!(codes.contains(&&json!("no-final-newline")), "{codes:?}");
}

#[test]
fn check_for_people() {
    let bench = Bench::with(&[
        (
            "good",
            "dont_measure fsmagic=0x9fa0\nmeasure func=MODULE_CHECK\nappraise func=MODULE_CHECK\n",
        ),
        ("bad", "measure func=BPRM_CHECK\naudit pcr=10\n"),
        ("old", "audit func=KEXEC_CMDLINE\n"),
        ("empty", "# nothing\n"),
        (
            "config",
            "# Linux/x86 6.1.192 Kernel Configuration\nCONFIG_IMA=y\nCONFIG_64BIT=y\nCONFIG_IMA_APPRAISE_MODSIG=y\n",
        ),
        ("modsig", "appraise func=MODULE_CHECK appraise_type=imasig|modsig\n"),
    ]);
    let text = bench.run("check good --kernel 6.1", 0);
    assert!(
        text.contains("good: Linux 6.1, built as Debian builds it, takes the policy (3 rules)"),
        "{text}"
    );
    let text = bench.run("check bad", 1);
    for part in [
        "error[needs-action]: `pcr` goes only with `measure`",
        " --> bad:2:7",
        "2 | audit pcr=10\n  |       ^^^^^^",
        "bad: Linux 7.2, built as Debian builds it, refuses 1 of 2 rules",
    ] {
        assert!(text.contains(part), "{part:?} in\n{text}");
    }
    assert!(
        bench
            .run("check old --kernel 6.1", 1)
            .contains("kernels before Linux 5.8 take this rule")
    );
    bench.run("check old --kernel 5.4.0-216-generic", 0);
    assert!(bench.run("check empty", 1).contains("error[empty-policy]"));
    // The build decides, and its record knows the version.
    bench.run("check modsig --kernel 6.1", 1);
    assert_eq!(bench.json("check modsig --kconfig config", 0)["kernel"], "6.1");
    assert!(
        bench
            .run("check nowhere", 1)
            .contains("cannot read nowhere: No such file")
    );
    fs::write(bench.0.path().join("many"), "zzzzzz\n".repeat(1000)).unwrap();
    let text = bench.run("check many", 1);
    assert!(
        text.contains("800 more are in the output of --format json") && text.contains("refuses 1000 of 1000 rules")
    );
    // What a file holds does not act on the terminal, and the last word of a line that ends in CR LF is told so.
    fs::write(bench.0.path().join("crlf"), "measure func=BPRM_CHECK\r\n\u{1b}[31m\n").unwrap();
    let text = bench.run("check crlf", 1);
    assert!(
        text.contains("`BPRM_CHECK\\r` is not a value") && text.contains("tr -d '\\r'"),
        "{text}"
    );
    assert!(!text.contains('\u{1b}'), "{text}");
    // The kernel takes any byte where it takes a text.
    fs::write(
        bench.0.path().join("bytes"),
        b"measure fsname=\xff func=BPRM_CHECK\n# \xfe\n",
    )
    .unwrap();
    bench.run("check bytes", 0);
    assert!(
        bench
            .run("check good --kernel 4.19", 1)
            .contains("Linux 4.19 is not known here")
    );
}

#[test]
fn what_is_shown_can_be_checked() {
    let bench = Bench::with(&[]);
    let shown = bench.run("show tcb appraise_tcb --kernel 6.1", 0);
    let mut check = bench
        .command("check - --kernel 6.1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    check.stdin.take().unwrap().write_all(shown.as_bytes()).unwrap();
    said(check.wait_with_output().unwrap(), 0);
}

#[test]
fn every_code_has_its_page() {
    let bench = Bench::with(&[]);
    let codes = bench.run("why", 0);
    assert!(codes.lines().count() > 40, "{codes}");
    assert!(bench.run("why never-matches", 0).starts_with("# `never-matches`"));
    bench.run("why nothing", 1);
    // A reader that has seen enough is no error.
    let piped = Command::new("sh")
        .args(["-c", "\"$0\" policy why | head -n 1", env!("CARGO_BIN_EXE_imaform")])
        .output();
    assert_eq!(said(piped.unwrap(), 0).lines().count(), 1);
}

#[test]
fn explain_says_which_rule_and_why_not_the_others() {
    let policy = "dont_measure fsmagic=0x9fa0\nmeasure func=BPRM_CHECK pcr=11\nhash fowner=0\nappraise fowner=0\naudit uid<1000\n";
    let bench = Bench::with(&[("p", policy), ("bad", "measure\nmeasure pcr=64\n")]);
    let text = bench.run(
        "explain p --func BPRM_CHECK --fsname ext4 --fowner 0 --uid 1000 --kernel 6.1",
        0,
    );
    for part in [
        "func=BPRM_CHECK mask=MAY_EXEC uid=1000 euid=1000 fowner=0 fsmagic=0xef53 fsname=ext4 on Linux 6.1",
        "measure: measured into PCR 11 with template ima-sig\n  line 2 decides: measure func=BPRM_CHECK pcr=11",
        "line 1 does not match: it asks for fsmagic=0x9fa0, and here it is 0xef53",
        "hash: nothing: the appraise rule in line 4 takes the file over",
        "audit: no audit rule matches, so nothing is done",
    ] {
        assert!(text.contains(part), "{part:?} in\n{text}");
    }
    // What is not given is not guessed.
    let explained = bench.json("explain p --func FILE_CHECK", 0);
    let class = &explained["classes"][3];
    assert_eq!(
        (&class["class"], &class["decided"], &class["effect"]),
        (&json!("hash"), &json!(false), &Value::Null)
    );
    assert_eq!(class["undecided"][0]["unknown"], json!(["fowner"]));
    let text = bench.run("explain bad --func FILE_CHECK", 1);
    assert!(text.contains("refuses the policy, first in line 2"), "{text}");
    assert!(
        bench
            .run("explain p --func CRITICAL_DATA --kernel 5.10", 1)
            .contains("it came with 5.12")
    );
    bench.run("explain p --func FILE_CHECK --path /etc/passwd", 1);
}

#[test]
fn explain_takes_a_file_as_the_host_has_it() {
    let sshd = Sshd::start();
    let bench = Bench::with(&[
        ("i.yml", &sshd.inventory("become: none")),
        ("p.yml", "name: p\nappraisal: log\n"),
        ("p", "appraise fowner=0 fgroup=0\nmeasure func=FILE_CHECK\n"),
        ("odd $(touch hit) name", "x"),
    ]);
    let text = bench.run("explain p i.yml --func FILE_CHECK --host a --path /etc/passwd", 0);
    assert!(text.contains("fowner=0 fgroup=0 fsmagic=0x"), "{text}");
    assert!(text.contains("line 1 decides: appraise fowner=0 fgroup=0"), "{text}");
    let odd = bench.0.path().join("odd $(touch hit) name");
    let mut command = bench.command("explain p i.yml --func FILE_CHECK --host a --format json --path");
    let explained: Value = serde_json::from_str(&said(command.arg(&odd).output().unwrap(), 0)).unwrap();
    assert!(explained["access"]["fowner"].is_number() && explained["access"]["fsname"].is_string());
    let text = bench.run("explain p i.yml --func FILE_CHECK --host a --path /nowhere", 1);
    assert!(text.contains("a: ") && text.contains("/nowhere is not there"), "{text}");
    assert!(
        bench
            .run("explain p i.yml --func FILE_CHECK --host a --path /etc", 1)
            .contains("is no regular file")
    );
    bench.run("explain p i.yml --func FILE_CHECK --host b --path /etc/passwd", 1);
    assert!(!sshd.path("hit").exists() && !bench.0.path().join("hit").exists());
}

/// docs/policies.md: the policy in it is saved, each command is run, and what it prints is what the page shows. A line
/// `…` stands for any lines.
#[test]
fn the_page_shows_what_is_printed() {
    let page = fs::read_to_string("docs/policies.md").unwrap();
    let blocks = |kind: &str| {
        let open = format!("```{kind}\n");
        page.split(&open)
            .skip(1)
            .map(|rest| rest.split("```").next().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let bench = Bench::with(&[("ima-policy", &blocks("ima-policy")[0])]);
    let binary = std::path::Path::new(env!("CARGO_BIN_EXE_imaform")).parent().unwrap();
    let path = format!("{}:{}", binary.display(), std::env::var("PATH").unwrap());
    let mut commands = 0;
    for block in blocks("console") {
        for part in block.split("$ ").skip(1) {
            let (command, shown) = part.split_once('\n').unwrap();
            let output = Command::new("sh")
                .args(["-c", command])
                .current_dir(bench.0.path())
                .env("PATH", &path)
                .output()
                .unwrap();
            let printed = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
            let mut rest = printed.as_str();
            for piece in shown.split("…\n") {
                let at = rest
                    .find(piece)
                    .unwrap_or_else(|| panic!("{command}\nshown:\n{piece}\nprinted:\n{printed}"));
                rest = &rest[at + piece.len()..];
            }
            commands += 1;
        }
    }
    assert!(commands >= 6, "{commands}");
}
