//! The lock of a host, over a real sshd: one run at a time works on it.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use imaform::{
    config::Stage,
    host::{Call, Script},
    ima::Appraisal,
    plan::{Graph, Plan},
    resource::{Action, HostLock, ScriptCall, Step, StepId, sha256_hex},
    rollout::{Check, Events, Limits, Member, Outcome, RunId, Work, apply},
};
use std::{fs, path::Path, process::Command, time::Duration};
use support::{limits, sshd::Sshd, target};
use tokio::sync::mpsc;

/// What a host keeps, as its scripts see it.
const STATE: &str = "/var/lib/imaform";

/// A command as a plan of one step, made when `last_run` was the last one to work on the host.
fn plan(command: &str, last_run: &str) -> Plan {
    let call = ScriptCall::new(Script::RunCheck, ["600".to_owned(), sha256_hex(command)], command);
    let id = StepId::new("check", "command");
    let step = Step::new(
        id,
        Stage::Prepare,
        "a command",
        "asked for",
        Action::Script(call),
        "exit 0",
    );
    Plan {
        playbook: "p".into(),
        stage: Stage::Prepare,
        now: String::new(),
        target: Appraisal::Log,
        lock: HostLock {
            holder: None,
            last: last_run.into(),
        },
        graph: Graph::join(vec![step]).unwrap(),
        ..Plan::default()
    }
}

/// A run of its own, that ends with its steps.
fn run() -> Limits {
    Limits {
        check: Check::StepsOnly,
        ..limits(Stage::Verify)
    }
}

/// A way to the host of one controller.
fn member(sshd: &Sshd) -> Member {
    Member {
        target: target("name: p\nappraisal: log\n"),
        transport: sshd.open(),
        node: None,
    }
}

async fn carry_out(member: &Member, plan: Plan, limits: &Limits) -> Outcome {
    let (sender, _events) = mpsc::unbounded_channel();
    apply(
        Work::at_once(vec![(member.clone(), plan)], 1),
        limits,
        &Events::new(sender),
    )
    .await
    .remove(0)
}

fn state(sshd: &Sshd, file: &str) -> String {
    fs::read_to_string(sshd.path("state").join(file)).unwrap_or_default()
}

fn is_locked(sshd: &Sshd) -> bool {
    sshd.path("state").join("lock").exists()
}

async fn appears(path: &Path) {
    while !path.exists() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Two controllers begin at the same time, each with all hosts of the same inventory.
#[tokio::test]
async fn one_of_two_runs_works_on_a_host_and_never_both() {
    const HOSTS: usize = 3;
    let sshds: Vec<Sshd> = (0..HOSTS).map(|_| Sshd::start()).collect();
    let members = || sshds.iter().map(member).collect::<Vec<_>>();
    let controllers = [members(), members()];
    let mut mixed = 0;
    for round in 0..20 {
        let before: Vec<String> = sshds.iter().map(Sshd::last_run).collect();
        let command = format!("echo begins >>{STATE}/work; sleep 0.1; echo ends >>{STATE}/work");
        let all = |controller: &[Member]| {
            let hosts = controller.iter().zip(&before);
            let hosts = hosts.map(|(member, before)| (member.clone(), plan(&command, before)));
            Work::at_once(hosts.collect(), HOSTS)
        };
        let (one, other) = (run(), run());
        let (sender, _events) = mpsc::unbounded_channel();
        let events = Events::new(sender);
        let (first, second) = tokio::join!(
            apply(all(&controllers[0]), &one, &events),
            apply(all(&controllers[1]), &other, &events)
        );
        mixed += usize::from(first.iter().any(is_done) && second.iter().any(is_done));
        for (sshd, (first, second)) in sshds.iter().zip(first.iter().zip(&second)) {
            let (done, refused) = match is_done(first) {
                true => (first, second),
                false => (second, first),
            };
            assert!(is_done(done), "{}", done.line());
            assert!(matches!(refused, Outcome::Locked(_)), "{}", refused.line());
            assert_eq!(refused.exit_code(), 4);
            assert_eq!(state(sshd, "work"), "begins\nends\n".repeat(round + 1));
            assert!(!is_locked(sshd));
        }
    }
    eprintln!("in {mixed} of 20 rounds each of the two had some of the hosts");
}

fn is_done(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Done { .. })
}

