//! Around a reboot: what is looked at before, and what counts as Ready afterwards.

use crate::bench::{Bench, NODE, deployed};
use crate::support::fake::answer;
use imaform::host::{Answer, Script};
use std::{sync::atomic::Ordering, time::Duration};

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_has_pods_again_is_not_rebooted() {
    let bench = Bench::with_hook("log", |api, _, call| {
        // After the drain, before the reboot.
        if call.script == Script::BootMode {
            api.add_pod(deployed("late", NODE));
        }
        None
    });
    let applied = bench.apply().await;
    applied.says(
        1,
        &[
            "node worker-1 is no longer drained, and its host is not rebooted: it runs default/late-1",
            "node worker-1 is uncordoned",
        ],
    );
    assert!(bench.is_in_service() && bench.boots() == 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn ready_means_the_kubelet_of_this_boot() {
    // The API still says Ready, of the boot before.
    let mut bench = Bench::with_hook("log", |_, kubelet, call| {
        if call.script == Script::Reboot {
            kubelet.store(false, Ordering::SeqCst);
        }
        None
    });
    bench.settings.ready_timeout = Duration::from_secs(3);
    let applied = bench.apply().await;
    applied.says(
        4,
        &[
            "node worker-1 is not Ready after 3s: no kubelet has reported since the reboot",
            "it fell back",
        ],
    );
    assert!(
        bench.is_in_service() && bench.boots() == 3,
        "the new boot menu was on trial, too"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn swap_is_switched_off_where_the_kubelet_does_not_come_up_beside_it() {
    let mut bench = Bench::with_hook("log", |_, kubelet, call| match call.script {
        Script::Reboot => {
            kubelet.store(false, Ordering::SeqCst);
            None
        }
        Script::SwapOff => {
            kubelet.store(true, Ordering::SeqCst);
            Some(Ok(Answer {
                evidence: vec!["swapoff -a: swap was on".into()],
                ..answer("")
            }))
        }
        _ => None,
    });
    bench.settings.ready_timeout = Duration::from_secs(30);
    let applied = bench.apply().await;
    applied.says(0, &[]);
    applied.shows("node/ready: swapoff -a: swap was on");
    assert!(bench.is_in_service());
}

/// The whole way, of which a reboot into enforce in which the kubelet is denied something is the end.
#[tokio::test(flavor = "multi_thread")]
async fn a_trial_boot_without_a_kubelet_is_not_confirmed() {
    let mut bench = Bench::with_hook("enforce", |_, kubelet, call| {
        match call.script {
            Script::BootMode if call.args.first().is_some_and(|mode| mode == "fix") && call.args[1] == "enforce" => {
                kubelet.store(false, Ordering::SeqCst);
            }
            Script::TrialEvidence => kubelet.store(true, Ordering::SeqCst),
            _ => {}
        }
        None
    });
    bench.settings.ready_timeout = Duration::from_secs(4);
    bench.api.add_pod(deployed("web", NODE));
    let applied = bench.apply().await;
    applied.says(
        4,
        &[
            "node worker-1 is not Ready after 4s",
            "it fell back",
            "node worker-1 is uncordoned",
        ],
    );
    assert_eq!(bench.host.machine.lock().unwrap().mode(), "fix");
    assert!(bench.is_in_service());
    let drains = applied.evidence.iter().filter(|line| line.contains("node/drain: pod/"));
    assert_eq!(drains.count(), 1, "{:?}", applied.evidence);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_whole_way_to_enforce_is_one_drain() {
    let bench = Bench::with_hook("enforce", |_, _, _| None);
    let applied = bench.apply().await;
    applied.says(0, &["enforcing"]);
    assert!(bench.is_in_service() && bench.boots() == 3);
    let found = applied
        .evidence
        .iter()
        .filter(|line| line.starts_with("boot/") && line.contains("no pod is left"));
    assert_eq!(found.count(), 2, "before each reboot: {:?}", applied.evidence);
}
