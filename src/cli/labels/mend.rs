use super::compare::{Compared, compare};
use crate::{
    cli::{
        apply::steps_only,
        change::Change,
        exit::Exit,
        options::Options,
        session::{CliError, Session},
    },
    plan::Plan,
    resource::{FaultyFile, gate::Acceptance},
    rollout::Way,
};
use clap::Args;
use std::{ffi::OsString, os::unix::ffi::OsStrExt};

pub const ABOUT: &str = "Set the labels anew that do not fit their files

Compares all labels in the playbook's scope with their files, as `status --labels` does, shows each file whose label is
stale, missing or none, and asks. Each of them then gets the sha256 of its content as its label, by setxattr: it works in
every mode, without a reboot. This blesses the content as it is, whoever wrote it: after a power cut these are the files that
were open; after a break-in they are the intruder's.

Left alone are files that are being written, since the kernel labels them when they are closed, signatures, and files that
the kernel refuses to root: those cannot be hashed before the host is out of enforce (imaform rollback --to fix).";

pub const EXAMPLES: &str = "Examples:
  imaform status inventory.yml --labels                 what does not fit
  imaform labels mend inventory.yml                     show all of it, ask, mend it
  imaform labels mend inventory.yml --limit web-1 /usr/local/bin/agent    this file only

Exit codes:
  0  nothing is left that does not fit, of what was asked for
  1  error
  3  some hosts unreachable
  4  labels could not be compared
  5  a file that the kernel refuses, or that cannot be read, is left as it is";

/// Arguments of `imaform labels mend`.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    options: Options,
    /// Only these files; without any, all that do not fit
    paths: Vec<OsString>,
    #[command(flatten)]
    change: Change,
}

/// Compares, shows what would be blessed, asks, and sets the labels.
pub async fn run(arguments: Arguments) -> Result<Exit, CliError> {
    let session = Session::open(&arguments.options).await?;
    let observed = session.probe().await;
    let compared = compare(&session, &observed).await;
    let found: Vec<Vec<FaultyFile>> = compared
        .iter()
        .map(|compared| asked_for(compared.as_ref(), &arguments.paths))
        .collect();
    if let Some(path) = arguments.paths.iter().find(|path| !is_named(path, &found)) {
        session.close().await;
        let path = path.to_string_lossy();
        return Err(format!("error: {path:?}: on no host does `imaform status --labels` find anything wrong with it; nothing was changed").into());
    }
    let mut plans = Vec::new();
    for (index, (member, observed)) in session.fleet.members.iter().zip(&observed).enumerate() {
        plans.push(match observed {
            Ok(observed) => {
                let mut plan = Plan::mend(&member.target.desired, observed, &found[index])?;
                if let Some(Compared::Failed(error)) = &compared[index] {
                    plan.refusals.push(format!("the labels were not compared: {error}"));
                }
                Ok(plan)
            }
            Err(error) => Err(error.clone()),
        });
    }
    let left = found
        .iter()
        .flatten()
        .any(|file| file.writer.is_none() && !file.is_mendable());
    let exit = steps_only(session, plans, Way::Forth, Acceptance::default(), arguments.change).await?;
    Ok(Exit::worst([exit, if left { Exit::UNVERIFIED } else { Exit::OK }]))
}

/// What does not fit on one host, of the files that were named.
fn asked_for(compared: Option<&Compared>, paths: &[OsString]) -> Vec<FaultyFile> {
    let Some(Compared::Done { audit, .. }) = compared else {
        return Vec::new();
    };
    let asked = |file: &&FaultyFile| paths.is_empty() || paths.iter().any(|path| path.as_bytes() == file.path.bytes());
    audit.faulty.iter().filter(asked).cloned().collect()
}

fn is_named(path: &OsString, found: &[Vec<FaultyFile>]) -> bool {
    found.iter().flatten().any(|file| file.path.bytes() == path.as_bytes())
}
