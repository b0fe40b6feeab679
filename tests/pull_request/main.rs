//! The pipelines that say in a pull request what it would change: GitHub's is .github/workflows/imaform-plan.yml, GitLab's stands
//! in docs/pull-requests.md. Their scripts are run here as they are; `gh`, `curl` and `imaform plan` are stand-ins.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod pipelines;
mod runner;
#[path = "../support/mod.rs"]
mod support;

use pipelines::{PAGE, pipeline, step, steps, workflow};
use runner::{MARKER, Runner};
use serde_json::{Value, json};
use std::{fs, process::Command};
use support::page;

/// A text that a shell, Markdown or HTML would make something of.
fn hostile() -> String {
    let piece = "`id` $(id) ${{ github.token }} --> <!-- imaform plan --> \" ' \\ \\n é\u{1F600} %s @x\n```\n";
    let text = piece.repeat(60_000 / piece.chars().count() + 1);
    text.chars().take(60_000).collect()
}

#[test]
fn the_workflow_has_the_rights_that_it_needs_and_no_more() {
    let workflow = workflow();
    assert_eq!(
        workflow["on"], "pull_request",
        "pull_request_target would hand secrets to strangers"
    );
    assert_eq!(
        workflow["permissions"],
        json!({ "actions": "read", "contents": "read", "pull-requests": "write", "security-events": "write" })
    );
    let job = &workflow["jobs"]["plan"];
    assert!(job.get("permissions").is_none() && workflow["jobs"].as_object().unwrap().len() == 1);
    let group = workflow["concurrency"]["group"].as_str().unwrap();
    assert!(group.contains("github.event.pull_request.number"), "{group}");
    let own = "github.event.pull_request.head.repo.full_name == github.repository";
    let mut uses = Vec::new();
    for step in steps() {
        let condition = step["if"].as_str().unwrap_or_default();
        let writes = step["uses"]
            .as_str()
            .is_some_and(|action| action.contains("upload-sarif"))
            || step["env"]["GH_TOKEN"].is_string();
        assert_eq!(
            writes,
            condition.contains(own),
            "a fork's token can write nothing: {step:#}"
        );
        if let Some(script) = step["run"].as_str() {
            assert!(
                !script.contains("${{"),
                "what others have written is never part of a script:\n{script}"
            );
        }
        uses.extend(step["uses"].as_str().map(str::to_owned));
    }
    assert_eq!(uses, ["actions/checkout@v6", "github/codeql-action/upload-sarif@v4"]);
    assert_eq!(steps()[0]["with"]["persist-credentials"], false);
    // A plan that fails and a policy that is refused are what reviewers want to read of.
    for name in ["Plan", "Comment"] {
        let step = steps().into_iter().find(|step| step["name"] == name).unwrap();
        assert!(step["if"].as_str().unwrap().contains("!cancelled()"), "{step:#}");
    }
}

#[test]
fn there_is_one_comment_and_the_next_run_renews_it() {
    let runner = Runner::start();
    assert_eq!(runner.github(), (0, 0));
    assert_eq!(runner.own_comments(), [format!("{MARKER}a plan\n")]);
    assert_eq!(runner.read("summary"), format!("{MARKER}a plan\n"));
    runner.plan(0, "nothing to do\n", "");
    assert_eq!(runner.github(), (0, 0));
    assert_eq!(runner.own_comments(), [format!("{MARKER}nothing to do\n")]);
    let hostile = hostile();
    runner.plan(2, &hostile, "");
    assert_eq!(runner.github(), (0, 0));
    assert!(
        runner.own_comments() == [format!("{MARKER}{hostile}")],
        "it does not arrive byte for byte"
    );
    assert!(!runner.read("calls").contains("$(id)"), "the text is never an argument");
}

#[test]
fn what_is_longer_than_a_comment_is_cut_between_characters() {
    let runner = Runner::start();
    runner.plan(2, &"\u{1F600}".repeat(300_000), "");
    assert_eq!(runner.github(), (0, 0));
    let comments = runner.own_comments();
    let rest = "\n\n[The rest](https://github.example/o/r/actions/runs/99)";
    assert!(comments[0].ends_with(&format!("\u{1F600}{rest}")));
    assert!(comments[0].chars().count() <= 65_536);
    assert!(fs::read(runner.0.path().join("summary")).unwrap().len() <= 1024 * 1024);
}