#[tokio::test]
async fn the_lock_is_given_back_after_success_and_failure() {
    let sshd = Sshd::start();
    let member = member(&sshd);
    let well = run();
    let outcome = carry_out(&member, plan(&format!("cat {STATE}/lock >{STATE}/seen"), ""), &well).await;
    assert!(matches!(outcome, Outcome::Done { .. }), "{}", outcome.line());
    let seen = state(&sshd, "seen");
    let id = well.run.id.as_str();
    assert!(
        seen.starts_with(&format!("run={id}\nby=tester@tests\nsince=20")),
        "{seen}"
    );
    assert_eq!((sshd.last_run().as_str(), is_locked(&sshd)), (id, false));

    let ill = run();
    let outcome = carry_out(&member, plan("exit 7", id), &ill).await;
    assert!(
        outcome.line().starts_with("failed in prepare at 'a command'"),
        "{}",
        outcome.line()
    );
    assert_eq!(
        (sshd.last_run().as_str(), is_locked(&sshd)),
        (ill.run.id.as_str(), false)
    );
}

#[tokio::test]
async fn a_lock_whose_answer_was_lost_is_had_and_given_back_all_the_same() {
    let sshd = Sshd::start();
    let door = sshd.open();
    for _ in 0..2 {
        let taken = door
            .run(Call::new(Script::Lock).args(["r-1", "me", &sshd.last_run(), ""]))
            .await
            .unwrap();
        taken.success(Script::Lock).unwrap();
        assert!(is_locked(&sshd));
    }
    for _ in 0..2 {
        let given_back = door.run(Call::new(Script::Unlock).args(["r-1"])).await.unwrap();
        given_back.success(Script::Unlock).unwrap();
        assert_eq!((sshd.last_run().as_str(), is_locked(&sshd)), ("r-1", false));
    }
    let other = door.run(Call::new(Script::Unlock).args(["r-2"])).await.unwrap();
    let error = other.success(Script::Unlock).unwrap_err().to_string();
    assert!(
        error.contains("run r-2 no longer holds the lock of this host"),
        "{error}"
    );
}

#[tokio::test]
async fn a_plan_from_before_another_run_is_not_carried_out() {
    let sshd = Sshd::start();
    let member = member(&sshd);
    let other = run();
    carry_out(&member, plan("true", ""), &other).await;
    let outcome = carry_out(&member, plan(&format!("touch {STATE}/done"), ""), &run()).await;
    let said = format!(
        "nothing was done: run {} of tester@tests has worked on this host since the plan was made: apply again",
        other.run.id
    );
    assert_eq!(outcome.line(), said);
    assert!(!sshd.path("state").join("done").exists());
}

#[tokio::test]
async fn a_lock_that_was_left_is_taken_over_by_its_name_only() {
    let sshd = Sshd::start();
    let member = member(&sshd);
    let left = "run=20260101T000000Z-00000001\nby=eve@gone\nsince=2026-01-01T00:00:00Z\nuntil=2026-01-01T04:00:00Z\n";
    fs::write(sshd.path("state").join("lock"), left).unwrap();
    let names: [Option<&str>; 2] = [None, Some("20260101T000000Z-00000002")];
    for name in names {
        let limits = Limits {
            take_over: name.into_iter().map(|name| name.parse().unwrap()).collect(),
            ..run()
        };
        let line = carry_out(&member, plan("true", ""), &limits).await.line();
        let begins = "nothing was done: run 20260101T000000Z-00000001 of eve@gone holds the lock of this host since \
                      2026-01-01T00:00:00Z, and began its last step ";
        assert!(line.starts_with(begins), "{line}");
        let stale = "it was to begin none after 2026-01-01T04:00:00Z, so it is gone, or that one is not over: --take-over 20260101T000000Z-00000001";
        assert!(line.ends_with(stale), "{line}");
        assert_eq!(state(&sshd, "lock"), left);
    }
    let fresh = left.replace("until=2026", "until=2999");
    fs::write(sshd.path("state").join("lock"), fresh).unwrap();
    let line = carry_out(&member, plan("true", ""), &run()).await.line();
    let waits = "wait until it ends, it begins none after 2999-01-01T04:00:00Z; if it is gone: --take-over ";
    assert!(line.contains(waits), "{line}");
    takes_over(&sshd, &member, "20260101T000000Z-00000001").await;

    // A crash has left nothing that can be read.
    fs::write(sshd.path("state").join("lock"), "").unwrap();
    let line = carry_out(&member, plan("true", &sshd.last_run()), &run()).await.line();
    assert!(line.contains("run unreadable of unreadable holds the lock"), "{line}");
    takes_over(&sshd, &member, "unreadable").await;
}

