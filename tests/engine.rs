//! Reboots and the engine, over transports that are scripted: here a fake is right, since no test can reboot its machine.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use imaform::{
    config::Stage,
    host::{Answer, Call, HostError, Script, Transport},
    resource::{Observed, StepId},
    rollout::{self, Event, EventKind, Events, Failure, Limits, Member, Outcome, Place, What, Work},
};
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};
use support::{
    PLAYBOOK, desired,
    fake::{Host, answer, failure, probe_answer},
    limits,
    machine::Machine,
    playbook_for, target,
};
use tokio::sync::{Barrier, mpsc, watch};

#[test]
fn the_fake_probe_says_what_the_real_parser_reads() {
    let desired = desired(PLAYBOOK);
    for machine in [Machine::debian(), Machine::converged(&desired)] {
        let observed = machine.observe(&desired);
        let answer = probe_answer(&observed, "%0123");
        assert_eq!(Observed::parse(answer.as_bytes(), "%0123").unwrap(), observed);
    }
}

/// Carries out what these hosts need under [`PLAYBOOK`], and returns what the reporters heard.
async fn apply(hosts: Vec<Arc<Host>>, playbook: &str, limits: Limits) -> (Vec<Outcome>, Vec<Event>) {
    apply_at_once(10, hosts, playbook, limits).await
}

/// The same, so many hosts at a time.
async fn apply_at_once(
    concurrency: usize,
    hosts: Vec<Arc<Host>>,
    playbook: &str,
    limits: Limits,
) -> (Vec<Outcome>, Vec<Event>) {
    let (sender, mut receiver) = mpsc::unbounded_channel();
    let events = Events::new(sender);
    let work = hosts
        .into_iter()
        .enumerate()
        .map(|(index, host)| {
            let mut target = target(playbook);
            target.name = format!("host-{index}");
            let plan = host.machine.lock().unwrap().plan(&target.desired);
            (
                Member {
                    target,
                    transport: host,
                    node: None,
                },
                plan,
            )
        })
        .collect();
    let outcomes = rollout::apply(Work::at_once(work, concurrency), &limits, &events).await;
    drop(events);
    let mut heard = Vec::new();
    while let Some(event) = receiver.recv().await {
        heard.push(event);
    }
    (outcomes, heard)
}

/// The steps that began and the steps that were done, in order.
fn steps(events: &[Event]) -> (Vec<String>, Vec<String>) {
    let (mut begun, mut done) = (Vec::new(), Vec::new());
    for event in events {
        let What::Host { kind, .. } = &event.what else { continue };
        match kind {
            EventKind::StepStarted { id, .. } => begun.push(id.to_string()),
            EventKind::StepDone { id, .. } => done.push(id.to_string()),
            _ => {}
        }
    }
    (begun, done)
}

#[tokio::test(start_paused = true)]
async fn a_stock_host_ends_enforcing_and_is_looked_at_again() {
    let host = Host::new(Machine::debian(), &desired(PLAYBOOK));
    let (outcomes, events) = apply(vec![Arc::clone(&host)], PLAYBOOK, limits(Stage::Verify)).await;
    assert!(
        matches!(
            outcomes[0],
            Outcome::Done {
                steps: 25,
                reboots: 2,
                ..
            }
        ),
        "{outcomes:?}"
    );
    assert_eq!(outcomes[0].line(), "enforcing: 25 steps, 2 reboots");
    assert_eq!(host.machine.lock().unwrap().boot_mode().0, "enforce");
    assert_eq!(host.log()[0], "lock");
    assert!(
        host.log().ends_with(&["probe", "record-applied", "unlock"]),
        "{:?}",
        host.log()
    );
    let (begun, done) = steps(&events);
    assert_eq!((begun.len(), done.len()), (25, 25));
    assert!(matches!(
        &events.last().unwrap().what,
        What::Host {
            kind: EventKind::Finished(Outcome::Done { .. }),
            ..
        }
    ));

    let (outcomes, _) = apply(vec![Arc::clone(&host)], PLAYBOOK, limits(Stage::Verify)).await;
    assert!(matches!(outcomes[0], Outcome::UpToDate { .. }), "{outcomes:?}");
}

