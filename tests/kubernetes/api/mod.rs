//! A small Kubernetes API server on a port of the loopback, for the real kubectl to talk to.

mod budgets;
mod discovery;
mod eviction;
mod listener;
mod nodes;
mod patch;
mod pods;
mod refusal;
mod resources;
mod routes;
mod selector;
mod state;

use listener::Listener;
pub use pods::{Owner, Pod};
use resources::{NODES, PODS};
use serde_json::Value;
use state::Shared;
use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex},
};

/// The server: a clone is the same one, and it ends with the last of them.
#[derive(Clone)]
pub struct Api {
    state: Shared,
    listener: Arc<Mutex<Option<Listener>>>,
    address: SocketAddr,
}

impl Api {
    /// An empty cluster, served on a free port.
    pub fn start() -> Self {
        let state = Shared::default();
        let (listener, address) = Listener::open((Ipv4Addr::LOCALHOST, 0).into(), routes::router(state.clone()));
        Self {
            state,
            listener: Arc::new(Mutex::new(Some(listener))),
            address,
        }
    }

    /// The text of a kubeconfig whose current context, `lab`, is this server.
    pub fn kubeconfig(&self) -> String {
        format!(
            "apiVersion: v1\n\
             kind: Config\n\
             current-context: lab\n\
             clusters:\n\
             - name: lab\n\
             \x20 cluster: {{server: 'http://{}'}}\n\
             users:\n\
             - name: lab\n\
             \x20 user: {{token: lab}}\n\
             contexts:\n\
             - name: lab\n\
             \x20 context: {{cluster: lab, user: lab}}\n",
            self.address
        )
    }

    /// A worker: ready and schedulable.
    pub fn add_node(&self, name: &str) {
        self.state.lock().insert(&NODES, nodes::worker(name));
    }

    /// A node of the control plane with its static pods, `etcd-NAME` and `kube-apiserver-NAME` of `kube-system`.
    pub fn add_control_plane(&self, name: &str) {
        self.state.lock().insert(&NODES, nodes::control_plane(name));
        for component in ["etcd", "kube-apiserver"] {
            self.add_pod(Pod {
                labels: vec![
                    ("component".into(), component.into()),
                    ("tier".into(), "control-plane".into()),
                ],
                owner: Owner::Mirror,
                ..Pod::new("kube-system", &format!("{component}-{name}"), name)
            });
        }
    }

    /// A pod, and what owns it where that is not there yet.
    pub fn add_pod(&self, pod: Pod) {
        pods::add(&mut self.state.lock(), &pod);
    }

    /// A PodDisruptionBudget over the pods that carry all of the labels.
    pub fn add_budget(&self, namespace: &str, name: &str, labels: &[(&str, &str)], min_available: u32) {
        budgets::add(&mut self.state.lock(), namespace, name, labels, min_available);
    }

    /// Changes a node, its status too, as another client or a controller would.
    pub fn edit_node(&self, name: &str, edit: impl FnOnce(&mut Value)) {
        let mut state = self.state.lock();
        let mut node = state.get(&NODES, "", name).expect("the node is there");
        edit(&mut node);
        nodes::store(&mut state, node);
    }

    /// Turns the node's condition Ready, and that of its pods that run.
    pub fn set_ready(&self, name: &str, ready: bool) {
        self.edit_node(name, |node| nodes::set_ready(node, ready));
        pods::set_ready(&mut self.state.lock(), name, ready);
    }

    /// A node as it is now.
    pub fn node(&self, name: &str) -> Value {
        self.state.lock().get(&NODES, "", name).expect("the node is there")
    }

    /// The pods of a node as `namespace/name`, those that terminate included.
    pub fn pods_on(&self, node: &str) -> Vec<String> {
        let pods = self.state.lock().list(&PODS, None);
        pods.iter()
            .filter(|pod| pod["spec"]["nodeName"] == node)
            .map(|pod| format!("{}/{}", state::namespace(pod), state::name(pod)))
            .collect()
    }

    /// What `/readyz`, `/livez` and `/healthz` answer.
    pub fn set_healthy(&self, healthy: bool) {
        self.state.lock().healthy = healthy;
    }

    /// Closes the port and cuts the connections; back when both are done.
    pub fn go_away(&self) {
        if let Some(listener) = self.listener.lock().expect("no test panicked here").take() {
            listener.close();
        }
    }

    /// Listens on the same port again; the cluster is as it was.
    pub fn come_back(&self) {
        let mut listener = self.listener.lock().expect("no test panicked here");
        listener.get_or_insert_with(|| Listener::open(self.address, routes::router(self.state.clone())).0);
    }

    /// The requests so far in order, such as `PATCH /api/v1/nodes/a`.
    pub fn requests(&self) -> Vec<String> {
        self.state.lock().requests.clone()
    }
}
