use super::{
    exit::Exit,
    options::Options,
    session::{CliError, Session},
};
use crate::{
    host::HostError,
    plan::Plan,
    resource::{BootMode, Door, Observed, Running},
    rollout::Member,
};
use clap::{Args, ValueEnum};
use serde_json::{Value, json};

/// Arguments of `imaform status`.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    options: Options,
    /// How to show it
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// For scripts
    Json,
}

/// Shows what each host is now. Nothing is changed.
pub async fn run(arguments: Arguments) -> Result<Exit, CliError> {
    let session = Session::open(&arguments.options)?;
    let observed = session.probe().await;
    let members = session.fleet.members.clone();
    session.close().await;
    let hosts: Vec<Value> = members
        .iter()
        .zip(&observed)
        .map(|(member, observed)| facts(member, observed))
        .collect::<Result<_, _>>()?;
    match arguments.format {
        Format::Json => println!("{:#}", json!({ "format_version": 1, "hosts": hosts })),
        Format::Text => hosts.iter().for_each(print_host),
    }
    Ok(if observed.iter().any(Result::is_err) {
        Exit::UNREACHABLE
    } else {
        Exit::OK
    })
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
    let left = Plan::build(desired, observed)?.differences();
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
        "every_boot": boot.every,
        "trial": boot.trial,
        "policy": match observed.integrity.door {
            Door::Absent => "no IMA",
            Door::Open => "built-in",
            Door::Closed => "custom, loaded",
        },
        "tpm": observed.integrity.tpm,
        "secure_boot": observed.integrity.secure_boot,
        "measurements": observed.integrity.measurements,
        "violations": observed.integrity.violations,
        "labels": observed.labels,
        "differences": left,
    }))
}

fn print_host(host: &Value) {
    let text = |key: &str| match &host[key] {
        Value::String(text) => text.clone(),
        Value::Null => "none".to_owned(),
        other => other.to_string(),
    };
    println!("{} ({})", text("host"), text("group"));
    if !host["unreachable"].is_null() {
        println!("  unreachable: {}\n", text("unreachable").replace('\n', "\n    "));
        return;
    }
    println!(
        "  {} (ima_appraise={}), wanted {}; stage {}",
        text("now"),
        text("mode"),
        text("wanted"),
        text("stage")
    );
    println!("  every boot: {}; trial pending: {}", text("every_boot"), text("trial"));
    println!(
        "  {}, kernel {}, boot id {}",
        text("os"),
        text("kernel"),
        text("boot_id")
    );
    println!(
        "  policy: {}; {} measurements, {} violations",
        text("policy"),
        text("measurements"),
        text("violations")
    );
    match (
        host["labels"]["labelled"].as_u64(),
        host["labels"]["unlabelled"].as_u64(),
    ) {
        (Some(labelled), Some(unlabelled)) => {
            let held = host["labels"]["held"].as_array().map_or(0, Vec::len);
            println!(
                "  labels: {labelled} of {} files in scope, {held} being written",
                labelled + unlabelled
            );
        }
        _ => println!("  labels: not read (the attr package is not there, or the playbook labels nothing)"),
    }
    match host["differences"].as_array().map(Vec::as_slice) {
        None | Some([]) => println!("  as the playbook wants it"),
        Some(left) => {
            println!("  differs from the playbook:");
            for difference in left {
                println!("    {}", difference.as_str().unwrap_or_default());
            }
        }
    }
    println!();
}