#[tokio::test(start_paused = true)]
async fn a_failed_step_ends_the_host_after_what_is_in_flight() {
    let failed = Arc::new(watch::channel(false).0);
    let host = Host::with_hook(Machine::debian(), &desired(PLAYBOOK), move |call: &Call| {
        let (script, failed) = (call.script, Arc::clone(&failed));
        Box::pin(async move {
            match script {
                Script::BootMode => {
                    failed.send_replace(true);
                    Some(Ok(failure("the disk is full")))
                }
                // Begins beside it, and ends only after it has failed.
                Script::InstallFile => {
                    failed.subscribe().wait_for(|failed| *failed).await.unwrap();
                    tokio::task::yield_now().await;
                    None
                }
                _ => None,
            }
        })
    });
    let (outcomes, events) = apply(vec![Arc::clone(&host)], PLAYBOOK, limits(Stage::Verify)).await;
    let Outcome::Failed {
        place, failure, now, ..
    } = &outcomes[0]
    else {
        panic!("{outcomes:?}");
    };
    assert_eq!(
        *place,
        Some(Place {
            stage: Stage::Prepare,
            step: StepId::new("boot", "first-mode"),
            title: "make fix the mode of every boot".into(),
        })
    );
    assert_eq!(failure.to_string(), "'boot-mode' failed (exit 1): the disk is full");
    assert!(now.starts_with("reachable, "), "{now}");
    assert_eq!(outcomes[0].exit_code(), 1);
    let (begun, done) = steps(&events);
    assert!(!done.is_empty(), "what ran beside it came to its end");
    assert_eq!(begun.len(), done.len() + 1, "{begun:?} {done:?}");
    assert!(!begun.iter().any(|id| id == "grub/menu"), "{begun:?}");
}

#[tokio::test(start_paused = true)]
async fn the_first_failure_is_the_one_that_is_told() {
    let host = Host::with_hook(Machine::debian(), &desired(PLAYBOOK), |call: &Call| {
        let script = call.script;
        Box::pin(async move {
            match script {
                Script::BootMode => Some(Ok(failure("first"))),
                Script::InstallFile => {
                    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
                    Some(Ok(failure("later")))
                }
                _ => None,
            }
        })
    });
    let (outcomes, _) = apply(vec![host], PLAYBOOK, limits(Stage::Verify)).await;
    assert!(outcomes[0].line().contains("first"), "{}", outcomes[0].line());
}

/// Each waits until the other is in the same step.
#[tokio::test(start_paused = true)]
async fn hosts_go_side_by_side_and_a_bad_one_hinders_no_other() {
    let barrier = Arc::new(Barrier::new(2));
    let make = |bad: bool| {
        let barrier = Arc::clone(&barrier);
        Host::with_hook(Machine::debian(), &desired(PLAYBOOK), move |call: &Call| {
            let (script, barrier) = (call.script, Arc::clone(&barrier));
            Box::pin(async move {
                if script == Script::InstallPackages {
                    barrier.wait().await;
                    return bad.then(|| Ok(failure("no such package")));
                }
                None
            })
        })
    };
    let (outcomes, _) = apply(vec![make(true), make(false)], PLAYBOOK, limits(Stage::Verify)).await;
    assert_eq!(outcomes[0].exit_code(), 1, "{outcomes:?}");
    assert!(matches!(outcomes[1], Outcome::Done { .. }), "{outcomes:?}");
}

