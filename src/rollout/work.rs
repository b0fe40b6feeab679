use super::{
    Member, Outcome, RunId,
    assignment::{Assignment, is_left_locked},
    journal::{Planned, Record, Story},
    schedule::{End, Entry, Fate, Kind, Rules, Schedule, State, Wave, Work as Task, divide},
};
use crate::{
    config::Group,
    host::HostError,
    plan::{self, Plan, Review},
    resource::sha256_hex,
    words::count,
};
use jiff::Timestamp;
use std::fmt::Write;

/// So many names and ranges of hosts are written out for a wave.
const NAMES: usize = 12;

/// What a run has to do: a plan for each host, and in which order they are taken.
pub struct Work {
    pub(super) hosts: Vec<Assignment>,
    pub(super) schedule: Schedule,
}

/// Where a run leads.
#[derive(Debug, Clone, Copy)]
pub enum Way<'a> {
    /// To what is wanted.
    Forth,
    /// Back from it.
    Back,
    /// To what is wanted, from where an earlier run was.
    On(&'a Story),
}

impl Work {
    /// Takes the hosts as the rules of their groups say. Hosts of other groups are taken together.
    /// A host that is as wanted, and that one of the runs in `take_over` has left locked, is freed in its turn.
    pub fn new(
        groups: &[Group],
        hosts: Vec<(Member, Result<Plan, HostError>)>,
        way: Way,
        take_over: &[RunId],
        concurrency: usize,
    ) -> Self {
        let endings = match way {
            Way::On(story) => Some((story, story.endings())),
            Way::Forth | Way::Back => None,
        };
        let before = |member: &Member| {
            let (story, endings) = endings.as_ref()?;
            let ending = endings.get(member.target.name.as_str())?;
            (ending.fate() != Fate::Well).then(|| Outcome::FailedBefore {
                run: story.header.run.clone(),
                ending: (*ending).clone(),
            })
        };
        let hosts: Vec<Assignment> = hosts
            .into_iter()
            .map(|(member, plan)| Assignment {
                before: before(&member),
                is_left_locked: plan.as_ref().is_ok_and(|plan| is_left_locked(plan, take_over)),
                member,
                plan,
            })
            .collect();
        let (rules, names) = rules(groups, way);
        let entry = |host: &Assignment| {
            let group = Some(host.member.target.group.as_str());
            Entry {
                rules: names.iter().position(|name| *name == group).unwrap_or_default(),
                work: host.task(),
            }
        };
        let entries: Vec<Entry> = hosts.iter().map(entry).collect();
        let names: Vec<&str> = hosts.iter().map(|host| host.member.target.name.as_str()).collect();
        let schedule = match way {
            Way::Forth | Way::Back => {
                let waves = divide(&rules, &entries, &names);
                Schedule::new(rules, entries, waves, concurrency)
            }
            Way::On(story) => {
                let waves = waves_of(story, &rules, &entries, &names);
                let (wave, soaks_until) = story.progress();
                Schedule::new(rules, entries, waves, concurrency).going_on(wave, soaks_until)
            }
        };
        Self { hosts, schedule }
    }

    /// Takes all hosts at once, whatever their groups.
    pub fn at_once(hosts: Vec<(Member, Plan)>, concurrency: usize) -> Self {
        let hosts = hosts.into_iter().map(|(member, plan)| (member, Ok(plan))).collect();
        Self::new(&[], hosts, Way::Forth, &[], concurrency)
    }

    /// Whether there is anything to do.
    pub fn has_changes(&self) -> bool {
        self.plans().any(|plan| !plan.graph.is_empty())
    }

    /// Whether any host is not as wanted.
    pub fn is_worth_a_journal(&self) -> bool {
        let well = |host: &Assignment| host.task() == Task::None(Fate::Well);
        !self.hosts.iter().all(well)
    }

    /// The plans, and why there is none.
    pub fn results(&self) -> impl Iterator<Item = &Result<Plan, HostError>> {
        self.hosts
            .iter()
            .filter(|host| host.before.is_none())
            .map(|host| &host.plan)
    }

    /// The plans that there are.
    pub fn plans(&self) -> impl Iterator<Item = &Plan> {
        self.results().flatten()
    }

    /// As people read it before they agree.
    pub fn review(&self) -> Review {
        let mut review = Review::default();
        for Assignment {
            member, plan, before, ..
        } in &self.hosts
        {
            let name = &member.target.name;
            match (before, plan) {
                (Some(before), _) => review.left_alone(name, &before.line()),
                (None, Ok(plan)) => review.plan(name, plan),
                (None, Err(error)) => review.unreachable(name, &error.to_string()),
            }
        }
        review.rollout(&self.words());
        review
    }

