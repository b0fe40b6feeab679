//! Out of service: what moves, what holds, and whose cordon it is.

use crate::{
    api::Pod,
    bench::{Bench, NODE, deployed},
    support::limits,
};
use imaform::{config::Stage, resource::NodeFacts, rollout::Limits};
use std::time::Duration;
use tokio::sync::watch;

#[tokio::test(flavor = "multi_thread")]
async fn pods_move_before_the_reboot_and_the_node_comes_back() {
    let bench = Bench::new();
    bench.api.add_pod(deployed("web", NODE));
    bench.api.add_pod(Pod::new("default", "ubuntu", NODE));
    let applied = bench.apply().await;
    applied.says(0, &["logs"]);
    assert!(bench.is_in_service() && bench.boots() == 2);
    assert_eq!(
        bench.api.pods_on(NODE),
        ["kube-system/calico-node-x1", "kube-system/kube-proxy-worker-1"]
    );
    applied.shows("node/drain: pod/ubuntu evicted");
    applied.shows("node/drain: node worker-1 is cordoned, and no pod is left on it that a drain moves");
    applied.shows("node/ready: node worker-1 is Ready, by the kubelet of boot");
    applied.shows("node/uncordon: node worker-1 is uncordoned");
    let requests = bench.api.requests().len();
    let again = bench.apply().await;
    assert!(again.plan.is_up_to_date());
    // One question to the cluster, whose first part is what kubectl asks about the API itself.
    let asked = bench.api.requests()[requests..].to_vec();
    assert_eq!(
        asked.iter().filter(|request| request.contains("/nodes")).count(),
        1,
        "{asked:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_budget_that_holds_a_pod_is_named_and_the_node_goes_on_in_service() {
    let mut bench = Bench::new();
    bench.settings.drain.timeout = Duration::from_secs(8);
    bench.api.add_pod(deployed("db", NODE));
    bench.api.add_budget("default", "db-quorum", &[("app", "db")], 1);
    let applied = bench.apply().await;
    applied.says(
        4,
        &[
            "node worker-1 is not drained after 8s",
            "pod default/db-1: PodDisruptionBudget db-quorum wants 1 healthy and has 1",
            "node worker-1 is uncordoned",
        ],
    );
    assert!(bench.is_in_service() && bench.boots() == 1);
    assert!(bench.host.machine.lock().unwrap().base.lock.holder.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bare_pod_is_deleted_only_where_the_inventory_says_so() {
    let mut bench = Bench::new();
    bench.settings.drain.force = false;
    bench.api.add_pod(Pod::new("default", "ubuntu", NODE));
    let applied = bench.apply().await;
    let why = "pod default/ubuntu: no controller would make it anew; `drain: {force: true}` deletes it";
    applied.says(4, &["node worker-1 cannot be drained", "use --force to override", why]);
    assert!(bench.is_in_service() && bench.boots() == 1);
    assert!(bench.api.pods_on(NODE).contains(&"default/ubuntu".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_else_has_cordoned_is_rebooted_and_stays_cordoned() {
    let bench = Bench::new();
    bench
        .api
        .edit_node(NODE, |node| node["spec"]["unschedulable"] = true.into());
    bench.api.add_pod(deployed("web", NODE));
    let applied = bench.apply().await;
    applied.says(0, &[]);
    assert!(
        applied
            .plan
            .warnings
            .iter()
            .any(|line| line.contains("stays cordoned afterwards"))
    );
    assert_eq!((bench.cordon(), bench.boots()), ((true, None), 2));
    assert!(!bench.api.pods_on(NODE).contains(&"default/web-1".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_run_that_died_has_cordoned_is_the_next_ones() {
    let bench = Bench::new();
    let dead = |node: &mut serde_json::Value| {
        node["spec"]["unschedulable"] = true.into();
        node["metadata"]["annotations"]["imaform/cordoned-by"] = "20261128T000000Z-00000000".into();
    };
    bench.api.edit_node(NODE, dead);
    bench.apply().await.says(0, &[]);
    assert!(bench.is_in_service() && bench.boots() == 2);
    bench.api.edit_node(NODE, dead);
    let applied = bench.apply().await;
    assert_eq!(applied.plan.graph.len(), 1);
    applied.says(0, &["1 step, 0 reboots"]);
    assert!(bench.is_in_service() && bench.boots() == 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_lost_the_node_to_another_one_leaves_it_alone() {
    let bench = Bench::new();
    let node = bench.member().node.unwrap();
    node.cordon("run-1").await.unwrap();
    node.cordon("run-2").await.unwrap();
    let stop = watch::channel(false).1;
    let lost = "node worker-1 is no longer cordoned by this run: its annotation names run-2";
    assert_eq!(node.drain("run-1", &stop).await.unwrap_err().to_string(), lost);
    assert_eq!(node.uncordon(&["run-1"]).await.unwrap_err().to_string(), lost);
    assert_eq!(bench.cordon(), (true, Some("run-2".into())));
    node.uncordon(&["run-2"]).await.unwrap();
    assert_eq!(
        node.uncordon(&["run-2"]).await.unwrap(),
        ["node worker-1 was not cordoned by imaform any more"]
    );
    assert!(bench.is_in_service());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_api_that_goes_away_in_between_is_waited_for() {
    let bench = Bench::new();
    bench.api.add_pod(Pod {
        grace: Duration::from_secs(4),
        ..deployed("web", NODE)
    });
    let api = bench.api.clone();
    let (seen, outage) = tokio::sync::oneshot::channel();
    let outages = tokio::spawn(async move {
        let drained = |api: &crate::api::Api| api.requests().iter().any(|request| request.ends_with("/eviction"));
        while !drained(&api) {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        api.go_away();
        tokio::time::sleep(Duration::from_secs(3)).await;
        api.come_back();
        let _ = seen.send(());
    });
    let applied = bench.apply().await;
    outages.await.unwrap();
    outage.await.unwrap();
    applied.says(0, &[]);
    assert!(bench.is_in_service() && bench.boots() == 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interruption_ends_a_drain_and_the_node_goes_on_in_service() {
    let bench = Bench::new();
    bench.api.add_pod(deployed("db", NODE));
    bench.api.add_budget("default", "db", &[("app", "db")], 1);
    let (sender, stop) = watch::channel(false);
    let api = bench.api.clone();
    tokio::spawn(async move {
        while !api.requests().iter().any(|request| request.ends_with("/eviction")) {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        sender.send(true).unwrap();
    });
    let applied = bench
        .apply_as(Limits {
            stop,
            ..limits(Stage::Verify)
        })
        .await;
    applied.says(130, &["interrupted after", "node worker-1 is uncordoned"]);
    assert!(bench.is_in_service() && bench.boots() == 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_that_does_not_know_the_node_or_cannot_be_asked_stops_the_host_before_anything() {
    let mut bench = Bench::new();
    bench.settings.node = "nobody".into();
    let facts = bench.member().node.unwrap().facts().await;
    assert_eq!(facts, NodeFacts::Missing);
    bench.settings.node = NODE.into();
    bench.settings.cluster.kubeconfig = Some("/nonexistent".into());
    let facts = bench.member().node.unwrap().facts().await;
    let NodeFacts::Unknown(why) = facts else {
        panic!("{facts:?}")
    };
    assert!(why.contains("there is no kubeconfig that can be read"), "{why}");
}