#[tokio::test(start_paused = true)]
async fn no_more_hosts_at_a_time_than_asked_for() {
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let hosts = (0..5)
        .map(|_| {
            let (now, most) = (Arc::clone(&now), Arc::clone(&most));
            Host::with_hook(Machine::debian(), &desired(PLAYBOOK), move |call: &Call| {
                let (script, now, most) = (call.script, Arc::clone(&now), Arc::clone(&most));
                Box::pin(async move {
                    if script == Script::InstallPackages {
                        most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                        tokio::time::sleep(std::time::Duration::from_secs(9)).await;
                        now.fetch_sub(1, Ordering::SeqCst);
                    }
                    None
                })
            })
        })
        .collect();
    let (outcomes, _) = apply_at_once(2, hosts, PLAYBOOK, limits(Stage::Verify)).await;
    assert!(
        outcomes.iter().all(|outcome| matches!(outcome, Outcome::Done { .. })),
        "{outcomes:?}"
    );
    assert_eq!(most.load(Ordering::SeqCst), 2);
}

#[tokio::test(start_paused = true)]
async fn an_interruption_lets_steps_end_and_begins_no_other() {
    let (sender, stop) = watch::channel(false);
    let sender = Arc::new(sender);
    let host = Host::with_hook(Machine::debian(), &desired(PLAYBOOK), move |call: &Call| {
        if call.script == Script::InstallPackages {
            sender.send(true).unwrap();
        }
        Box::pin(async { None })
    });
    let limits = Limits {
        stop,
        ..limits(Stage::Verify)
    };
    let (outcomes, events) = apply(vec![Arc::clone(&host)], PLAYBOOK, limits).await;
    let Outcome::Stopped {
        steps: count,
        left,
        interrupted: true,
        ..
    } = outcomes[0]
    else {
        panic!("{outcomes:?}");
    };
    assert_eq!(outcomes[0].exit_code(), 130);
    let (begun, done) = steps(&events);
    assert_eq!((begun.len(), done.len(), count + left), (count, count, 25));
    assert!(done.contains(&"packages/install".to_owned()));
    assert!(!host.log().contains(&"reboot"));

    // And it goes on where it stopped.
    let (outcomes, events) = apply(vec![host], PLAYBOOK, self::limits(Stage::Verify)).await;
    assert!(matches!(outcomes[0], Outcome::Done { .. }), "{outcomes:?}");
    assert_eq!(steps(&events).1.len(), left);
}

/// An unconfirmed trial would end in a reboot at some later time.
#[tokio::test(start_paused = true)]
async fn an_interruption_in_a_trial_boot_lets_it_be_judged() {
    let (sender, stop) = watch::channel(false);
    let reboots = AtomicUsize::new(0);
    let host = Host::with_hook(Machine::debian(), &desired(PLAYBOOK), move |call: &Call| {
        if call.script == Script::Reboot && reboots.fetch_add(1, Ordering::SeqCst) == 1 {
            sender.send(true).unwrap();
        }
        Box::pin(async { None })
    });
    let limits = Limits {
        stop,
        ..limits(Stage::Verify)
    };
    let (outcomes, events) = apply(vec![Arc::clone(&host)], PLAYBOOK, limits).await;
    assert!(
        matches!(
            outcomes[0],
            Outcome::Stopped {
                left: 1,
                interrupted: true,
                ..
            }
        ),
        "{outcomes:?}"
    );
    assert_eq!(steps(&events).1.last().unwrap(), "boot/confirm");
    assert_eq!(host.machine.lock().unwrap().mode(), "enforce");
}

