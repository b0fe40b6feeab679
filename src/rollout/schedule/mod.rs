//! In which order hosts are taken, and when no further one is: pure, with no clock of its own.

mod budget;
mod entry;
mod rules;
mod state;
mod wave;

pub use entry::{Entry, Fate, Service, Work};
pub use rules::Rules;
pub use state::{End, State, Stop};
pub use wave::{Kind, Wave, divide};

use crate::config::FailedWave;
use jiff::Timestamp;
use std::{collections::BTreeSet, time::Duration};

/// What is to be done now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Carry out the plan of this host; [`Schedule::ended`] tells of its end.
    Begin(usize),
    /// Look at this host again, whose wave has soaked; [`Schedule::ended`] tells what was found.
    Look(usize),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    Waits,
    AtWork,
    Ended(Fate),
}

/// How many hosts under the same rules stand how: with a thousand of them, nobody counts anew after each event.
#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    waiting: usize,
    at_work: usize,
    failed: usize,
    /// Out of service, by our work or after it.
    away: usize,
}

/// The rollout as a state machine. Whoever drives it calls [`Schedule::advance`] after everything that happens, and at the
/// latest at [`Schedule::wake`].
#[derive(Debug, Clone)]
pub struct Schedule {
    rules: Vec<Rules>,
    waves: Vec<Wave>,
    entries: Vec<Entry>,
    hosts: Vec<Standing>,
    /// By rules.
    tallies: Vec<Tally>,
    concurrency: usize,
    state: State,
}

impl Schedule {
    /// A rollout that has not begun. Hosts with work that are in no wave never begin.
    pub fn new(rules: Vec<Rules>, entries: Vec<Entry>, waves: Vec<Wave>, concurrency: usize) -> Self {
        let standing = |entry: &Entry| match entry.work {
            Work::None(fate) => Standing::Ended(fate),
            Work::Quiet | Work::Disruptive | Work::ControlPlane => Standing::Waits,
        };
        let mut schedule = Self {
            hosts: entries.iter().map(standing).collect(),
            tallies: vec![Tally::default(); rules.len()],
            rules,
            waves,
            entries,
            concurrency: concurrency.max(1),
            state: State::Wave { wave: 0 },
        };
        for host in 0..schedule.hosts.len() {
            schedule.tally(host, |count| *count += 1);
        }
        schedule
    }

    /// Goes on in a wave; after it has soaked, where that is all that is left of it. Earlier ones in which a host waits again
    /// come first.
    #[must_use]
    pub fn going_on(mut self, wave: usize, soaks_until: Option<Timestamp>) -> Self {
        let first = self.waves.iter().position(|wave| self.any_waits(wave)).unwrap_or(wave);
        self.state = match soaks_until {
            Some(until) if first > wave => State::Soak { wave, until },
            _ => State::Wave { wave: first.min(wave) },
        };
        self
    }

    /// Where the rollout stands.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// The waves.
    pub fn waves(&self) -> &[Wave] {
        &self.waves
    }

    /// The rules of a wave.
    pub fn rules(&self, wave: &Wave) -> &Rules {
        &self.rules[wave.rules]
    }

    /// How long this host may take.
    pub fn deadline(&self, host: usize) -> Duration {
        self.rules[self.entries[host].rules].deadline
    }

    /// When something changes though nothing happens.
    pub fn wake(&self) -> Option<Timestamp> {
        match self.state {
            State::Closed { until, .. } | State::Soak { until, .. } => Some(until),
            State::Wave { .. } | State::Look { .. } | State::Over(_) => None,
        }
    }

    /// Whether nothing begins any more and nothing is at work.
    pub fn is_over(&self) -> bool {
        matches!(self.state, State::Over(_)) && self.at_work() == 0
    }

    /// A host has come to its end, or was looked at again.
    pub fn ended(&mut self, host: usize, fate: Fate) {
        self.put(host, Standing::Ended(fate));
        if let State::Look { left, .. } = &mut self.state {
            left.remove(&host);
        }
    }

    /// No further host begins.
    pub fn interrupt(&mut self) {
        if !matches!(self.state, State::Over(_)) {
            self.state = State::Over(End::Interrupted);
        }
    }

    /// Goes on as far as it can.
    pub fn advance(&mut self, now: Timestamp) -> Vec<Order> {
        let mut orders = Vec::new();
        while let Some(next) = self.step(now, &mut orders) {
            self.state = next;
        }
        orders
    }

