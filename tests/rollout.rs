//! Waves, budgets and soaking, with machines made of plain values and virtual time.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use imaform::{
    config::{Group, Rollout, Share, Stage},
    host::{Call, HostError, Script},
    plan::Plan,
    rollout::{self, Events, Limits, Member, Outcome, RolloutEvent, Way, What, Work, schedule::Kind},
};
use std::{sync::Arc, time::Duration};
use support::{
    PLAYBOOK, desired,
    fake::{Host, failure},
    limits,
    machine::Machine,
    target,
};
use tokio::{sync::mpsc, time::Instant};

/// What is planned for a host: its plan, or why it could not be looked at.
type Planned = (Member, Result<Plan, HostError>);

fn stock() -> Arc<Host> {
    Host::new(Machine::debian(), &desired(PLAYBOOK))
}

/// A host on which this script fails.
fn failing(script: Script) -> Arc<Host> {
    Host::with_hook(Machine::debian(), &desired(PLAYBOOK), move |call: &Call| {
        let fails = call.script == script;
        Box::pin(async move { fails.then(|| Ok(failure("it went wrong"))) })
    })
}

/// A host on which every step takes its time.
fn slow(step: Duration) -> Arc<Host> {
    Host::with_hook(Machine::debian(), &desired(PLAYBOOK), move |_: &Call| {
        Box::pin(async move {
            tokio::time::sleep(step).await;
            None
        })
    })
}

fn members(hosts: &[Arc<Host>]) -> Vec<Planned> {
    let hosts = hosts.iter().enumerate();
    hosts
        .map(|(index, host)| {
            let mut target = target(PLAYBOOK);
            target.name = format!("host-{index}");
            let plan = host.machine.lock().unwrap().plan(&target.desired);
            let transport = Arc::clone(host) as _;
            (
                Member {
                    target,
                    transport,
                    node: None,
                },
                Ok(plan),
            )
        })
        .collect()
}

fn work(hosts: Vec<Planned>, rollout: Rollout) -> Work {
    let group = Group {
        name: "g".into(),
        hosts: hosts.len(),
        rollout: Some(rollout),
    };
    Work::new(&[group], hosts, Way::Forth, &[], 50)
}

async fn apply(hosts: Vec<Planned>, rollout: Rollout, limits: Limits) -> (Vec<Outcome>, Vec<RolloutEvent>) {
    let (sender, mut receiver) = mpsc::unbounded_channel();
    let events = Events::new(sender);
    let outcomes = rollout::apply(work(hosts, rollout), &limits, &events).await;
    drop(events);
    let mut heard = Vec::new();
    while let Some(event) = receiver.recv().await {
        if let What::Rollout(event) = event.what {
            heard.push(event);
        }
    }
    (outcomes, heard)
}

fn careful() -> Rollout {
    Rollout {
        canary: Some(Share::Hosts(1)),
        batch: Share::Percent(50),
        ..Rollout::default()
    }
}

#[test]
fn a_plan_says_the_waves_and_what_stops_them() {
    let mut hosts = members(&[stock(), stock(), stock(), stock()]);
    hosts[1].1 = Err(HostError::Lost { script: "probe" });
    let rollout = Rollout {
        max_failures: Share::Hosts(1),
        max_unavailable: Some(Share::Hosts(2)),
        soak: Duration::from_secs(600),
        ..careful()
    };
    assert_eq!(
        work(hosts, rollout).words(),
        "Rollout of g\n  wave 1, canary (1 host): host-0\n  wave 2 (2 hosts): host-2, host-3\n  \
         stops when more than 1 host has failed (those that cannot be reached or are refused count), and after any wave in \
         which one has failed\n  \
         at most 2 hosts out of service at the same time\n  \
         10m between two waves; then the hosts are looked at again\n"
    );
    assert_eq!(Work::at_once(Vec::new(), 1).words(), "");

    let mut hosts = members(&[stock(), stock()]);
    hosts[1].1 = Err(HostError::Lost { script: "probe" });
    let words = work(hosts, careful()).words();
    let last = "As the hosts are now, none begins: 1 host of g failed, and max_failures is 0";
    assert_eq!(words.lines().last(), Some(last));
}

#[tokio::test(start_paused = true)]
async fn the_canary_goes_first_and_the_others_follow() {
    let hosts = [stock(), stock(), stock(), stock()];
    let (outcomes, events) = apply(members(&hosts), careful(), limits(Stage::Verify)).await;
    assert!(
        outcomes.iter().all(|outcome| matches!(outcome, Outcome::Done { .. })),
        "{outcomes:?}"
    );
    let wave = |wave, kind, hosts: &[&str]| RolloutEvent::Wave {
        wave,
        of: 3,
        kind,
        hosts: hosts.iter().map(ToString::to_string).collect(),
    };
    let expected = [
        wave(1, Kind::Canary, &["host-0"]),
        wave(2, Kind::Batch, &["host-1", "host-2"]),
        wave(3, Kind::Batch, &["host-3"]),
    ];
    assert_eq!(events, expected);
}

