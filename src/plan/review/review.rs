use super::{Counts, HostPlan, Outlook, shape::shape};
use crate::plan::Plan;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The plans of many hosts, hosts with the same plan together. The same plans make the same bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Review {
    /// Of this form: 1.
    pub format_version: u32,
    /// imaform's version.
    pub imaform: String,
    /// Whether anything is to be done to any host.
    pub has_changes: bool,
    /// What it comes to.
    pub counts: Counts,
    /// The hosts, in the order of the inventory; those with the same plan stand where the first of them does.
    pub groups: Vec<Alike>,
    /// In which order the hosts are taken, and what stops it, in words.
    pub rollout: Vec<String>,
}

/// Hosts whose plans are the same, but for names, identifiers and times that each host has of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Alike {
    /// The hosts.
    pub hosts: Vec<ReviewedHost>,
    /// What their plans have in common: SHA-256.
    pub shape: String,
    /// Whether they differ in what is each host's own; then [`Self::plan`] is the first host's.
    pub own: bool,
    /// Their plan.
    pub plan: HostPlan,
}

/// What a host has of its own beside the plan.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct ReviewedHost {
    /// Its name in the inventory.
    pub name: String,
    /// For how long it is expected to be out of service, in seconds, judged by how long its last boot took.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub out_of_service_seconds: Option<u64>,
    /// When the facts were taken that the plan is made from, where the host was not looked at now (UTC).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub facts_of: Option<String>,
}

impl Default for Review {
    fn default() -> Self {
        Self {
            format_version: 1,
            imaform: env!("CARGO_PKG_VERSION").to_owned(),
            has_changes: false,
            counts: Counts::default(),
            groups: Vec::new(),
            rollout: Vec::new(),
        }
    }
}

impl Review {
    /// Adds a host that has a plan.
    pub fn plan(&mut self, host: &str, plan: &Plan) {
        let reboots = u64::try_from(plan.reboots()).unwrap_or(u64::MAX);
        let seconds = plan.boot_seconds.filter(|_| reboots > 0);
        let host = ReviewedHost {
            name: host.to_owned(),
            out_of_service_seconds: seconds.map(|seconds| seconds.saturating_mul(reboots)),
            facts_of: None,
        };
        self.add(host, HostPlan::of(plan));
    }

    /// Adds a host that could not be looked at.
    pub fn unreachable(&mut self, host: &str, error: &str) {
        self.without_plan(host, Outlook::Unreachable, error);
    }

    /// Adds a host that failed in the run that is gone on with.
    pub fn left_alone(&mut self, host: &str, line: &str) {
        self.without_plan(host, Outlook::LeftAlone, line);
    }

    /// Says in which order the hosts are taken.
    pub fn rollout(&mut self, words: &str) {
        self.rollout = words.lines().map(str::to_owned).collect();
    }

    /// Says that a host was not looked at now, and of when its facts are.
    pub fn from_facts(&mut self, host: &str, time: &str) {
        let mut hosts = self.groups.iter_mut().flat_map(|group| &mut group.hosts);
        if let Some(host) = hosts.find(|known| known.name == host) {
            host.facts_of = Some(time.to_owned());
        }
    }

    fn without_plan(&mut self, host: &str, outlook: Outlook, why: &str) {
        let host = ReviewedHost {
            name: host.to_owned(),
            ..ReviewedHost::default()
        };
        self.add(host, HostPlan::none(outlook, why));
    }

    fn add(&mut self, host: ReviewedHost, plan: HostPlan) {
        self.counts.add(&plan);
        self.has_changes |= plan.outlook == Outlook::Change;
        let shape = shape(&host.name, &plan);
        match self.groups.iter_mut().find(|group| group.shape == shape) {
            Some(group) => {
                group.own |= group.plan != plan;
                group.hosts.push(host);
            }
            None => self.groups.push(Alike {
                hosts: vec![host],
                shape,
                own: false,
                plan,
            }),
        }
    }
}

impl Alike {
    /// The shortest and the longest time for which one of these hosts is expected to be out of service, in seconds.
    pub(super) fn out_of_service(&self) -> Option<(u64, u64)> {
        let known = || self.hosts.iter().filter_map(|host| host.out_of_service_seconds);
        known().min().zip(known().max())
    }

    /// The first of these hosts.
    pub(super) fn first(&self) -> &str {
        self.hosts.first().map_or("", |host| &host.name)
    }

    /// The oldest facts that one of these plans is made from.
    pub(super) fn facts_of(&self) -> Option<&str> {
        self.hosts.iter().filter_map(|host| host.facts_of.as_deref()).min()
    }
}