#[tokio::test(start_paused = true)]
async fn until_a_stage() {
    for (stage, mode, last) in [
        (Stage::Prepare, "", "audit/load"),
        (Stage::Fix, "fix", "boot/keep"),
        (Stage::Label, "fix", "gate/enforce"),
    ] {
        let host = Host::new(Machine::debian(), &desired(PLAYBOOK));
        let (outcomes, events) = apply(vec![Arc::clone(&host)], PLAYBOOK, limits(stage)).await;
        let stopped = matches!(outcomes[0], Outcome::Stopped { interrupted: false, .. });
        assert!(stopped && outcomes[0].exit_code() == 0, "{outcomes:?}");
        assert_eq!(steps(&events).1.last().unwrap(), last);
        assert_eq!(host.machine.lock().unwrap().mode(), mode);
    }
    let host = Host::new(Machine::debian(), &desired(PLAYBOOK));
    let (outcomes, _) = apply(vec![host], PLAYBOOK, limits(Stage::Enforce)).await;
    assert!(
        matches!(
            outcomes[0],
            Outcome::Stopped {
                left: 1,
                interrupted: false,
                ..
            }
        ),
        "the list is not proven: {outcomes:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_list_that_was_changed_is_exit_code_5() {
    let host = Host::with_hook(Machine::debian(), &desired(PLAYBOOK), move |call: &Call| {
        let mut stdout = include_bytes!("lists/debian-6.1-ima/binary").to_vec();
        let last = stdout.len() - 1;
        stdout[last] ^= 1;
        let changed = (call.script == Script::Attest).then(|| Ok(Answer { stdout, ..answer("") }));
        Box::pin(async { changed })
    });
    let (outcomes, _) = apply(vec![host], PLAYBOOK, limits(Stage::Verify)).await;
    assert_eq!(outcomes[0].exit_code(), 5, "{outcomes:?}");
    let line = outcomes[0].line();
    assert!(line.contains("the measurement list is not proven: entry "), "{line}");
    assert!(line.contains("its template hash does not come from its data"), "{line}");
}

#[tokio::test(start_paused = true)]
async fn a_gate_that_says_no_is_exit_code_4() {
    for gate in [Script::JudgePolicy, Script::VerifyLabels, Script::ProveEnforcement] {
        let host = Host::with_hook(Machine::debian(), &desired(PLAYBOOK), move |call: &Call| {
            let no = (call.script == gate).then(|| Ok(failure("no")));
            Box::pin(async { no })
        });
        let (outcomes, _) = apply(vec![Arc::clone(&host)], PLAYBOOK, limits(Stage::Verify)).await;
        assert_eq!(outcomes[0].exit_code(), 4, "{outcomes:?}");
        assert_ne!(host.machine.lock().unwrap().boot_mode().0, "enforce", "{gate:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_trial_that_falls_back_is_told_as_such() {
    let host = Host::with_hook(Machine::debian(), &desired(PLAYBOOK), |_| Box::pin(async { None }));
    // GRUB does not see the trial.
    let transport = Arc::clone(&host);
    let watched = Host::with_hook(Machine::debian(), &desired(PLAYBOOK), move |call: &Call| {
        let trial = call.script == Script::BootMode && call.args[1] == "enforce";
        let (host, call) = (Arc::clone(&transport), call.clone());
        Box::pin(async move {
            if trial {
                return Some(Ok(answer("")));
            }
            Some(host.run(call).await)
        })
    });
    let (outcomes, _) = apply(vec![watched], PLAYBOOK, limits(Stage::Verify)).await;
    let line = outcomes[0].line();
    assert!(
        line.starts_with(
            "failed in enforce at 'reboot with ima_appraise=enforce' (boot/trial), after 20 steps: the host booted"
        ),
        "{line}"
    );
    assert!(
        line.contains("with ima_appraise=fix where enforce was wanted"),
        "{line}"
    );
    assert!(line.contains("now: reachable, in fix mode, stage "), "{line}");
    assert_eq!(outcomes[0].exit_code(), 4);
    assert_eq!(host.machine.lock().unwrap().boot_mode(), ("fix".into(), String::new()));
}

#[tokio::test(start_paused = true)]
async fn a_host_that_still_differs_in_the_end_is_exit_code_5() {
    let host = Host::with_hook(Machine::debian(), &desired(PLAYBOOK), |call: &Call| {
        let ignored = call.script == Script::EnableServices;
        Box::pin(async move { ignored.then(|| Ok(answer(""))) })
    });
    let (outcomes, _) = apply(vec![host], PLAYBOOK, limits(Stage::Verify)).await;
    assert_eq!(outcomes[0].exit_code(), 5);
    let line = outcomes[0].line();
    assert!(
        line.contains("every step was done, yet the host still differs: enable and start auditd"),
        "{line}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_host_that_goes_away_is_said_to_be_gone() {
    let host = Host::with_hook(Machine::debian(), &desired(PLAYBOOK), |call: &Call| {
        let gone = [Script::InstallPackages, Script::Probe].contains(&call.script);
        Box::pin(async move {
            gone.then_some({
                Err(HostError::Lost {
                    script: "install-packages",
                })
            })
        })
    });
    let (outcomes, _) = apply(vec![host], PLAYBOOK, limits(Stage::Verify)).await;
    let Outcome::Failed {
        failure: Failure::Host(HostError::Lost { .. }),
        now,
        ..
    } = &outcomes[0]
    else {
        panic!("{outcomes:?}");
    };
    assert!(now.starts_with("cannot be looked at: "), "{now}");
    assert!(!now.contains("power-cycle"), "it was no trial: {now}");
    assert_eq!(outcomes[0].exit_code(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_gate_that_cannot_be_reached_is_unreachable() {
    for error in [
        HostError::Lost { script: "judge-policy" },
        HostError::Unreachable {
            reason: "No route to host".into(),
        },
        HostError::Password("it expired".into()),
    ] {
        let host = Host::with_hook(Machine::debian(), &desired(PLAYBOOK), move |call: &Call| {
            let gone = (call.script == Script::JudgePolicy).then(|| Err(error.clone()));
            Box::pin(async { gone })
        });
        let (outcomes, _) = apply(vec![host], PLAYBOOK, limits(Stage::Verify)).await;
        assert_eq!(outcomes[0].exit_code(), 3, "{outcomes:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_trial_that_is_not_confirmed_is_ended_at_once() {
    type Step = (Script, fn() -> Answer, &'static str);
    let unproven: Step = (
        Script::ProveEnforcement,
        || failure("it runs"),
        "(enforce/prove), after 22 steps: ",
    );
    let unhealthy: Step = (
        Script::CheckHealth,
        || answer("problem sshd.service failed\nend\n"),
        "(health/check), after 21 steps: the trial boot is not healthy:\nsshd.service failed\n",
    );
    let cut: Step = (
        Script::CheckHealth,
        || answer("problem sshd.serv"),
        "it ends in the middle",
    );
    for (script, says, words) in [unproven, unhealthy, cut] {
        let host = Host::with_hook(Machine::debian(), &desired(PLAYBOOK), move |call: &Call| {
            let no = (call.script == script).then(|| Ok(says()));
            Box::pin(async { no })
        });
        let (outcomes, _) = apply(vec![Arc::clone(&host)], PLAYBOOK, limits(Stage::Verify)).await;
        let line = outcomes[0].line();
        assert_eq!(outcomes[0].exit_code(), 4, "{line}");
        assert!(line.contains(words), "{line}");
        assert!(
            line.contains("\nit fell back:\nthe trial boot: it broke off\n"),
            "{line}"
        );
        assert!(line.contains("now: reachable, in fix mode: it fell back"), "{line}");
        let machine = host.machine.lock().unwrap();
        assert_eq!((machine.mode(), machine.boots), ("fix", 4));
    }
}

/// A kernel that panics after the first login: nobody can look at the host until it has gone back by itself.
#[tokio::test(start_paused = true)]
async fn a_host_that_dies_in_its_trial_is_waited_for() {
    let host = Host::new(Machine::debian(), &desired(PLAYBOOK));
    let (inner, away) = (Arc::clone(&host), Arc::new(AtomicUsize::new(0)));
    let watched = Host::with_hook(Machine::debian(), &desired(PLAYBOOK), move |call: &Call| {
        let (host, call, away) = (Arc::clone(&inner), call.clone(), Arc::clone(&away));
        Box::pin(async move {
            if call.script == Script::CheckHealth {
                host.machine.lock().unwrap().boot().unwrap();
                away.store(7, Ordering::SeqCst);
                return Some(Err(HostError::Lost { script: "check-health" }));
            }
            let is_away = away.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
            if is_away.is_ok() {
                let reason = "No route to host".into();
                return Some(Err(HostError::Unreachable { reason }));
            }
            Some(host.run(call).await)
        })
    });
    let (outcomes, _) = apply(vec![watched], PLAYBOOK, limits(Stage::Verify)).await;
    let line = outcomes[0].line();
    assert_eq!(outcomes[0].exit_code(), 4, "{line}");
    assert!(
        line.contains("(health/check)") && line.contains("it fell back:"),
        "{line}"
    );
    assert!(line.contains("now: reachable, in fix mode: it fell back"), "{line}");
}

/// What the last boot tries is a new menu: the earlier one is what the host goes back to.
#[tokio::test(start_paused = true)]
async fn a_new_menu_that_lacks_the_command_line_is_not_kept() {
    let host = Host::with_hook(Machine::debian(), &desired(PLAYBOOK), |_| Box::pin(async { None }));
    let inner = Arc::clone(&host);
    let watched = Host::with_hook(Machine::debian(), &desired(PLAYBOOK), move |call: &Call| {
        let (host, call) = (Arc::clone(&inner), call.clone());
        Box::pin(async move {
            if call.script == Script::Reboot {
                let mut machine = host.machine.lock().unwrap();
                machine.menu = machine.menu.replace("ima_policy=tcb", "");
            }
            Some(host.run(call).await)
        })
    });
    let (outcomes, _) = apply(vec![watched], PLAYBOOK, limits(Stage::Verify)).await;
    let line = outcomes[0].line();
    assert_eq!(outcomes[0].exit_code(), 4, "{line}");
    assert!(
        line.contains("(boot/fix)") && line.contains("the kernel lacks ima_policy=tcb"),
        "{line}"
    );
    let machine = host.machine.lock().unwrap();
    assert_eq!((machine.mode(), machine.boots), ("", 3), "the menu of the distribution");
}

/// The host goes down for its reboot to `mode`, and never comes up.
async fn lost_in_reboot_to(mode: &'static str) -> Outcome {
    let down = Arc::new(AtomicUsize::new(0));
    let machine = Host::new(Machine::debian(), &desired(PLAYBOOK));
    let host = Host::with_hook(Machine::debian(), &desired(PLAYBOOK), move |call: &Call| {
        let (machine, down, call) = (Arc::clone(&machine), Arc::clone(&down), call.clone());
        Box::pin(async move {
            let was_down = down.load(Ordering::SeqCst) > 0;
            let answer = machine.run(call.clone()).await;
            if call.script == Script::Reboot && machine.machine.lock().unwrap().mode() == mode {
                down.store(1, Ordering::SeqCst);
            }
            Some(if was_down {
                Err(HostError::Unreachable {
                    reason: "timed out".into(),
                })
            } else {
                answer
            })
        })
    });
    apply(vec![host], PLAYBOOK, limits(Stage::Verify)).await.0.remove(0)
}

#[tokio::test(start_paused = true)]
async fn a_host_that_never_comes_up_in_its_trial_goes_back_by_itself() {
    let outcome = lost_in_reboot_to("enforce").await;
    let line = outcome.line();
    assert!(
        line.contains("(boot/trial), after 20 steps: no new boot within 2700 s"),
        "{line}"
    );
    assert!(
        line.contains(
            "now: cannot be looked at: cannot connect: timed out\n\
             a trial boot that nobody confirms ends by itself after 900 s, and so it does when its power is cycled; the \
             earlier boot follows. `imaform status` tells when it is back, `imaform rollback --card` what to type at the \
             GRUB prompt; its lock was not given back (cannot connect: timed out): --take-over "
        ),
        "{line}"
    );
    assert_eq!(outcome.exit_code(), 3);

    let outcome = lost_in_reboot_to("fix").await;
    assert!(outcome.line().contains("(boot/fix), after "), "{}", outcome.line());
    assert!(!outcome.line().contains("power-cycle"), "{}", outcome.line());
    assert_eq!(outcome.exit_code(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_refused_host_is_not_touched() {
    let mut machine = Machine::debian();
    machine.base.integrity.container = "lxc".into();
    let host = Host::new(machine, &desired(PLAYBOOK));
    let (outcomes, _) = apply(vec![Arc::clone(&host)], PLAYBOOK, limits(Stage::Verify)).await;
    assert_eq!(outcomes[0].exit_code(), 4);
    assert_eq!(host.log(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn modes_without_enforcement_are_reached_too() {
    for mode in ["fix", "log", "off"] {
        let playbook = playbook_for(mode);
        let host = Host::new(Machine::debian(), &desired(&playbook));
        let (outcomes, _) = apply(vec![Arc::clone(&host)], &playbook, limits(Stage::Verify)).await;
        assert!(matches!(outcomes[0], Outcome::Done { .. }), "{outcomes:?}");
        assert_eq!(host.machine.lock().unwrap().mode(), mode);
    }
}

mod reboots {
    use super::support::fake::{
        Reply::{self, Hangs, Is},
        Scripted, answer, failure,
    };
    use imaform::{
        boot::{BootError, reboot},
        config::Token,
        host::HostError,
        ima::Appraisal,
        resource::BootExpectation,
    };
    use std::time::Duration;
    use tokio::time::Instant;

    const OLD: &str = "11111111-1111-4111-8111-111111111111";
    const NEW: &str = "22222222-2222-4222-8222-222222222222";
    const DEADLINE: Duration = Duration::from_secs(600);

    fn boot(id: &str, cmdline: &str) -> Reply {
        Is(Ok(answer(format!("{id}\n{cmdline}\n"))))
    }

    fn refused() -> Reply {
        Is(Err(HostError::Unreachable {
            reason: "Connection refused".into(),
        }))
    }

    fn fix() -> BootExpectation {
        BootExpectation {
            appraisal: Appraisal::Fix,
            cmdline: vec![("ima_policy".into(), Token::Value("tcb".into()))],
            kernel: None,
            patience: None,
        }
    }

    const GOOD: &str = "ro ima_policy=tcb ima_appraise=fix";

    async fn run(
        replies: impl IntoIterator<Item = Reply>,
    ) -> (Result<Vec<String>, BootError>, Vec<&'static str>, Duration) {
        let host = Scripted::new(replies);
        let begin = Instant::now();
        let result = reboot(&host, &fix(), DEADLINE).await;
        (result, host.log(), begin.elapsed())
    }

    #[tokio::test(start_paused = true)]
    async fn only_a_changed_boot_id_over_a_fresh_connection_counts() {
        let replies = [
            boot(OLD, "ro"),
            Is(Ok(answer(""))),
            boot(OLD, "ro"),
            refused(),
            refused(),
            boot(NEW, GOOD),
        ];
        let (result, log, took) = run(replies).await;
        let evidence = result.unwrap();
        assert_eq!(evidence[0], format!("boot id {OLD} → {NEW} after {} s", took.as_secs()));
        assert_eq!(evidence[1], format!("/proc/cmdline: {GOOD}"));
        assert_eq!(log[..2], ["boot-id", "reboot"]);
        assert!(
            log[2..].chunks(2).all(|pair| pair == ["disconnect", "boot-id"]),
            "{log:?}"
        );
        assert_eq!(log.len(), 10);
    }

    #[tokio::test(start_paused = true)]
    async fn the_connection_may_go_down_with_the_host() {
        for ending in [
            Is(Err(HostError::Lost { script: "reboot" })),
            Is(Err(HostError::Timeout {
                script: "reboot",
                after: DEADLINE,
            })),
        ] {
            let (result, ..) = run([boot(OLD, "ro"), ending, boot(NEW, GOOD)]).await;
            assert!(result.is_ok(), "{result:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_host_that_may_not_have_heard_is_asked_again() {
        let lost = || Is(Err(HostError::Lost { script: "reboot" }));
        let asked = [
            boot(OLD, "ro"),
            lost(),
            refused(),
            boot(OLD, "ro"),
            lost(),
            boot(OLD, "ro"),
            Is(Ok(answer(""))),
        ];
        let (result, log, _) = run(asked.into_iter().chain([boot(OLD, "ro"), boot(NEW, GOOD)])).await;
        assert!(result.is_ok(), "{result:?}");
        assert_eq!(log.iter().filter(|script| **script == "reboot").count(), 3);
        let pairs = log.windows(2).filter(|pair| pair[1] == "reboot");
        assert!(
            pairs.into_iter().all(|pair| pair[0] == "boot-id"),
            "over the connection to the old boot: {log:?}"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_that_fails_is_no_reboot() {
        let (result, log, _) = run([boot(OLD, "ro"), Is(Ok(failure("no reboot here")))]).await;
        assert_eq!(
            result.unwrap_err().to_string(),
            "'reboot' failed (exit 1): no reboot here"
        );
        assert_eq!(log, ["boot-id", "reboot"]);
    }

    #[tokio::test(start_paused = true)]
    async fn garbage_before_it_stops_and_garbage_after_it_is_asked_again() {
        let (result, log, _) = run([boot("Welcome!", "")]).await;
        let error = result.unwrap_err().to_string();
        assert_eq!(
            error,
            "the answer of 'boot-id' cannot be read: \"Welcome!\" is no boot id"
        );
        assert_eq!(
            log,
            ["boot-id"],
            "a host that cannot say which boot it runs is not rebooted"
        );

        let half = boot("22222222-2222-4222-8222-2222", "ro");
        let (result, ..) = run([boot(OLD, "ro"), Is(Ok(answer(""))), boot("", ""), half, boot(NEW, GOOD)]).await;
        assert!(result.unwrap()[0].contains(NEW));
    }

    #[tokio::test(start_paused = true)]
    async fn another_host_key_is_not_waited_out() {
        let key = Is(Err(HostError::HostKey {
            reason: "REMOTE HOST IDENTIFICATION HAS CHANGED".into(),
        }));
        let (result, _, took) = run([boot(OLD, "ro"), Is(Ok(answer(""))), refused(), key]).await;
        assert!(
            matches!(result, Err(BootError::Host(HostError::HostKey { .. }))),
            "{result:?}"
        );
        assert!(took < DEADLINE);
    }

    #[tokio::test(start_paused = true)]
    async fn one_deadline_for_all_of_it() {
        let (result, _, took) = run([boot(OLD, "ro"), Is(Ok(answer(""))), refused()]).await;
        let error = result.unwrap_err().to_string();
        assert_eq!(
            error,
            "no new boot within 600 s of the request; the last attempt said: cannot connect: Connection refused"
        );
        assert_eq!(took.as_secs(), 600);

        let (result, _, took) = run([boot(OLD, "ro"), Is(Ok(answer(""))), boot(OLD, "ro")]).await;
        let error = result.unwrap_err().to_string();
        assert!(
            error.ends_with("the last attempt said: the host has not gone down yet"),
            "{error}"
        );
        assert_eq!(took.as_secs(), 600);

        let (result, _, took) = run([boot(OLD, "ro"), Is(Ok(answer(""))), refused(), Hangs]).await;
        let error = result.unwrap_err().to_string();
        assert!(
            error.ends_with("the last attempt said: an attempt to log in hung for 120 s"),
            "{error}"
        );
        assert_eq!(
            took.as_secs(),
            600,
            "attempts may take longer and longer, but no longer than the whole"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn the_wrong_boot_is_said_with_its_command_line() {
        let (result, ..) = run([
            boot(OLD, "ro"),
            Is(Ok(answer(""))),
            boot(NEW, "ro ima_appraise=enforce"),
        ])
        .await;
        let error = result.unwrap_err();
        assert!(error.is_fallback());
        assert_eq!(
            error.to_string(),
            format!(
                "the host booted (boot id {NEW}) with ima_appraise=enforce where fix was wanted; the kernel lacks \
                 ima_policy=tcb\n/proc/cmdline: ro ima_appraise=enforce"
            )
        );
        let (result, ..) = run([boot(OLD, "ro"), Is(Ok(answer(""))), boot(NEW, "ro ima_policy=tcb")]).await;
        assert!(
            result
                .unwrap_err()
                .to_string()
                .contains("with ima_appraise=none where fix was wanted\n")
        );
    }
}