#[test]
fn a_plan_that_fails_is_told_and_fails_the_job() {
    for exit in [1, 3, 4] {
        let runner = Runner::start();
        runner.plan(exit, "half a plan\n", "error: ``` <b>\n  `x` $(id)\n");
        assert_eq!(runner.github(), (exit, 0));
        let failed = format!(
            "{MARKER}half a plan\n\n**imaform plan failed with exit code {exit}.**\n\n    error: ``` <b>\n      `x` $(id)\n"
        );
        assert!(runner.own_comments() == [failed.as_str()]);
        assert_eq!(runner.read("summary"), failed);
        assert_eq!(runner.gitlab("secret"), exit);
        assert_eq!(runner.own_comments(), [failed]);
    }
    // imaform could not be installed.
    let runner = Runner::start();
    fs::write(runner.0.path().join("bin/imaform"), "#!/nowhere\n").unwrap();
    let (plan, comment) = runner.github();
    assert!(plan != 0 && plan != 2 && comment == 0, "{plan} {comment}");
    assert!(
        runner.own_comments()[0].contains("\n    "),
        "{:?}",
        runner.own_comments()
    );
}

#[test]
fn policies_are_checked_for_the_upload_and_for_the_log() {
    let runner = Runner::start();
    // The newest kernel takes them.
    assert_eq!(runner.run(&step("Check policies"), &[]), 0);
    let log: Value = serde_json::from_str(&runner.read("policy.sarif")).unwrap();
    assert_eq!(log["version"], "2.1.0");
    runner.put("ima-policy.j2", "measure fucn=BPRM_CHECK\n");
    assert_eq!(runner.run(&step("Check policies"), &[]), 1);
    let log: Value = serde_json::from_str(&runner.read("policy.sarif")).unwrap();
    let upload = steps()
        .into_iter()
        .find(|step| step["uses"].as_str().is_some_and(|uses| uses.contains("sarif")));
    assert_eq!(upload.unwrap()["with"]["sarif_file"], "policy.sarif");
    assert_eq!(log["runs"][0]["results"][0]["ruleId"], "config");
}

#[test]
fn gitlab_gets_one_note_and_a_code_quality_report() {
    let runner = Runner::start();
    assert_eq!(runner.gitlab("secret"), 0);
    assert_eq!(runner.own_comments(), [format!("{MARKER}a plan\n")]);
    let hostile = hostile();
    runner.plan(0, &hostile, "");
    assert_eq!(runner.gitlab("secret"), 0);
    assert!(
        runner.own_comments() == [format!("{MARKER}{hostile}")],
        "it does not arrive byte for byte"
    );
    assert!(!runner.read("calls").contains("$(id)"), "the text is never an argument");
    // A refused policy fails the job, though there is a plan.
    runner.put("ima-policy.j2", "# why\nmeasure fucn=BPRM_CHECK\n");
    assert_eq!(runner.gitlab("secret"), 1);
    let report: Value = serde_json::from_str(&runner.read("policy.json")).unwrap();
    let finding = &report[0];
    assert_eq!(
        (&finding["check_name"], &finding["severity"], &finding["location"]),
        (
            &json!("config"),
            &json!("major"),
            &json!({ "path": "ima-policy.j2", "lines": { "begin": 2 } })
        )
    );
    assert!(finding["description"].as_str().unwrap().contains("`fucn`") && finding["fingerprint"].is_string());
    let artifacts = &pipeline()["imaform-plan"]["artifacts"];
    assert_eq!(
        (&artifacts["reports"]["codequality"], &artifacts["when"]),
        (&json!("policy.json"), &json!("always"))
    );
    // Without the token, as in a fork, nothing is asked of GitLab.
    let fork = Runner::start();
    assert_eq!(fork.gitlab(""), 0);
    assert_eq!(
        (fork.read("calls"), fork.read("note.md")),
        (String::new(), format!("{MARKER}a plan\n"))
    );
}

#[test]
fn every_script_is_sound() {
    let mut scripts: Vec<String> = steps()
        .iter()
        .filter_map(|step| step["run"].as_str().map(str::to_owned))
        .collect();
    let job = &pipeline()["imaform-plan"];
    for key in ["before_script", "script"] {
        let lines = job[key].as_array().unwrap();
        scripts.extend(lines.iter().map(|line| line.as_str().unwrap().to_owned()));
    }
    let page = fs::read_to_string(PAGE).unwrap();
    let facts: Value = serde_yaml::from_str(&page::blocks(&page, "yaml")[0]).unwrap();
    scripts.push(facts["jobs"]["facts"]["steps"][1]["run"].as_str().unwrap().to_owned());
    scripts.extend([include_str!("imaform"), include_str!("gh"), include_str!("curl")].map(str::to_owned));
    assert_eq!(scripts.len(), 12);
    for script in scripts {
        checked(Command::new("bash").args(["-n", "-c", &script]), &script);
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("script");
        fs::write(
            &path,
            format!("#!/bin/bash\n{}", script.trim_start_matches("#!/bin/bash\n")),
        )
        .unwrap();
        checked(Command::new("shellcheck").arg(&path), &script);
    }
}

#[track_caller]
fn checked(command: &mut Command, script: &str) {
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{script}\n{said}");
}

/// docs/pull-requests.md: each command is run, and what it prints is what the page shows.
#[test]
fn the_page_shows_what_is_printed() {
    let runner = Runner::start();
    assert_eq!(page::run(PAGE, runner.0.path()), 3);
}