    /// As the journal of the run keeps it.
    pub fn record(&self) -> Record {
        let planned = |host: &Assignment| {
            let name = host.member.target.name.clone();
            match (&host.before, &host.plan) {
                (Some(before), _) => Planned::nothing(name, before.line()),
                (None, Err(error)) => Planned::nothing(name, error.to_string()),
                (None, Ok(plan)) => Planned {
                    host: name,
                    plan: plan::summary_line(plan),
                    sha256: sha256_hex(&plan::text(plan)),
                    steps: plan.graph.len(),
                    reboots: plan.reboots(),
                },
            }
        };
        Record::Plan {
            hosts: self.hosts.iter().map(planned).collect(),
            waves: self.schedule.waves().iter().map(|wave| self.names(wave)).collect(),
        }
    }

    /// The hosts that begin later than others, with nothing to be said to them until then.
    pub(super) fn later(&self) -> impl Iterator<Item = &Member> {
        let (_, begun) = self.schedule.state().phase();
        let waves = self.schedule.waves().iter().skip(begun.unwrap_or_default() + 1);
        waves.flat_map(|wave| &wave.hosts).map(|host| &self.hosts[*host].member)
    }

    /// The names of a wave's hosts.
    pub(super) fn names(&self, wave: &Wave) -> Vec<String> {
        let names = wave
            .hosts
            .iter()
            .map(|host| self.hosts[*host].member.target.name.clone());
        names.collect()
    }

    /// In which order the hosts are taken and what stops it, for people; empty where they are taken together.
    pub fn words(&self) -> String {
        let waves = self.schedule.waves();
        let mut out = String::new();
        let mut number = 0;
        for group in waves.chunk_by(|one, other| one.rules == other.rules) {
            let Some(first) = group.first() else { continue };
            let rules = self.schedule.rules(first);
            let many = self.hosts.len() > 1 && (waves.len() > 1 || !rules.name.is_empty());
            if many {
                let name = match rules.name.as_str() {
                    "" => "hosts without rules",
                    name => name,
                };
                let _ = writeln!(out, "Rollout of {name}");
            }
            for wave in group {
                number += 1;
                if many {
                    let canary = if wave.kind == Kind::Canary { ", canary" } else { "" };
                    let hosts = count(wave.hosts.len(), "host");
                    let names = self.names(wave);
                    let names = plan::names(names.iter().map(String::as_str), NAMES);
                    let _ = writeln!(out, "  wave {number}{canary} ({hosts}): {names}");
                }
            }
            for line in rules.words().iter().filter(|_| many) {
                let _ = writeln!(out, "  {line}");
            }
        }
        let mut begun = self.schedule.clone();
        begun.advance(Timestamp::now());
        if let State::Over(End::Stopped(stop)) = begun.state() {
            let _ = writeln!(out, "As the hosts are now, none begins: {stop}");
        }
        out
    }
}

/// The rules of all groups, and whose each are; the first ones are nobody's.
fn rules<'a>(groups: &'a [Group], way: Way) -> (Vec<Rules>, Vec<Option<&'a str>>) {
    let mut rules = vec![Rules::none()];
    let mut names = vec![None];
    for group in groups.iter().filter(|group| group.rollout.is_some()) {
        names.push(Some(group.name.as_str()));
        rules.push(match way {
            Way::Forth | Way::On(_) => Rules::of(group),
            Way::Back => Rules::of(group).for_way_back(),
        });
    }
    (rules, names)
}

/// The waves of an earlier run, and after them those hosts that had nothing to do then and have now.
fn waves_of(story: &Story, rules: &[Rules], entries: &[Entry], names: &[&str]) -> Vec<Wave> {
    let place = |name: &String| names.iter().position(|known| known == name);
    let mut waves = Vec::new();
    for (number, hosts) in story.waves.iter().enumerate() {
        let hosts: Vec<usize> = hosts.iter().filter_map(place).collect();
        if let Some(first) = hosts.first() {
            waves.push(Wave {
                rules: entries[*first].rules,
                kind: if story.is_canary(number) {
                    Kind::Canary
                } else {
                    Kind::Batch
                },
                hosts,
            });
        }
    }
    let mut new = entries.to_vec();
    for host in waves.iter().flat_map(|wave| &wave.hosts) {
        new[*host].work = Task::None(Fate::Well);
    }
    waves.extend(divide(rules, &new, names));
    waves
}
