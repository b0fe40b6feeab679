//! `imaform policy`, the real binary.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use serde_json::{Value, json};
use std::{
    fs,
    io::Write,
    process::{Command, Output, Stdio},
};
use support::{page, sshd::Sshd};
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

/// What GitHub's code scanning demands of SARIF 2.1.0 beyond the standard's schema ("SARIF support for code scanning").
#[test]
fn sarif_has_what_code_scanning_demands() {
    let policy = "# é\n\t\u{1F600}=x measure\nmeasure func=BRPM_CHECK\nmeasure func=FILE_CHECK";
    let bench = Bench::with(&[("a b#é", policy)]);
    let mut command = bench.command("check --format sarif --kernel 6.1");
    let log: Value = serde_json::from_str(&said(command.arg("./a b#é").output().unwrap(), 1)).unwrap();
    assert_eq!(
        (&log["version"], &log["$schema"]),
        (&json!("2.1.0"), &json!("https://json.schemastore.org/sarif-2.1.0.json"))
    );
    assert_eq!(log["runs"].as_array().unwrap().len(), 1);
    let run = &log["runs"][0];
    assert_eq!(run["columnKind"], "unicodeCodePoints");
    let driver = &run["tool"]["driver"];
    assert_eq!(driver["name"], "imaform");
    assert_eq!(driver["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(driver["informationUri"], "https://github.com/imaform/imaform");
    let rules = driver["rules"].as_array().unwrap();
    let codes = bench.run("why", 0).lines().count();
    assert_eq!(rules.len(), codes + 1, "each code, and `config`");
    for rule in rules {
        for (property, most) in [("shortDescription", 1024), ("fullDescription", 1024), ("help", 100_000)] {
            let text = rule[property]["text"].as_str().unwrap();
            assert!(!text.is_empty() && text.chars().count() <= most, "{rule:#}");
        }
    }
    let results = run["results"].as_array().unwrap();
    // The schema knows no other properties than these.
    assert_eq!(
        results[1],
        json!({
            "ruleId": "unknown-value",
            "ruleIndex": rules.iter().position(|rule| rule["id"] == "unknown-value").unwrap(),
            "level": "error",
            "message": { "text": "`BRPM_CHECK` is not a value of `func`\ndid you mean `BPRM_CHECK`?" },
            "locations": [{ "physicalLocation": {
                "artifactLocation": { "uri": "a%20b%23%C3%A9" },
                "region": { "startLine": 3, "startColumn": 9, "endLine": 3, "endColumn": 24 },
            } }],
            "partialFingerprints": results[1]["partialFingerprints"],
        })
    );
    let region = |result: &Value| result["locations"][0]["physicalLocation"]["region"].clone();
    assert_eq!(
        region(&results[0]),
        json!({ "startLine": 2, "startColumn": 2, "endLine": 2, "endColumn": 5 }),
        "columns are code points: neither bytes nor UTF-16"
    );
    let whole = results.iter().find(|result| result["ruleId"] == "no-final-newline");
    let whole = whole.unwrap();
    assert_eq!(
        (&whole["level"], region(whole)),
        (
            &json!("warning"),
            json!({ "startLine": 1, "startColumn": 1, "endLine": 1, "endColumn": 1 })
        )
    );
}

#[test]
fn fingerprints_outlive_lines_that_move() {
    let bench = Bench::with(&[("p", "measure func=X\naudit func=X\nmeasure func=X\n")]);
    let fingerprints = || {
        let log: Value = serde_json::from_str(&bench.run("check p --format sarif", 1)).unwrap();
        let results = log["runs"][0]["results"].as_array().unwrap().clone();
        results
            .iter()
            .map(|result| result["partialFingerprints"]["ruleAndLine/v1"].clone())
            .collect::<Vec<_>>()
    };
    let before = fingerprints();
    assert_eq!(before.len(), 3);
    assert!(
        before[0] != before[1] && before[0] != before[2] && before[1] != before[2],
        "{before:?}"
    );
    let moved = "# one\n\nmeasure func=X\n# two\n  audit func=X\nmeasure func=X\n";
    fs::write(bench.0.path().join("p"), moved).unwrap();
    assert_eq!(fingerprints(), before);
}

#[test]
fn findings_beyond_what_code_scanning_takes_are_cut_warnings_first() {
    let bench = Bench::with(&[
        ("p", &"measure func=FILE_CHECK\n".repeat(100)),
        ("q", &"zzzzzz\n".repeat(25_000)),
    ]);
    let log: Value = serde_json::from_str(&bench.run("check p q --format sarif", 1)).unwrap();
    let results = log["runs"][0]["results"].as_array().unwrap();
    assert_eq!(results.len(), 25_000);
    assert!(results.iter().all(|result| result["level"] == "error"));
}

#[test]
fn check_takes_the_policies_of_an_inventory() {
    let inventory = "groups:\n  \
                       new: {playbook: p.yml, hosts: ['n[1:3]'], vars: {id: 0}}\n  \
                       old: {playbook: p.yml, hosts: [o], vars: {id: 1}}\n  \
                       bare: {playbook: q.yml, hosts: [b]}\n";
    let template = "# {{ group }}\n{% if group == 'old' %}\n  audit func=KEXEC_CMDLINE\n{% endif %}\n\
                    measure func=CRITICAL_DATA\nmeasure egid={{ id }}\n";
    let bench = Bench::with(&[
        ("i.yml", inventory),
        ("p.yml", "name: p\nappraisal: log\npolicy: {template: t.j2}\n"),
        ("q.yml", "name: q\nappraisal: log\n"),
        ("t.j2", template),
    ]);
    let put = |name: &str, text: &str| fs::write(bench.0.path().join(name), text).unwrap();
    let text = bench.run("check --inventory i.yml --kernel 5.10", 1);
    for part in [
        "the policy of n1 and 2 other hosts: Linux 5.10, built as Ubuntu builds it, refuses 2 of 2 rules",
        " --> the policy of o:2:",
    ] {
        assert!(text.contains(part), "{part:?} in\n{text}");
    }
    let found = |words: &str, code: i32| {
        let log: Value = serde_json::from_str(&bench.run(&format!("{words} --format sarif"), code)).unwrap();
        let brief = |result: &Value| {
            let place = &result["locations"][0]["physicalLocation"];
            let (line, column) = (&place["region"]["startLine"], &place["region"]["startColumn"]);
            let uri = place["artifactLocation"]["uri"].as_str().unwrap();
            let code = result["ruleId"].as_str().unwrap();
            let message = result["message"]["text"].as_str().unwrap();
            (format!("{uri}:{line}:{column} {code}"), message.to_owned())
        };
        let results = log["runs"][0]["results"].as_array().unwrap();
        results.iter().map(brief).collect::<Vec<_>>()
    };
    let results = found("check --inventory i.yml --kernel 5.10", 1);
    let places: Vec<_> = results.iter().map(|(place, _)| place.as_str()).collect();
    // What both renderings have is said once; what is nowhere written so, at the first line.
    assert_eq!(
        places,
        [
            "t.j2:5:9 kernel-too-old",
            "t.j2:1:1 kernel-too-old",
            "t.j2:3:9 action-of-func",
            "t.j2:1:1 kernel-too-old",
        ]
    );
    assert!(
        results[3].1.ends_with("In the policy of o, line 4: measure egid=1"),
        "{results:?}"
    );
    bench.run("check --inventory i.yml t.j2", 1);
    let text = bench.run("check --inventory i.yml --format json", 1);
    assert!(text.contains("--format sarif"), "{text}");

    // What the playbook's reader refuses is in the same log.
    put("t.j2", "# why\n{% if true %}\n  measure fucn=X\n{% endif %}\n");
    let results = found("check --inventory i.yml", 1);
    assert_eq!(results[0].0, "t.j2:3:11 config");
    assert!(results[0].1.contains("(host n1 and 3 more)"), "{results:?}");
    put("q.yml", "name: q\napraisal: log\n");
    let results = found("check --inventory i.yml", 1);
    assert!(
        results.iter().any(|(place, _)| place == "q.yml:2:1 config"),
        "{results:?}"
    );
    assert_eq!(found("check --inventory nowhere", 1)[0].0, "nowhere:1:1 config");

    put("i.yml", "groups: {g: {playbook: q.yml, hosts: [a]}}\n");
    put("q.yml", "name: q\nappraisal: log\n");
    assert_eq!(found("check --inventory i.yml", 0), []);
    assert_eq!(bench.run("check --inventory i.yml", 0), "no host gets a policy\n");
}

/// docs/policies.md: the policy in it is saved, each command is run, and what it prints is what the page shows. A line
/// `…` stands for any lines.
#[test]
fn the_page_shows_what_is_printed() {
    let page = fs::read_to_string("docs/policies.md").unwrap();
    let bench = Bench::with(&[("ima-policy", &page::blocks(&page, "ima-policy")[0])]);
    assert!(page::run("docs/policies.md", bench.0.path()) >= 6);
}
