//! `imaform inventory`: what an inventory stands for.

use crate::{
    config::{Connection, Diagnostics, Kubernetes, PasswordSource, Privilege, Site, Target},
    rollout::schedule::Rules,
    words::{count, duration},
};
use std::{
    fmt::Write as _,
    io::{self, Write},
    path::{Path, PathBuf},
};

/// Why nothing could be shown.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The inventory, a playbook or a template is wrong.
    #[error(transparent)]
    Config(#[from] Diagnostics),
    /// `--host` names a host that the inventory does not have.
    #[error("no host {name:?} in {}{hint}", inventory.display())]
    UnknownHost {
        /// The name that was asked for.
        name: String,
        /// Where it was looked for.
        inventory: PathBuf,
        /// The nearest name, as a sentence, or nothing.
        hint: String,
    },
    /// The desired state could not be written as YAML.
    #[error("cannot show the desired state: {0}")]
    Yaml(String),
    /// The output was closed.
    #[error("cannot write: {0}")]
    Write(#[from] io::Error),
}

/// Lists the hosts of an inventory by group, or shows one of them with its variables and its desired state.
///
/// # Errors
/// A wrong inventory, a host that it does not have, or an output that cannot be written.
pub fn run(inventory: &Path, host: Option<&str>, out: &mut dyn Write) -> Result<(), Error> {
    let site = Site::load(inventory)?;
    let text = match host {
        None => list(&site),
        Some(name) => match site.targets.iter().find(|target| target.name == name) {
            Some(target) => show(target)?,
            None => return Err(unknown(&site, name)),
        },
    };
    out.write_all(text.as_bytes())?;
    Ok(())
}

fn unknown(site: &Site, name: &str) -> Error {
    let nearest = site
        .targets
        .iter()
        .max_by(|a, b| strsim::jaro_winkler(&a.name, name).total_cmp(&strsim::jaro_winkler(&b.name, name)));
    Error::UnknownHost {
        name: name.to_owned(),
        inventory: site.inventory.clone(),
        hint: nearest
            .map(|target| format!("; did you mean {:?}?", target.name))
            .unwrap_or_default(),
    }
}

fn list(site: &Site) -> String {
    let mut text = String::new();
    let width = site.targets.iter().map(|target| target.name.len()).max().unwrap_or(0);
    for (index, group) in site.targets.chunk_by(|a, b| a.group == b.group).enumerate() {
        let Some(first) = group.first() else { continue };
        let gap = if index > 0 { "\n" } else { "" };
        let hosts = count(group.len(), "host");
        let _ = writeln!(text, "{gap}{} ({hosts}) · {}", first.group, first.playbook.display());
        for line in rules(site, &first.group) {
            let _ = writeln!(text, "  # {line}");
        }
        for target in group {
            let _ = writeln!(text, "  {:width$}  {}", target.name, way(target));
        }
    }
    text
}

/// How a group is rolled out, where the inventory says it.
fn rules(site: &Site, group: &str) -> Vec<String> {
    let group = site
        .groups
        .iter()
        .find(|known| known.name == group && known.rollout.is_some());
    let Some(rules) = group.map(Rules::of) else {
        return Vec::new();
    };
    let mut lines = vec![rules.waves()];
    lines.extend(rules.words());
    lines
}

/// Where ssh goes, in one line.
fn way(target: &Target) -> String {
    match &target.connection {
        Connection::Local => "this machine".to_owned(),
        Connection::Ssh(ssh) => {
            let user = ssh.user.as_ref().map(|user| format!("{user}@")).unwrap_or_default();
            let port = ssh.port.map(|port| format!(", port {port}")).unwrap_or_default();
            let jump = ssh
                .jump_host
                .as_ref()
                .map(|host| format!(", through {host}"))
                .unwrap_or_default();
            format!("{user}{}{port}{jump}", ssh.address)
        }
    }
}

fn show(target: &Target) -> Result<String, Error> {
    let mut text = format!("host:      {}\ngroup:     {}\n", target.name, target.group);
    let _ = writeln!(text, "playbook:  {}", target.playbook.display());
    let _ = writeln!(text, "reached:   {}", way(target));
    if let Connection::Ssh(ssh) = &target.connection {
        let files = [
            ("key", &ssh.identity_file),
            ("known", &ssh.known_hosts),
            ("config", &ssh.ssh_config),
        ];
        for (name, path) in files.iter().filter_map(|(name, path)| Some((name, path.as_ref()?))) {
            let _ = writeln!(text, "  {name:<8} {}", path.display());
        }
        let _ = writeln!(text, "  timeout  {}s for one connection", ssh.connect_timeout.as_secs());
    }
    let _ = writeln!(text, "becomes root by: {}", privilege(&target.privilege));
    if let Some(kubernetes) = &target.kubernetes {
        let _ = writeln!(text, "node:      {}", node(kubernetes));
    }
    text.push_str("\nvariables:\n");
    if target.vars.is_empty() {
        text.push_str("  (none)\n");
    }
    for (name, value) in &target.vars {
        let origin = target.origins.get(name).map(ToString::to_string).unwrap_or_default();
        let _ = writeln!(text, "  {name} = {value}  (from {origin})");
    }
    text.push_str("\ndesired:\n");
    let desired = target
        .desired
        .to_yaml()
        .map_err(|error| Error::Yaml(error.to_string()))?;
    for line in desired.lines() {
        let indent = if line.is_empty() { "" } else { "  " };
        let _ = writeln!(text, "{indent}{line}");
    }
    Ok(text)
}

/// What it is to its cluster.
fn node(kubernetes: &Kubernetes) -> String {
    let at = kubernetes.cluster.kubectl.at();
    let drain = &kubernetes.drain;
    format!(
        "{}, kubectl on {at}\n  drain    {} --timeout={}s\n  ready    within {}",
        kubernetes.node,
        drain.options().join(" "),
        drain.timeout.as_secs(),
        duration(kubernetes.ready_timeout)
    )
}

/// Where a password comes from is shown, never the password.
fn privilege(privilege: &Privilege) -> String {
    match privilege {
        Privilege::None => "being root already".to_owned(),
        Privilege::Sudo { password: None } => "sudo, without a password".to_owned(),
        Privilege::Sudo {
            password: Some(PasswordSource::Ask),
        } => "sudo, with a password that is asked for".to_owned(),
        Privilege::Sudo {
            password: Some(PasswordSource::File(path)),
        } => {
            format!("sudo, with the password in {}", path.display())
        }
        Privilege::Sudo {
            password: Some(PasswordSource::Env(name)),
        } => {
            format!("sudo, with the password in the environment variable {name}")
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    fn example() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("inventory/example.yml")
    }

    fn shown(host: Option<&str>) -> String {
        let mut out = Vec::new();
        run(&example(), host, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn lists_hosts_by_group() {
        let text = shown(None);
        assert!(text.starts_with("workers (11 hosts) · "), "{text}");
        assert!(
            text.contains("\n  # 1 host as canary, then waves of 2 hosts\n  # stops when"),
            "{text}"
        );
        assert!(
            text.contains("\n  db-02              cisadmin@10.0.1.12, port 2222\n"),
            "{text}"
        );
    }

    #[test]
    fn shows_where_each_variable_comes_from() {
        let text = shown(Some("db-02"));
        assert!(text.contains("  audit_backlog = 32768  (from host)\n"), "{text}");
        assert!(shown(Some("db-01")).contains("  audit_backlog = 8192  (from defaults)\n"));
        assert!(shown(Some("cto-k8s-wrkr-02")).contains("  audit_backlog = 16384  (from group)\n"));
        assert!(text.contains("becomes root by: sudo, with a password that is asked for\n"));
        assert!(
            text.contains("    cmdline:\n      ima_policy:\n      - tcb\n"),
            "{text}"
        );
        assert!(text.contains("\n      appraise func=BPRM_CHECK fowner=0\n"), "{text}");
    }

    #[test]
    fn names_the_nearest_host() {
        let error = run(&example(), Some("db-03"), &mut Vec::new()).unwrap_err();
        assert!(
            error.to_string().ends_with("; did you mean \"db-01\"?") || error.to_string().contains("db-0"),
            "{error}"
        );
    }
}
