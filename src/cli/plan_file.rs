use super::{
    session::{CliError, Session},
    versioned, whole_file,
};
use crate::{
    host::HostError,
    plan::{HostBound, Plan, Review, names},
    resource::{Observed, sha256_hex},
};
use jiff::{Timestamp, Unit};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

/// So many names and ranges of hosts are written out.
pub const NAMES: usize = 8;

/// The form of the file.
const FORMAT_VERSION: u32 = 1;

/// A plan in a file: what people review, and, where it can be applied, what it is bound to.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct PlanFile {
    /// What people review.
    #[serde(flatten)]
    pub review: Review,
    /// What it is bound to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bound: Option<Bound>,
}

/// What a plan is bound to. Digests only: nothing here is a secret, and nothing here is carried out.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Bound {
    /// When it was made (UTC).
    #[schemars(with = "String")]
    pub made: Timestamp,
    /// The inventory, as it was given.
    #[schemars(with = "String")]
    pub inventory: PathBuf,
    /// `--no-drain`.
    pub no_drain: bool,
    /// SHA-256 of the groups and how they are rolled out.
    pub rollout: String,
    /// The hosts that could be looked at, by name.
    pub hosts: BTreeMap<String, HostBound>,
}

impl PlanFile {
    /// Reads a plan.
    ///
    /// # Errors
    /// A file that cannot be read, is none, or of another form.
    pub fn read(path: &Path) -> Result<Self, CliError> {
        let place = path.display();
        let text = fs::read_to_string(path).map_err(|error| format!("error: cannot read {place}: {error}"))?;
        let help = "help: imaform plan INVENTORY --out FILE writes one";
        versioned::parse(&text, "plan", FORMAT_VERSION)
            .map_err(|error| format!("error: {place} {error}\n{help}").into())
    }

    /// Whether a file is meant to be one, and no inventory.
    pub fn is_one(path: &Path) -> bool {
        let text = fs::read(path).unwrap_or_default();
        let json = serde_json::from_slice::<serde_json::Value>(&text).unwrap_or_default();
        json.get("format_version").is_some()
    }

    /// Writes it, readable for its owner only: it shows what is in files of hosts.
    ///
    /// # Errors
    /// A directory that cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), CliError> {
        whole_file::write(path, 0o600, &self.json()?)
            .map_err(|error| format!("error: --out {}: {error}", path.display()).into())
    }

    /// The text of the file.
    ///
    /// # Errors
    /// None that is known; the form of JSON leaves room for them.
    pub fn json(&self) -> serde_json::Result<String> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }
}

impl Bound {
    /// What these plans are bound to.
    pub fn of(session: &Session, observed: &[Result<Observed, HostError>], plans: &[Result<Plan, HostError>]) -> Self {
        let mut hosts = BTreeMap::new();
        for ((member, observed), plan) in session.fleet.members.iter().zip(observed).zip(plans) {
            if let (Ok(observed), Ok(plan)) = (observed, plan) {
                let bound = HostBound::of(&member.target, observed, plan);
                hosts.insert(member.target.name.clone(), bound);
            }
        }
        Self {
            made: Timestamp::now().round(Unit::Second).unwrap_or_default(),
            inventory: session.given.clone(),
            no_drain: session.no_drain,
            rollout: sha256_hex(&format!("{:?}", session.groups)),
            hosts,
        }
    }

    /// What is different now, host by host with those alike together, in words; empty where nothing is. Hosts that do not
    /// answer now are no difference.
    pub fn differences(&self, now: &Self) -> Vec<String> {
        let mut found = Vec::new();
        if self.rollout != now.rollout {
            found.push("the groups of the inventory, or how they are rolled out, have changed".to_owned());
        }
        let mut alike: Vec<(Vec<String>, Vec<&str>)> = Vec::new();
        for (name, bound) in &self.hosts {
            let Some(host) = now.hosts.get(name) else { continue };
            let differences = bound.differences(host);
            match alike.iter_mut().find(|(known, _)| *known == differences) {
                _ if differences.is_empty() => {}
                Some((_, hosts)) => hosts.push(name),
                None => alike.push((differences, vec![name])),
            }
        }
        for (differences, hosts) in alike {
            let hosts = names(hosts, NAMES);
            found.extend(
                differences
                    .into_iter()
                    .map(|difference| format!("{hosts}: {difference}")),
            );
        }
        found
    }
}
