//! The engine on hosts that are to run the kernel of a package: two plans in one run.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use imaform::{
    config::Stage,
    host::{Call, Script},
    rollout::{self, Event, EventKind, Events, Member, Outcome, What, Work},
};
use std::sync::Arc;
use support::{PLAYBOOK, desired, fake::Host, limits, machine::Machine, target};
use tokio::sync::mpsc;

const PACKAGE: &str = "linux-image-built";

fn playbook() -> String {
    PLAYBOOK.replace("kernel: {", &format!("kernel: {{ package: {PACKAGE},"))
}

async fn apply(host: &Arc<Host>, until: Stage) -> (Outcome, Vec<Event>) {
    let (sender, mut receiver) = mpsc::unbounded_channel();
    let events = Events::new(sender);
    let target = target(&playbook());
    let plan = host.machine.lock().unwrap().plan(&target.desired);
    let member = Member {
        target,
        transport: Arc::clone(host) as _,
        node: None,
    };
    let outcome = rollout::apply(Work::at_once(vec![(member, plan)], 1), &limits(until), &events)
        .await
        .remove(0);
    drop(events);
    let mut heard = Vec::new();
    while let Some(event) = receiver.recv().await {
        heard.push(event);
    }
    (outcome, heard)
}

fn planned(events: &[Event]) -> Vec<&String> {
    let texts = events.iter().filter_map(|event| match &event.what {
        What::Host {
            kind: EventKind::Planned { text },
            ..
        } => Some(text),
        _ => None,
    });
    texts.collect()
}

fn stock() -> Arc<Host> {
    Host::new(Machine::without_ima(PACKAGE), &desired(&playbook()))
}

#[tokio::test(start_paused = true)]
async fn one_run_goes_from_a_kernel_without_ima_to_enforce() {
    let host = stock();
    let (outcome, events) = apply(&host, Stage::Verify).await;
    assert!(
        matches!(outcome, Outcome::Done { reboots: 3, .. }),
        "{}",
        outcome.line()
    );
    let texts = planned(&events);
    assert_eq!(texts.len(), 1);
    assert!(texts[0].contains("reboot with ima_appraise=enforce"), "{}", texts[0]);
    assert!(!texts[0].contains("install linux-image-built"), "{}", texts[0]);
    let (outcome, _) = apply(&host, Stage::Verify).await;
    assert!(matches!(outcome, Outcome::UpToDate { .. }), "{}", outcome.line());
}

#[tokio::test(start_paused = true)]
async fn until_prepare_ends_in_the_new_kernel() {
    let host = stock();
    let (outcome, _) = apply(&host, Stage::Prepare).await;
    assert!(
        matches!(outcome, Outcome::Stopped { interrupted: false, .. }),
        "{}",
        outcome.line()
    );
    let machine = host.machine.lock().unwrap();
    assert!(machine.base.kernel_release.ends_with("-built") && machine.mode() == "fix");
}

/// What the package does not say before it is installed, the look at its kernel does.
#[tokio::test(start_paused = true)]
async fn a_kernel_that_lacks_an_option_is_exit_code_4_and_runs() {
    let host = stock();
    let lacking = |config: &str| config.replace("CONFIG_IMA_APPRAISE=y", "# CONFIG_IMA_APPRAISE is not set");
    if let Some(kernel) = host.machine.lock().unwrap().kernels.get_mut(PACKAGE) {
        kernel.config = lacking(&kernel.config);
    }
    let (outcome, events) = apply(&host, Stage::Verify).await;
    let line = outcome.line();
    assert_eq!(outcome.exit_code(), 4, "{line}");
    assert!(line.contains("-built, and the plan for it is refused: "), "{line}");
    assert!(line.contains("CONFIG_IMA_APPRAISE is n, required y"), "{line}");
    assert!(line.contains("now: reachable, in fix mode"), "{line}");
    assert!(planned(&events).is_empty());
    assert!(host.machine.lock().unwrap().base.kernel_release.ends_with("-built"));
}

/// It panics: the guard's or the kernel's own reboot is what the host comes up by.
#[tokio::test(start_paused = true)]
async fn a_kernel_that_does_not_come_up_is_exit_code_4_and_the_earlier_one_runs() {
    let inner = stock();
    let machine = Arc::clone(&inner);
    let host = Host::with_hook(
        Machine::without_ima(PACKAGE),
        &desired(&playbook()),
        move |call: &Call| {
            let (inner, call) = (Arc::clone(&machine), call.clone());
            Box::pin(async move {
                let answer = imaform::host::Transport::run(inner.as_ref(), call.clone()).await;
                let mut machine = inner.machine.lock().unwrap();
                if call.script == Script::Reboot && machine.base.kernel_release.ends_with("-built") {
                    drop(machine.boot());
                }
                Some(answer)
            })
        },
    );
    let (outcome, _) = apply(&host, Stage::Verify).await;
    let line = outcome.line();
    assert_eq!(outcome.exit_code(), 4, "{line}");
    assert!(
        line.contains("(boot/kernel)") && line.contains("of linux-image-built was wanted"),
        "{line}"
    );
    assert!(line.contains("it fell back:"), "{line}");
    let machine = inner.machine.lock().unwrap();
    assert!(!machine.base.kernel_release.ends_with("-built") && !machine.base.integrity.ima);
}
