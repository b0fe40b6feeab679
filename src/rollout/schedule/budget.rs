//! What the rules leave room for.

use super::{Entry, Fate, Schedule, Service, Standing, Stop, Work};

impl Schedule {
    /// Whether what is out of service leaves room for a host.
    pub(super) fn may_begin(&self, host: usize) -> bool {
        let Entry { rules, work } = self.entries[host];
        let most = self.rules[rules].max_unavailable;
        let has_room = most.is_none_or(|most| self.tallies[rules].away < most);
        match work {
            Work::None(_) | Work::Quiet => true,
            Work::Disruptive => has_room,
            Work::ControlPlane => has_room && !self.lacks_control_plane(),
        }
    }

    /// Whether a node of a control plane is out of service, by our work or after it.
    fn lacks_control_plane(&self) -> bool {
        let away =
            |standing: &Standing| matches!(standing, Standing::AtWork | Standing::Ended(Fate::Failed(Service::Out)));
        let hosts = self.entries.iter().zip(&self.hosts);
        let mut nodes = hosts.filter(|(entry, _)| entry.work == Work::ControlPlane);
        nodes.any(|(_, standing)| away(standing))
    }

    /// Why nothing that waits may begin.
    pub(super) fn no_room(&self, rules: usize) -> Stop {
        if self.lacks_control_plane() {
            return Stop::ControlPlane;
        }
        Stop::Unavailable {
            rules: self.rules[rules].name.clone(),
            away: self.tallies[rules].away,
            most: self.rules[rules].max_unavailable.unwrap_or_default(),
        }
    }

    /// The rule by which no further host begins. Only where hosts wait: what is complete needs no stop.
    pub(super) fn spent_budget(&self) -> Option<Stop> {
        if self.tallies.iter().all(|tally| tally.waiting == 0) {
            return None;
        }
        self.rules.iter().zip(&self.tallies).find_map(|(rules, tally)| {
            let most = rules.max_failures?;
            (tally.failed > most).then(|| Stop::Failures {
                rules: rules.name.clone(),
                failed: tally.failed,
                most,
            })
        })
    }
}
