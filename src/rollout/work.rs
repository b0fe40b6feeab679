use super::{
    Member, Outcome,
    schedule::{Entry, Fate, Kind, Rules, Schedule, Service, Wave, Work as Task, divide},
};
use crate::{config::Group, host::HostError, plan::Plan, words::count};
use std::fmt::Write;

/// What a run has to do: a plan for each host, and in which order they are taken.
pub struct Work {
    pub(super) hosts: Vec<(Member, Result<Plan, HostError>)>,
    pub(super) schedule: Schedule,
}

/// Where a run leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// To what is wanted.
    Forth,
    /// Back from it.
    Back,
}

impl Work {
    /// Takes the hosts as the rules of their groups say. Hosts of other groups are taken together.
    pub fn new(groups: &[Group], hosts: Vec<(Member, Result<Plan, HostError>)>, way: Way, concurrency: usize) -> Self {
        let mut rules = vec![Rules::none()];
        let mut names = vec![None];
        for group in groups.iter().filter(|group| group.rollout.is_some()) {
            names.push(Some(group.name.as_str()));
            rules.push(match way {
                Way::Forth => Rules::of(group),
                Way::Back => Rules::of(group).for_way_back(),
            });
        }
        let rules_of = |member: &Member| {
            let group = Some(member.target.group.as_str());
            names.iter().position(|name| *name == group).unwrap_or_default()
        };
        let entries: Vec<Entry> = hosts
            .iter()
            .map(|(member, plan)| Entry {
                rules: rules_of(member),
                work: task(plan),
            })
            .collect();
        let names: Vec<&str> = hosts.iter().map(|(member, _)| member.target.name.as_str()).collect();
        let waves = divide(&rules, &entries, &names);
        let schedule = Schedule::new(rules, entries, waves, concurrency);
        Self { hosts, schedule }
    }

    /// Takes all hosts at once, whatever their groups.
    pub fn at_once(hosts: Vec<(Member, Plan)>, concurrency: usize) -> Self {
        let hosts = hosts.into_iter().map(|(member, plan)| (member, Ok(plan))).collect();
        Self::new(&[], hosts, Way::Forth, concurrency)
    }

    /// Whether there is anything to do.
    pub fn has_changes(&self) -> bool {
        self.plans().any(|plan| !plan.graph.is_empty())
    }

    /// The plans, and why there is none.
    pub fn results(&self) -> impl Iterator<Item = &Result<Plan, HostError>> {
        self.hosts.iter().map(|(_, plan)| plan)
    }

    /// The plans that there are.
    pub fn plans(&self) -> impl Iterator<Item = &Plan> {
        self.results().flatten()
    }

    /// The hosts that begin later than others, with nothing to be said to them until then.
    pub(super) fn later(&self) -> impl Iterator<Item = &Member> {
        let waves = self.schedule.waves().iter().skip(1);
        waves.flat_map(|wave| &wave.hosts).map(|host| &self.hosts[*host].0)
    }

    /// The names of a wave's hosts.
    pub(super) fn names(&self, wave: &Wave) -> Vec<String> {
        let names = wave.hosts.iter().map(|host| self.hosts[*host].0.target.name.clone());
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
                let name = if rules.name.is_empty() {
                    "hosts without rules"
                } else {
                    &rules.name
                };
                let _ = writeln!(out, "Rollout of {name}");
            }
            for wave in group {
                number += 1;
                if many {
                    let canary = if wave.kind == Kind::Canary { ", canary" } else { "" };
                    let hosts = count(wave.hosts.len(), "host");
                    let _ = writeln!(
                        out,
                        "  wave {number}{canary} ({hosts}): {}",
                        self.names(wave).join(", ")
                    );
                }
            }
            for line in rules.words().iter().filter(|_| many) {
                let _ = writeln!(out, "  {line}");
            }
        }
        out
    }
}

fn task(plan: &Result<Plan, HostError>) -> Task {
    match plan {
        Err(_) => Task::None(Fate::Failed(Service::Out)),
        Ok(plan) if !plan.refusals.is_empty() => Task::None(Fate::Failed(Service::In)),
        Ok(plan) if plan.is_up_to_date() => Task::None(Fate::Well),
        Ok(plan) if plan.reboots() > 0 => Task::Disruptive,
        Ok(_) => Task::Quiet,
    }
}

/// How it ended for a host that nothing is to be done to.
pub(super) fn untouched(plan: &Result<Plan, HostError>) -> Option<Outcome> {
    match plan {
        Err(error) => Some(Outcome::Unreachable(error.clone())),
        Ok(plan) if !plan.refusals.is_empty() => Some(Outcome::Refused {
            reasons: plan.refusals.clone(),
        }),
        Ok(plan) if plan.is_up_to_date() => Some(Outcome::UpToDate { now: plan.now.clone() }),
        Ok(_) => None,
    }
}
