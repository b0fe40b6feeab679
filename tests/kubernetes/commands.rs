//! The command line, and kubectl on a host of the inventory, behind a real sshd.

use crate::{
    api::{Api, Pod},
    support::sshd::Sshd,
};
use std::{
    net::TcpListener,
    process::{Command, Stdio},
};

/// Two workers at closed ports, and a control plane whose host runs kubectl.
struct Site {
    api: Api,
    control: Sshd,
}

impl Site {
    fn new() -> Self {
        let site = Self {
            api: Api::start(),
            control: Sshd::start(),
        };
        for node in ["worker-1", "worker-2"] {
            site.api.add_node(node);
        }
        site.put("config", &site.api.kubeconfig());
        site.put("p.yml", "name: p\nappraisal: log\n");
        let port = || TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let (config, known) = (site.control.path("config"), site.control.path("known_hosts"));
        let inventory = site
            .control
            .inventory("become: none")
            .replace("groups: {g: {playbook: p.yml, hosts", "groups: {control: {hosts")
            .replace(
                "}}}}\n",
                &format!(
                    "}}}}}}, workers: {{playbook: p.yml, kubernetes: {{via: a, kubeconfig: {}}}, known_hosts: {}, hosts: \
                     {{one: {{address: 127.0.0.1, port: {}, node: worker-1}}, two: {{address: 127.0.0.1, port: {}, node: worker-2}}}}}}}}\n",
                    config.display(),
                    known.display(),
                    port(),
                    port()
                ),
            );
        site.put("cluster.yml", &inventory);
        site
    }

    fn put(&self, name: &str, text: &str) {
        std::fs::write(self.control.path(name), text).unwrap();
    }

    #[track_caller]
    fn run(&self, arguments: &[&str], code: i32) -> String {
        let output = Command::new(env!("CARGO_BIN_EXE_imaform"))
            .args(arguments)
            .current_dir(self.control.directory.path())
            .env("XDG_STATE_HOME", self.control.path("home"))
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
        let said = said.concat();
        assert_eq!(output.status.code(), Some(code), "{said}");
        said
    }
}

#[test]
fn the_host_whose_node_runs_a_pod_is_found() {
    let site = Site::new();
    site.api.add_pod(Pod::new("default", "ubuntu", "worker-2"));
    site.api.add_pod(Pod::new("shop", "web-0", "elsewhere"));
    // The hosts are not there: what is left of the answer is which of them was meant.
    let said = site.run(&["plan", "cluster.yml", "--limit", "pod:default/ubuntu"], 3);
    assert!(
        said.contains("pod default/ubuntu runs on node worker-2: host two\n"),
        "{said}"
    );
    assert!(said.contains("two") && !said.contains("one:"), "{said}");
    let said = site.run(&["plan", "cluster.yml", "--limit", "one,pod:ubuntu"], 3);
    assert!(said.contains("2 hosts: "), "{said}");
    for (pod, why) in [
        (
            "pod:shop/web-0",
            "it runs on node elsewhere, which is no host of the inventory",
        ),
        ("pod:nobody", "no node runs pod nobody of namespace default"),
        ("pod:default/--all", "a pod is named [NAMESPACE/]NAME"),
        ("pod:$(reboot)", "a pod is named [NAMESPACE/]NAME"),
    ] {
        let said = site.run(&["plan", "cluster.yml", "--limit", pod], 1);
        assert!(
            said.contains(&format!("error: --limit {pod}: ")) && said.contains(why),
            "{said}"
        );
    }
    let said = site.run(&["plan", "cluster.yml", "--no-drain"], 3);
    assert!(!said.contains("kubectl"), "{said}");
}

#[test]
fn what_is_wrong_with_kubectl_is_said() {
    let site = Site::new();
    site.put("config", "");
    let said = site.run(&["plan", "cluster.yml", "--limit", "pod:ubuntu"], 1);
    assert!(said.contains("kubectl get pod ubuntu"), "{said}");
    std::fs::remove_file(site.control.path("config")).unwrap();
    let said = site.run(&["plan", "cluster.yml", "--limit", "pod:ubuntu"], 1);
    assert!(said.contains("there is no kubeconfig that can be read"), "{said}");
}
