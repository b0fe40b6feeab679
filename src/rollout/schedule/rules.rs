use crate::{
    config::{FailedWave, Group, Order, Rollout, Window},
    words::{count, duration},
};
use jiff::Timestamp;
use std::time::Duration;

/// The rules of a rollout in numbers, for a group of a known size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    /// Whose they are; empty where they are nobody's.
    pub name: String,
    /// Hosts of the first wave; `None` where it is as any other.
    pub canary: Option<usize>,
    /// Hosts of a wave; `None` where it takes all.
    pub batch: Option<usize>,
    /// In which order hosts are taken.
    pub order: Order,
    /// So many hosts may fail; `None`: any number.
    pub max_failures: Option<usize>,
    /// So many hosts may be out of service at the same time; `None`: any number.
    pub max_unavailable: Option<usize>,
    /// What follows a wave in which a host has failed.
    pub failed_wave: FailedWave,
    /// How long nothing is done between two waves.
    pub soak: Duration,
    /// How long one host may take.
    pub deadline: Duration,
    /// When hosts may begin; empty where they always may.
    pub windows: Vec<Window>,
}

impl Rules {
    /// The rules for a group. Without any in the inventory, nothing stops a rollout.
    pub fn of(group: &Group) -> Self {
        let Some(rollout) = &group.rollout else {
            return Self::none();
        };
        Self {
            name: group.name.clone(),
            canary: rollout.canary.map(|canary| canary.some_of(group.hosts)),
            batch: Some(rollout.batch.some_of(group.hosts)),
            order: rollout.order,
            max_failures: Some(rollout.max_failures.of(group.hosts)),
            max_unavailable: rollout.max_unavailable.map(|most| most.some_of(group.hosts)),
            failed_wave: rollout.failed_wave,
            soak: rollout.soak,
            deadline: rollout.deadline,
            windows: rollout.windows.clone(),
        }
    }

    /// One wave, and no host's failure keeps another from beginning.
    pub fn none() -> Self {
        Self {
            name: String::new(),
            canary: None,
            batch: None,
            order: Order::Inventory,
            max_failures: None,
            max_unavailable: None,
            failed_wave: FailedWave::Continue,
            soak: Duration::ZERO,
            deadline: Rollout::DEADLINE,
            windows: Vec::new(),
        }
    }

    /// The same for a way back: what goes wrong with one host is no reason to leave another one where it is, at any hour.
    #[must_use]
    pub fn for_way_back(self) -> Self {
        Self {
            canary: None,
            max_failures: None,
            failed_wave: FailedWave::Continue,
            soak: Duration::ZERO,
            windows: Vec::new(),
            ..self
        }
    }

    /// When hosts may begin, where they may not now.
    pub(super) fn opens(&self, now: Timestamp) -> Option<Timestamp> {
        if self.windows.is_empty() || self.windows.iter().any(|window| window.closes(now).is_some()) {
            return None;
        }
        self.windows.iter().filter_map(|window| window.opens(now)).min()
    }

    /// How they divide the group.
    pub fn waves(&self) -> String {
        let batch = self.batch.map_or_else(
            || "all hosts together".to_owned(),
            |batch| format!("waves of {}", count(batch, "host")),
        );
        match self.canary {
            Some(canary) => format!("{} as canary, then {batch}", count(canary, "host")),
            None => batch,
        }
    }

    /// What they mean, a line each, as a plan says it.
    pub fn words(&self) -> Vec<String> {
        let mut lines = Vec::new();
        match self.max_failures {
            Some(0) => lines.push(
                "stops with the first host that fails; one that cannot be reached or is refused counts".to_owned(),
            ),
            Some(most) => {
                let further = match self.failed_wave {
                    FailedWave::Stop => ", and after any wave in which one has failed",
                    FailedWave::Continue => ", and goes on after a wave in which fewer have",
                };
                lines.push(format!(
                    "stops when more than {} failed (those that cannot be reached or are refused count){further}",
                    if most == 1 {
                        "1 host has".to_owned()
                    } else {
                        format!("{} have", count(most, "host"))
                    },
                ));
            }
            None => lines.push("no failure stops it".to_owned()),
        }
        if let Some(most) = self.max_unavailable {
            lines.push(format!(
                "at most {} out of service at the same time",
                count(most, "host")
            ));
        }
        if !self.soak.is_zero() {
            lines.push(format!(
                "{} between two waves; then the hosts are looked at again",
                duration(self.soak)
            ));
        }
        if !self.windows.is_empty() {
            let windows: Vec<String> = self.windows.iter().map(ToString::to_string).collect();
            lines.push(format!("hosts begin {}", windows.join(", or ")));
        }
        lines
    }
}