    /// The state that follows; `None` where this one goes on.
    fn step(&mut self, now: Timestamp, orders: &mut Vec<Order>) -> Option<State> {
        if let State::Over(_) = self.state {
            return None;
        }
        if let Some(stop) = self.spent_budget() {
            return Some(State::Over(End::Stopped(stop)));
        }
        match &self.state {
            State::Closed { wave, until } => (now >= *until).then_some(State::Wave { wave: *wave }),
            State::Wave { wave } => self.step_wave(*wave, now, orders),
            State::Soak { wave, until } => {
                let wave = *wave;
                if now < *until {
                    return None;
                }
                let well = |host: &usize| self.hosts[*host] == Standing::Ended(Fate::Well);
                let left: BTreeSet<usize> = self.waves[wave].hosts.iter().copied().filter(well).collect();
                orders.extend(left.iter().map(|host| Order::Look(*host)));
                Some(State::Look { wave, left })
            }
            State::Look { wave, left } => left.is_empty().then(|| self.after(*wave)),
            State::Over(_) => None,
        }
    }

    fn step_wave(&mut self, wave: usize, now: Timestamp, orders: &mut Vec<Order>) -> Option<State> {
        let Some(current) = self.waves.get(wave) else {
            return Some(State::Over(End::Complete));
        };
        let waiting: Vec<usize> = current.hosts.iter().copied().filter(|host| self.waits(*host)).collect();
        let rules = current.rules;
        if waiting.is_empty() {
            return (self.at_work() == 0).then(|| self.soak_or_after(wave, now));
        }
        if let Some(until) = self.rules[rules].opens(now) {
            return Some(State::Closed { wave, until });
        }
        for host in waiting {
            if self.at_work() >= self.concurrency {
                break;
            }
            if self.may_begin(host) {
                self.put(host, Standing::AtWork);
                orders.push(Order::Begin(host));
            }
        }
        // Nothing that could end would make room.
        (self.at_work() == 0).then(|| State::Over(End::Stopped(self.no_room(rules))))
    }

    fn soak_or_after(&self, wave: usize, now: Timestamp) -> State {
        let current = &self.waves[wave];
        let soak = self.rules[current.rules].soak;
        let more = self.waves[wave + 1..].iter().any(|next| self.any_waits(next));
        match self.failed_wave(wave) {
            None if more && !soak.is_zero() => State::Soak {
                wave,
                until: now.saturating_add(soak).unwrap_or(Timestamp::MAX),
            },
            _ => self.after(wave),
        }
    }

    /// What follows a wave that is at its end.
    fn after(&self, wave: usize) -> State {
        let more = self.waves[wave + 1..].iter().any(|next| self.any_waits(next));
        match self.failed_wave(wave) {
            Some(stop) if more => State::Over(End::Stopped(stop)),
            _ if more => State::Wave { wave: wave + 1 },
            _ => State::Over(End::Complete),
        }
    }

    fn any_waits(&self, wave: &Wave) -> bool {
        wave.hosts.iter().any(|host| self.waits(*host))
    }

    fn waits(&self, host: usize) -> bool {
        self.hosts[host] == Standing::Waits
    }

    fn at_work(&self) -> usize {
        self.tallies.iter().map(|tally| tally.at_work).sum()
    }

    fn put(&mut self, host: usize, standing: Standing) {
        self.tally(host, |count| *count -= 1);
        self.hosts[host] = standing;
        self.tally(host, |count| *count += 1);
    }

    /// Changes every count that the host is in.
    fn tally(&mut self, host: usize, change: impl Fn(&mut usize)) {
        let Entry { rules, work } = self.entries[host];
        let tally = &mut self.tallies[rules];
        match self.hosts[host] {
            Standing::Waits => change(&mut tally.waiting),
            Standing::AtWork => change(&mut tally.at_work),
            Standing::Ended(Fate::Well) => {}
            Standing::Ended(Fate::Failed(_)) => change(&mut tally.failed),
        }
        match self.hosts[host] {
            Standing::AtWork if work != Work::Quiet => change(&mut tally.away),
            Standing::Ended(Fate::Failed(Service::Out)) => change(&mut tally.away),
            _ => {}
        }
    }

    fn failed(&self, host: usize) -> bool {
        matches!(self.hosts[host], Standing::Ended(Fate::Failed(_)))
    }

    fn failed_wave(&self, wave: usize) -> Option<Stop> {
        let current = &self.waves[wave];
        let failed = current.hosts.iter().filter(|host| self.failed(**host)).count();
        let stops = failed > 0 && self.rules[current.rules].failed_wave == FailedWave::Stop;
        stops.then(|| Stop::Wave { wave: wave + 1, failed })
    }
}

#[cfg(test)]
mod tests;
