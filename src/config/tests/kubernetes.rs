use super::{Files, says};
use crate::config::{Kubectl, Kubernetes};
use std::time::Duration;

const CLUSTER: &str = "\
defaults: { user: cisadmin, kubernetes: { drain: { timeout: 5m } } }
groups:
  control_plane:
    hosts: { ctrl-00: { address: 10.0.0.10 } }
  workers:
    playbook: p.yml
    kubernetes: { via: ctrl-00, ready_timeout: 2m, drain: { force: true, grace: 30s } }
    hosts:
      wrkr-01: { address: 10.0.0.21 }
      wrkr-02: { address: 10.0.0.22, node: worker-two.example }
";

fn of(inventory: &str) -> Vec<Option<Kubernetes>> {
    let files = with(inventory);
    let site = files.load().unwrap_or_else(|found| panic!("{found}"));
    site.targets.into_iter().map(|target| target.kubernetes).collect()
}

fn with(inventory: &str) -> Files {
    let files = Files::new();
    files.put("p.yml", "name: p\nappraisal: log\n");
    files.put("i.yml", inventory);
    files
}

#[test]
fn a_node_has_its_hosts_name_or_its_own_and_kubectl_runs_where_it_is_said() {
    let nodes: Vec<Kubernetes> = of(CLUSTER).into_iter().flatten().collect();
    let names: Vec<&str> = nodes.iter().map(|node| node.node.as_str()).collect();
    assert_eq!(
        names,
        ["wrkr-01", "worker-two.example"],
        "the host on which kubectl runs is no target"
    );
    let first = &nodes[0];
    assert!(matches!(&first.cluster.kubectl, Kubectl::Host(via) if via.name == "ctrl-00"));
    assert_eq!(first.cluster, nodes[1].cluster);
    assert!(first.drain.force && first.drain.ignore_daemonsets && !first.drain.delete_emptydir_data);
    assert_eq!(first.drain.timeout, Duration::from_secs(300), "from the defaults");
    assert_eq!(first.drain.grace, Some(Duration::from_secs(30)));
    assert_eq!(first.ready_timeout, Duration::from_secs(120));
}

#[test]
fn a_kubeconfig_of_this_machine_is_relative_to_the_inventory() {
    let inventory =
        "groups:\n  g:\n    playbook: p.yml\n    kubernetes: {kubeconfig: k.conf, context: lab}\n    hosts: [a]\n";
    let files = with(inventory);
    says(&files.errors(), "k.conf\" does not exist");
    files.put("k.conf", "");
    let site = files.load().unwrap();
    let cluster = site.targets[0].kubernetes.clone().unwrap().cluster;
    assert_eq!(cluster.kubectl, Kubectl::Here);
    assert!(cluster.kubeconfig.unwrap().ends_with("/k.conf"));
    assert_eq!(cluster.context.as_deref(), Some("lab"));
}

#[test]
fn what_cannot_be_meant_is_said() {
    let change = |from: &str, to: &str| {
        assert!(CLUSTER.contains(from), "{from}");
        with(&CLUSTER.replace(from, to)).errors()
    };
    says(&change("via: ctrl-00, ", ""), "it needs `via` or `kubeconfig`");
    says(
        &change("via: ctrl-00", "via: ctrl-01"),
        "`via`: the inventory has no host \"ctrl-01\"",
    );
    says(&change("via: ctrl-00", "via: ctrl-01"), "did you mean `ctrl-00`?");
    says(
        &change("via: ctrl-00", "via: wrkr-01"),
        "the group \"control_plane\" has no `playbook`",
    );
    says(
        &change("via: ctrl-00", "via: ctrl-00, kubeconfig: k"),
        "the path \"k\" is not absolute",
    );
    says(
        &change("force: true", "force: yes please"),
        "`force`: expected true or false",
    );
    says(&change("force: true", "forse: true"), "did you mean `force`?");
    says(
        &change("worker-two.example", "-rf"),
        "the node name \"-rf\" begins with `-`",
    );
    says(&change("worker-two.example", "Worker"), "holds the character \"W\"");
    says(
        &change("worker-two.example", "wrkr-01"),
        "the hosts \"wrkr-01\" and \"wrkr-02\" are the same node",
    );
    says(&change("wrkr-01: {", "WRKR_01: {"), "the node name \"WRKR_01\"");
    says(
        &change("ctrl-00: { address", "ctrl-00: { node: x, address"),
        "its group has no `kubernetes`",
    );
}
