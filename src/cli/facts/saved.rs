use crate::{
    cli::{session::CliError, versioned, whole_file},
    config::{Desired, Target},
    host::HostError,
    resource::{Observed, probe_request},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeSet,
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
};

/// The form of the file.
const FORMAT_VERSION: u32 = 1;

/// What a host was at some time.
#[derive(Debug, Serialize, Deserialize)]
pub struct SavedFacts {
    format_version: u32,
    /// When they were taken.
    pub taken: Timestamp,
    /// What the host was asked for beside the facts of every host.
    asked: Vec<String>,
    /// Which labels were counted, and which signatures.
    scope: Vec<String>,
    observed: Observed,
}

impl SavedFacts {
    /// The facts of a host that was looked at just now.
    pub fn new(target: &Target, now: Timestamp, observed: Observed) -> Self {
        let (asked, scope) = request(&target.desired);
        Self {
            format_version: FORMAT_VERSION,
            taken: now,
            asked,
            scope,
            observed,
        }
    }

    /// The facts of a host, from their directory.
    ///
    /// # Errors
    /// A file that cannot be read or holds no facts; within, that there are none of this host.
    pub fn read(directory: &Path, host: &str) -> Result<Result<Self, HostError>, CliError> {
        let path = file(directory, host);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Ok(Err(HostError::NoFacts {
                    path: path.display().to_string(),
                }));
            }
            Err(error) => return Err(format!("error: cannot read {}: {error}", path.display()).into()),
        };
        let help = "help: take them anew with imaform facts INVENTORY --out DIR";
        let facts = versioned::parse(&text, "record of a host's facts", FORMAT_VERSION);
        Ok(Ok(facts.map_err(|error| {
            format!("error: {} {error}\n{help}", path.display())
        })?))
    }

    /// Writes them, in the place of earlier ones.
    ///
    /// # Errors
    /// A directory that cannot be written.
    pub fn write(&self, directory: &Path, host: &str) -> Result<(), CliError> {
        let path = file(directory, host);
        let text = serde_json::to_string_pretty(self)? + "\n";
        whole_file::write(&path, 0o666, &text)
            .map_err(|error| format!("error: cannot write {}: {error}", path.display()).into())
    }

    /// What they say for a playbook that may be another one by now, and what of it they do not tell of, as lines of a probe
    /// request.
    pub fn for_playbook(self, desired: &Desired) -> (Observed, Vec<String>) {
        let (wanted, scope) = request(desired);
        let asked: BTreeSet<&String> = self.asked.iter().collect();
        let mut unasked: Vec<String> = wanted.into_iter().filter(|line| !asked.contains(line)).collect();
        let mut observed = self.observed;
        // Units are told in the order of asking.
        observed.services = services(desired, &self.asked, &observed.services);
        if scope != self.scope {
            observed.labels = None;
            unasked.push("labels in another scope".into());
        }
        (observed, unasked)
    }
}

/// A host's name is no path: it has no slash and does not begin with a dot.
fn file(directory: &Path, host: &str) -> PathBuf {
    directory.join(format!("{host}.json"))
}

/// The lines of a probe request: what is asked for, and the scope of labels.
fn request(desired: &Desired) -> (Vec<String>, Vec<String>) {
    let request = probe_request(desired);
    let (asked, scope) = request.split_once("\n\n").unwrap_or((&request, ""));
    let lines = |text: &str| text.lines().map(str::to_owned).collect();
    (lines(asked), lines(scope))
}

fn services(desired: &Desired, asked: &[String], states: &[(String, String)]) -> Vec<(String, String)> {
    let asked: Vec<&str> = asked.iter().filter_map(|line| line.strip_prefix("service ")).collect();
    let state = |unit: &String| {
        let at = asked.iter().position(|known| known == unit)?;
        states.get(at).cloned()
    };
    desired
        .services
        .iter()
        .map(|unit| state(unit).unwrap_or_default())
        .collect()
}
