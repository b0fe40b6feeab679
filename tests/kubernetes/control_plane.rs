//! Nodes of the control plane.

use crate::{
    api::Api,
    bench::{Bench, NODE, apply_all},
    support::limits,
};
use imaform::{
    config::Stage,
    host::{Call, Script},
};
use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

static OUT: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);

#[tokio::test(flavor = "multi_thread")]
async fn nodes_of_the_control_plane_are_taken_one_at_a_time() {
    let api = Api::start();
    let names = ["ctrl-0", "ctrl-1", "ctrl-2"];
    names.iter().for_each(|name| api.add_control_plane(name));
    let count = |_: &Api, _: &_, call: &Call| {
        match call.script {
            Script::Lock => {
                let out = 1 + OUT.fetch_add(1, Ordering::SeqCst);
                MOST.fetch_max(out, Ordering::SeqCst);
            }
            Script::Unlock => {
                OUT.fetch_sub(1, Ordering::SeqCst);
            }
            _ => {}
        }
        None
    };
    let benches = names.map(|name| Bench::with(&api, name, "log", count));
    let benches: Vec<&Bench> = benches.iter().collect();
    for applied in apply_all(&benches, limits(Stage::Verify)).await {
        applied.says(0, &[]);
        applied.shows(
            "node/control-plane: /readyz passes; Ready: 6 pods of etcd and the API, 2 other nodes of the control plane",
        );
    }
    assert!(benches.iter().all(|bench| bench.is_in_service() && bench.boots() == 2));
    assert_eq!(MOST.load(Ordering::SeqCst), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_well_control_plane_none_of_its_nodes_is_taken_out() {
    let api = Api::start();
    ["ctrl-0", "ctrl-1"].iter().for_each(|name| api.add_control_plane(name));
    let mut bench = Bench::with(&api, "ctrl-0", "log", |_, _, _| None);
    bench.settings.ready_timeout = Duration::from_secs(1);
    api.set_healthy(false);
    bench.apply().await.says(
        4,
        &[
            "the control plane is not well, and node ctrl-0 stays in service",
            "/readyz: etcd failed",
        ],
    );
    api.set_healthy(true);
    api.set_ready("ctrl-1", false);
    bench.apply().await.says(
        4,
        &["node ctrl-1 is not Ready", "pod kube-system/etcd-ctrl-1 is not Ready"],
    );
    assert!(bench.is_in_service() && bench.boots() == 1);
    // Workers have nothing to do with it.
    let worker = Bench::with(&api, NODE, "log", |_, _, _| None);
    worker.apply().await.says(0, &[]);
}