async fn takes_over(sshd: &Sshd, member: &Member, run_id: &str) {
    let limits = Limits {
        take_over: vec![RunId::new().unwrap(), run_id.parse().unwrap()],
        ..run()
    };
    let outcome = carry_out(member, plan("true", &sshd.last_run()), &limits).await;
    assert!(matches!(outcome, Outcome::Done { .. }), "{}", outcome.line());
    assert_eq!(
        (sshd.last_run().as_str(), is_locked(sshd)),
        (limits.run.id.as_str(), false)
    );
}

#[test]
fn status_names_who_holds_a_lock() {
    let sshd = Sshd::start();
    let left = "run=20260101T000000Z-00000001\nby=eve@gone\nsince=2026-01-01T00:00:00Z\nuntil=2026-01-01T04:00:00Z\n";
    fs::write(sshd.path("state").join("lock"), left).unwrap();
    fs::write(sshd.path("i.yml"), sshd.inventory("become: none")).unwrap();
    fs::write(sshd.path("p.yml"), "name: p\nappraisal: log\n").unwrap();
    let status = |format: &str| {
        let output = Command::new(env!("CARGO_BIN_EXE_imaform"))
            .args(["status", "--format", format])
            .arg(sshd.path("i.yml"))
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let text = status("text");
    let words = "  locked by run 20260101T000000Z-00000001 of eve@gone since 2026-01-01T00:00:00Z, which begins no step after 2026-01-01T04:00:00Z\n";
    assert!(text.contains(words), "{text}");
    let json: serde_json::Value = serde_json::from_str(&status("json")).unwrap();
    assert_eq!(json["hosts"][0]["lock"]["by"], "eve@gone");
}

#[tokio::test]
async fn who_has_lost_the_lock_ends_its_step_and_does_nothing_more() {
    let sshd = Sshd::start();
    let controllers = [member(&sshd), member(&sshd)];
    let begun = sshd.path("state").join("begun");
    let go = sshd.path("state").join("go");
    let command =
        format!("touch {STATE}/begun; until [ -e {STATE}/go ]; do sleep 0.1; done; echo the first >>{STATE}/work");
    let robbed = run();
    let robber = Limits {
        take_over: vec![robbed.run.id.clone()],
        ..run()
    };
    let taking = async {
        appears(&begun).await;
        let taking = carry_out(
            &controllers[1],
            plan(&format!("echo the second >>{STATE}/work"), ""),
            &robber,
        );
        let step_ends = async {
            while !state(&sshd, "lock").contains(robber.run.id.as_str()) {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            assert_eq!(state(&sshd, "work"), "", "a step is still at work");
            fs::write(&go, "").unwrap();
        };
        tokio::join!(taking, step_ends).0
    };
    let (first, second) = tokio::join!(carry_out(&controllers[0], plan(&command, ""), &robbed), taking);
    assert!(matches!(second, Outcome::Done { .. }), "{}", second.line());
    assert_eq!(state(&sshd, "work"), "the first\nthe second\n");
    let lost = format!("run {} no longer holds the lock of this host: ", robbed.run.id);
    assert!(first.line().contains(&lost), "{}", first.line());
    assert_eq!(
        (sshd.last_run().as_str(), is_locked(&sshd)),
        (robber.run.id.as_str(), false)
    );
}
