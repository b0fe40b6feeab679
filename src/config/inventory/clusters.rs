use super::Reader;
use crate::config::{node::Place, problems::Problems, quote, section::suggestion};
use std::collections::{BTreeMap, BTreeSet};

impl Reader<'_> {
    /// Checks what names a host on which kubectl runs, and that every other host has a playbook.
    pub(super) fn check_clusters(&self, problems: &mut Problems) {
        let names: Vec<&str> = self.found.hosts.iter().map(|host| host.name.as_str()).collect();
        let levels = self.found.hosts.iter().filter_map(|host| host.kubernetes.as_ref());
        let vias: BTreeMap<&str, Place> = levels
            .filter_map(|level| level.via.as_ref())
            .map(|(name, place)| (name.as_str(), *place))
            .collect();
        for (name, place) in vias.iter().filter(|(name, _)| !names.contains(name)) {
            let message = format!("`via`: the inventory has no host {}", quote(name));
            problems.error_with_help(*place, message, suggestion(name, &names));
        }
        let mut nodes: BTreeMap<(&str, &str), &str> = BTreeMap::new();
        for host in &self.found.hosts {
            let Some(level) = &host.kubernetes else { continue };
            let place = self.seen.get(&host.name).copied().unwrap_or_default();
            if let Some(other) = nodes.insert((level.cluster(), &host.node), &host.name) {
                let message = format!("the hosts {} and {} are the same node", quote(other), quote(&host.name));
                problems.error_with_help(
                    place,
                    message,
                    format!("both are {} in their cluster", quote(&host.node)),
                );
            }
        }
        let served = |host: &&super::Host| vias.contains_key(host.name.as_str());
        let serving: BTreeSet<&str> = self
            .found
            .hosts
            .iter()
            .filter(served)
            .map(|host| host.group.as_str())
            .collect();
        for (name, place) in &self.without_playbook {
            if !serving.contains(name.as_str()) {
                let help = "add `playbook: PATH`, relative to the inventory";
                problems.error_with_help(*place, format!("the group {} has no `playbook`", quote(name)), help);
            }
        }
    }
}
