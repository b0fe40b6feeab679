mod compared;

use super::{
    exit::Exit,
    format::Format,
    labels::compare::{Compared, compare},
    options::Options,
    session::{CliError, Session, say},
};
use crate::{
    host::HostError,
    resource::{BootMode, Door, Holder, Integrity, Observed, Running, boot_mode, mode},
    rollout::Member,
    words::printable,
};
use clap::Args;
use serde::Deserialize;
use serde_json::{Value, json};

/// Arguments of `imaform status`.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    options: Options,
    /// How to show it
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// Read every file in the playbook's label scope and compare it with its label
    ///
    /// Named are files that are stale (the label is not the digest of the content), unlabelled, with a label that is none,
    /// or unreadable; a file that is being written is none of them. Signatures are counted by key and not checked: that
    /// takes the certificate. This takes as long as hashing all of the files. Reading has its usual effects: a policy that
    /// measures root's reads measures these, and in fix mode the kernel relabels what is opened.
    #[arg(long)]
    labels: bool,
}

/// Shows what each host is now. Nothing is changed, but for what reading files does in fix mode.
pub async fn run(arguments: Arguments) -> Result<Exit, CliError> {
    let session = Session::open(&arguments.options).await?;
    let observed = session.probe().await;
    let members = session.fleet.members.clone();
    let compared = if arguments.labels {
        compare(&session, &observed).await
    } else {
        members.iter().map(|_| None).collect()
    };
    session.close().await;
    let mut hosts = Vec::new();
    for ((member, observed), compared) in members.iter().zip(&observed).zip(&compared) {
        let mut host = facts(member, observed)?;
        let labels = match (compared, observed) {
            (Some(compared), Ok(observed)) => {
                host["label_audit"] = compared::object(compared);
                compared::lines(compared, mode(observed))
            }
            _ => vec![labels_line(&host["labels"])],
        };
        hosts.push((host, labels));
    }
    match arguments.format {
        Format::Json => {
            let hosts: Vec<_> = hosts.into_iter().map(|(host, _)| host).collect();
            say(format!("{:#}\n", json!({ "format_version": 1, "hosts": hosts })))?;
        }
        Format::Text => {
            let blocks: Vec<_> = hosts
                .iter()
                .map(|(host, labels)| text_of(host, labels) + "\n")
                .collect();
            say(blocks.concat())?;
        }
    }
    let fell_back = observed.iter().flatten().any(boot_mode::fell_back);
    Ok(if fell_back {
        Exit::REFUSED
    } else {
        exit(&observed, &compared)
    })
}

/// What needs a person most comes first: labels that do not hold, then those that could not be compared.
fn exit(observed: &[Result<Observed, HostError>], compared: &[Option<Compared>]) -> Exit {
    let any = |is: fn(&Compared) -> bool| compared.iter().flatten().any(is);
    if any(|compared| matches!(compared, Compared::Done { audit, .. } if !audit.holds())) {
        Exit::UNVERIFIED
    } else if any(|compared| matches!(compared, Compared::Failed(error) if !error.is_unreachable())) {
        Exit::ERROR
    } else if observed.iter().any(Result::is_err) || any(|compared| matches!(compared, Compared::Failed(_))) {
        Exit::UNREACHABLE
    } else {
        Exit::OK
    }
}

fn facts(member: &Member, observed: &Result<Observed, HostError>) -> Result<Value, CliError> {
    let (name, group) = (&member.target.name, &member.target.group);
    let observed = match observed {
        Ok(observed) => observed,
        Err(error) => return Ok(json!({ "host": name, "group": group, "unreachable": error.to_string() })),
    };
    let desired = &member.target.desired;
    let running = Running::of(desired, observed);
    let boot = BootMode::of(observed);
    let left = member.plan(observed)?.differences();
    Ok(json!({
        "host": name,
        "group": group,
        "os": observed.os,
        "kernel": observed.kernel_release,
        "boot_id": observed.boot_id,
        "stage": running.stage(desired, observed),
        "mode": running.mode,
        "now": running.words(),
        "wanted": desired.appraisal,
        "every_boot": boot.map(|boot| boot.every),
        "trial": boot.and_then(|boot| boot.trial),
        "fell_back": running.fell_back,
        "policy": policy_words(&observed.integrity),
        "tpm": observed.integrity.tpm,
        "secure_boot": observed.integrity.secure_boot,
        "measurements": observed.integrity.measurements,
        "violations": observed.integrity.violations,
        "lock": observed.lock.holder,
        "labels": observed.labels,
        "differences": left,
    }))
}