#[tokio::test(start_paused = true)]
async fn when_the_canary_fails_no_other_host_is_touched() {
    let hosts = [failing(Script::InstallPackages), stock(), stock()];
    let (outcomes, events) = apply(members(&hosts), careful(), limits(Stage::Verify)).await;
    assert_eq!(outcomes[0].exit_code(), 1);
    for (host, outcome) in hosts.iter().zip(&outcomes).skip(1) {
        let line = outcome.line();
        assert!(line.starts_with("not begun, appraises nothing"), "{line}");
        assert!(line.ends_with(": 1 host of g failed, and max_failures is 0"), "{line}");
        assert_eq!(host.log(), Vec::<&str>::new());
    }
    let why = "1 host of g failed, and max_failures is 0".to_owned();
    assert_eq!(events.last(), Some(&RolloutEvent::Stopped { why }));
}

#[tokio::test(start_paused = true)]
async fn a_host_that_cannot_be_reached_counts_before_anything_is_done() {
    let hosts = [stock(), stock()];
    let mut planned = members(&hosts);
    planned[0].1 = Err(HostError::Lost { script: "probe" });
    let (outcomes, _) = apply(planned, careful(), limits(Stage::Verify)).await;
    assert_eq!(outcomes[0].exit_code(), 3);
    assert!(matches!(outcomes[1], Outcome::NotBegun { .. }), "{outcomes:?}");
    assert_eq!(hosts[1].log(), Vec::<&str>::new());
}

#[tokio::test(start_paused = true)]
async fn a_host_that_takes_too_long_comes_to_a_safe_point_and_has_failed() {
    let hosts = [slow(Duration::from_secs(60)), stock()];
    let rollout = Rollout {
        deadline: Duration::from_secs(300),
        ..careful()
    };
    let (outcomes, _) = apply(members(&hosts), rollout, limits(Stage::Verify)).await;
    let line = outcomes[0].line();
    assert!(line.contains("its deadline of 5m has passed"), "{line}");
    assert!(line.contains("now: reachable, "), "{line}");
    assert_eq!(outcomes[0].exit_code(), 1);
    assert!(hosts[0].log().ends_with(&["probe", "unlock"]), "{:?}", hosts[0].log());
    assert!(matches!(outcomes[1], Outcome::NotBegun { .. }));
}

#[tokio::test(start_paused = true)]
async fn a_wave_soaks_and_a_host_that_has_changed_meanwhile_stops_the_rollout() {
    let soak = Rollout {
        soak: Duration::from_secs(3600),
        ..careful()
    };
    let begin = Instant::now();
    let hosts = [stock(), stock()];
    let (outcomes, events) = apply(members(&hosts), soak.clone(), limits(Stage::Verify)).await;
    assert!(matches!(outcomes[1], Outcome::Done { .. }), "{outcomes:?}");
    assert!(begin.elapsed() >= Duration::from_secs(3600));
    assert!(matches!(events[1], RolloutEvent::Soak { wave: 1, .. }), "{events:?}");
    assert_eq!(events[2], RolloutEvent::Look { wave: 1 });

    let canary = stock();
    let later = Arc::clone(&canary);
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(1800)).await;
        *later.machine.lock().unwrap() = Machine::debian();
    });
    let (outcomes, _) = apply(members(&[canary, stock()]), soak, limits(Stage::Verify)).await;
    let line = outcomes[0].line();
    assert!(
        line.contains("after the soak: every step was done, yet the host still differs"),
        "{line}"
    );
    assert_eq!(outcomes[0].exit_code(), 5);
    assert!(matches!(outcomes[1], Outcome::NotBegun { .. }));
}

#[tokio::test(start_paused = true)]
async fn an_interruption_ends_a_soak() {
    let (sender, stop) = tokio::sync::watch::channel(false);
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(1800)).await;
        sender.send(true).unwrap();
    });
    let soak = Rollout {
        soak: Duration::from_secs(36_000),
        ..careful()
    };
    let begin = Instant::now();
    let limits = Limits {
        stop,
        ..limits(Stage::Verify)
    };
    let (outcomes, _) = apply(members(&[stock(), stock()]), soak, limits).await;
    assert_eq!(begin.elapsed().as_secs(), 1800);
    assert!(matches!(outcomes[0], Outcome::Done { .. }));
    assert_eq!(outcomes[1].exit_code(), 130);
    assert!(outcomes[1].line().ends_with(": interrupted"), "{}", outcomes[1].line());
}
