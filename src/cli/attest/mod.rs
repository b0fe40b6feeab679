//! `imaform attest`: what the TPMs of live hosts say of their measurement lists.

mod host_object;
mod host_report;
mod references;

use super::{
    exit::Exit,
    format::Format,
    options::Options,
    session::{CliError, Session, say},
};
use crate::{
    resource::policy,
    rollout::{EventKind, Member},
    tpm::{AttestError, Attestation, Attested, Question, TrustedRoots},
};
use clap::Args;
use host_report::HostReport;
use references::References;
use serde_json::{Value, json};
use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

pub const EXAMPLES: &str = "\
Examples:
  imaform attest inventory.yml --update                 take what the hosts say now as their references
  imaform attest inventory.yml                          prove the hosts, and compare with the references
  imaform attest inventory.yml --format json | jq -r '.hosts[] | [.host, .verdict] | @tsv'

Exit codes: 0 every host verified, 5 a host is unproven, differs or failed, 3 unreachable, 1 error";

pub const ABOUT: &str = "\
Let the hosts' TPMs vouch for their measurement lists, and compare the lists with what is kept of each host.

Each host is asked over its connection for a quote of registers 0 to 10 (and those that the playbook's rules name) over a new \
random nonce, and then for its list; every template hash is computed anew, the registers are replayed, signature and nonce are \
checked. The key that signs is made by the TPM from its own seed, is the same each time, and is remembered by its name. \
Nothing is written on the host or in its TPM. Where the TPM holds its vendor's endorsement certificate, a credential that only \
this TPM can open proves that the key is its own; --ek-roots says which vendors are trusted.

  verified  the TPM vouches for the list, and what was measured before is the same
  differs   the TPM vouches for the list, and a file of the reference is another one now
  unproven  the host has no TPM: nothing vouches for its list
  failed    list, quote, signature or key are not what they should be

References lie beside the inventory (references/HOST.json), one a host, made to be kept in version control. --update shows the \
difference, and takes the new list and key; of a host that failed by its list or its quote it takes nothing. New and gone \
names do not make a host differ: what runs is another thing in each boot. Nor do files below /var, /run, /tmp and /home. Another boot_aggregate does.";

/// Arguments of `imaform attest`.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    options: Options,
    /// Where references are kept [default: references, beside the inventory]
    #[arg(long, value_name = "DIR")]
    references: Option<PathBuf>,
    /// Whose endorsement certificates are trusted: the roots of TPM vendors, in PEM; every host must have a certificate then
    #[arg(long, value_name = "PEM")]
    ek_roots: Option<PathBuf>,
    /// Take what the hosts say now as their references, after showing the difference
    #[arg(long)]
    update: bool,
    /// How to show it
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

/// Attests every host. Nothing is contacted before all input is valid, the references too.
///
/// # Errors
/// Input that is wrong, and references that cannot be written.
pub async fn run(arguments: Arguments) -> Result<Exit, CliError> {
    let references = References::new(arguments.references.clone(), &arguments.options.inventory);
    let session = Session::open(&arguments.options).await?;
    let names = session.fleet.members.iter().map(|member| member.target.name.as_str());
    let kept = Arc::new(references.read(names)?);
    let roots = Arc::new(match &arguments.ek_roots {
        Some(path) => roots(path)?,
        None => TrustedRoots::none(),
    });
    let ask = |_, member: Member| {
        let (kept, roots, events) = (Arc::clone(&kept), Arc::clone(&roots), session.events.clone());
        async move {
            events.tell(&member.target.name, EventKind::Probing);
            let extended = member.target.desired.policy.iter().flat_map(policy::registers);
            let question = Question::new(extended, &roots)?;
            let attested = Attested::ask(member.transport.as_ref(), question).await;
            events.tell(&member.target.name, EventKind::Probed);
            let attested = attested?;
            let reference = kept.get(&member.target.name).cloned();
            Ok(Attestation::of(attested, reference)?)
        }
    };
    let answers = session.fleet.each(session.concurrency, ask).await;
    let members = session.fleet.members.clone();
    session.close().await;
    let mut reports = Vec::new();
    for (member, answer) in members.iter().zip(answers) {
        let mut report = HostReport::new(
            &member.target,
            answer.unwrap_or(Err(AttestError::Work)),
            references.path(member),
        );
        if arguments.update {
            report.update()?;
        }
        reports.push(report);
    }
    say(match arguments.format {
        Format::Text => reports.iter().map(HostReport::text).collect::<Vec<_>>().join("\n"),
        Format::Json => {
            let hosts: Vec<Value> = reports.iter().map(HostReport::object).collect();
            format!("{:#}\n", json!({ "format_version": 1, "hosts": hosts }))
        }
    })?;
    Ok(Exit::worst(reports.iter().map(HostReport::exit)))
}

fn roots(path: &Path) -> Result<TrustedRoots, CliError> {
    let text = fs::read_to_string(path).map_err(|error| format!("error: cannot read {}: {error}", path.display()))?;
    TrustedRoots::from_pem(&text).map_err(|fault| format!("error: {}: {fault}", path.display()).into())
}
