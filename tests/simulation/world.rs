//! What is true of all hosts, and what must be true whenever one begins or goes out of service.

use imaform::{
    config::Group,
    rollout::{
        Clock, Event, EventKind, RolloutEvent, What,
        schedule::{Fate, Rules},
    },
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
};
use tokio::sync::mpsc::UnboundedReceiver;

pub struct World {
    rules: Vec<Rules>,
    clock: Clock,
    concurrency: usize,
    state: Mutex<State>,
    /// What did not hold: a panic would end one host's task, and be one more fault.
    broken: Mutex<Vec<String>>,
}

struct State {
    events: UnboundedReceiver<Event>,
    /// The wave that is at work, and the ones before.
    wave: Vec<String>,
    before: Vec<String>,
    ended: BTreeMap<String, Fate>,
    begun: BTreeSet<String>,
    /// By group: the hosts that are out of service.
    out: Vec<usize>,
}

impl State {
    /// Hears what the reporters hear.
    fn listen(&mut self) {
        while let Ok(event) = self.events.try_recv() {
            match event.what {
                What::Rollout(RolloutEvent::Wave { hosts, .. }) => {
                    let before = std::mem::replace(&mut self.wave, hosts);
                    self.before.extend(before);
                    self.before.retain(|host| !self.wave.contains(host));
                }
                What::Host {
                    host,
                    kind: EventKind::Finished(outcome),
                } => {
                    self.ended.insert(host, outcome.fate());
                }
                _ => {}
            }
        }
    }
}

impl World {
    pub fn new(groups: &[Group], clock: Clock, concurrency: usize, events: UnboundedReceiver<Event>) -> Arc<Self> {
        let state = State {
            events,
            wave: Vec::new(),
            before: Vec::new(),
            ended: BTreeMap::new(),
            begun: BTreeSet::new(),
            out: vec![0; groups.len()],
        };
        Arc::new(Self {
            rules: groups.iter().map(Rules::of).collect(),
            clock,
            concurrency,
            state: Mutex::new(state),
            broken: Mutex::default(),
        })
    }

    /// Something that must hold.
    pub fn demand(&self, holds: bool, otherwise: impl FnOnce() -> String) {
        if !holds {
            self.broken.lock().unwrap().push(otherwise());
        }
    }

    /// What did not hold.
    pub fn broken(&self) -> Vec<String> {
        self.broken.lock().unwrap().clone()
    }

    /// A host is spoken to for the first time.
    pub fn begins(&self, said: &str, group: usize, host: &str) {
        let rules = &self.rules[group];
        let mut state = self.state.lock().unwrap();
        state.listen();
        let in_group = format!("g{group}-");
        let failed = state
            .ended
            .iter()
            .filter(|(name, fate)| name.starts_with(&in_group) && **fate != Fate::Well);
        let failed = failed.count();
        if let Some(most) = rules.max_failures {
            self.demand(failed <= most, || {
                format!("{said} begins, though {failed} hosts failed and {most} may")
            });
        }
        self.demand(state.wave.iter().any(|name| name == host), || {
            format!("{said} begins out of its wave")
        });
        let waiting = state.before.iter().find(|name| !state.ended.contains_key(*name));
        self.demand(waiting.is_none(), || {
            format!("{said} begins before an earlier wave is at its end")
        });
        let now = self.clock.now();
        let open = rules.windows.is_empty() || rules.windows.iter().any(|window| window.closes(now).is_some());
        self.demand(open, || format!("{said} begins at {now}, when no window is open"));
        state.begun.insert(host.to_owned());
        let at_work = state
            .begun
            .iter()
            .filter(|name| !state.ended.contains_key(*name))
            .count();
        self.demand(at_work <= self.concurrency, || {
            format!("{said}: {at_work} hosts are at work")
        });
    }

    /// A host goes out of service because it is asked to.
    pub fn reboots(&self, said: &str, group: usize) {
        let mut state = self.state.lock().unwrap();
        state.out[group] += 1;
        if let Some(most) = self.rules[group].max_unavailable {
            let out = state.out[group];
            self.demand(out <= most, || {
                format!("{said}: {out} hosts are out of service, and {most} may")
            });
        }
    }

    /// So many nodes of a group are out of service, since they are cordoned.
    pub fn has_cordoned(&self, group: usize, nodes: usize) {
        if let Some(most) = self.rules[group].max_unavailable {
            self.demand(nodes <= most, || {
                format!("{nodes} nodes of g{group} are cordoned, and {most} may be out of service")
            });
        }
    }

    /// A host goes out of service by itself.
    pub fn dies(&self, group: usize) {
        self.state.lock().unwrap().out[group] += 1;
    }

    pub fn is_back(&self, group: usize) {
        self.state.lock().unwrap().out[group] -= 1;
    }
}