/// Which policy is in force. A kernel that takes one policy after another leaves the door open.
fn policy_words(integrity: &Integrity) -> &'static str {
    match integrity.door {
        Door::Absent => "no IMA",
        Door::Open if integrity.policy_updates == 0 => "built-in",
        Door::Open | Door::Closed => "custom, loaded",
    }
}

/// A host for people, fit for a terminal.
fn text_of(host: &Value, labels: &[String]) -> String {
    let text = |key: &str| match &host[key] {
        Value::String(text) => text.clone(),
        Value::Null => "none".to_owned(),
        other => other.to_string(),
    };
    let mut lines = vec![format!("{} ({})", text("host"), text("group"))];
    if host["unreachable"].is_null() {
        lines.extend([
            format!(
                "  {} (ima_appraise={}), wanted {}; stage {}",
                text("now"),
                text("mode"),
                text("wanted"),
                text("stage")
            ),
            format!("  every boot: {}; trial pending: {}", text("every_boot"), text("trial")),
            format!(
                "  {}, kernel {}, boot id {}",
                text("os"),
                text("kernel"),
                text("boot_id")
            ),
            format!(
                "  policy: {}; {} measurements, {} violations",
                text("policy"),
                text("measurements"),
                text("violations")
            ),
        ]);
        let holder = Holder::deserialize(&host["lock"]).ok();
        lines.extend(holder.map(|holder| format!("  {}", holder.words())));
        lines.extend_from_slice(labels);
        lines.extend(difference_lines(&host["differences"]));
    } else {
        lines.push(format!(
            "  unreachable: {}",
            text("unreachable").replace('\n', "\n    ")
        ));
    }
    printable(&(lines.join("\n") + "\n"))
}

fn labels_line(labels: &Value) -> String {
    match (labels["labelled"].as_u64(), labels["unlabelled"].as_u64()) {
        (Some(labelled), Some(unlabelled)) => {
            let held = labels["held"].as_array().map_or(0, Vec::len);
            let all = labelled + unlabelled;
            format!("  labels: {labelled} of {all} files in scope, {held} being written")
        }
        _ => "  labels: not read (the attr package is not there, or the playbook labels nothing)".to_owned(),
    }
}

fn difference_lines(differences: &Value) -> Vec<String> {
    match differences.as_array().map(Vec::as_slice) {
        None | Some([]) => vec!["  as the playbook wants it".to_owned()],
        Some(left) => {
            let lines = left
                .iter()
                .map(|line| format!("    {}", line.as_str().unwrap_or_default()));
            std::iter::once("  differs from the playbook:".to_owned())
                .chain(lines)
                .collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_open_door_is_the_built_in_policy_only_until_one_is_loaded() {
        for (door, policy_updates, words) in [
            (Door::Absent, 0, "no IMA"),
            (Door::Open, 0, "built-in"),
            (Door::Open, 1, "custom, loaded"),
            (Door::Closed, 0, "custom, loaded"),
        ] {
            let integrity = Integrity {
                door,
                policy_updates,
                ..Integrity::default()
            };
            assert_eq!(policy_words(&integrity), words, "{door:?} {policy_updates}");
        }
    }

    #[test]
    fn what_a_host_says_is_shown_escaped() {
        let host = json!({ "host": "a", "group": "g", "os": "\u{1b}[2JDebian\u{202e}", "labels": null });
        let text = text_of(&host, &[]);
        assert!(text.contains("  \\u{1b}[2JDebian\\u{202e}, kernel none"), "{text}");
        let host = json!({ "host": "a", "group": "g", "unreachable": "no:\u{1b}[31m\nhelp" });
        assert_eq!(text_of(&host, &[]), "a (g)\n  unreachable: no:\\u{1b}[31m\n    help\n");
    }
}
