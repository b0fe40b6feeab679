//! Rollouts of up to a thousand hosts in virtual time, with faults at random: what must hold whatever happens.
//! IMAFORM_SCHEDULES is how many (200), IMAFORM_SEED repeats one: it is printed with what did not hold.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod cluster;
mod host;
#[path = "../support/mod.rs"]
mod support;
mod world;

use cluster::SimulatedCluster;
use host::{Door, SimulatedHost};
use imaform::{
    config::{FailedWave, Group, Order, Rollout, Share, Stage, Target, Window},
    host::{HostError, Script},
    ima::Appraisal,
    plan::{Graph, Plan},
    resource::{Action, HostLock, ScriptCall, Step, StepId},
    rollout::{
        self, Check, Events, Limits, Member, Outcome, Way, Work,
        schedule::{Fate, Service},
    },
};
use jiff::{
    civil::{Time, Weekday},
    tz::TimeZone,
};
use proptest::{
    prelude::Rng,
    test_runner::{RngAlgorithm, TestRng},
};
use std::{env, sync::Arc, time::Duration};
use support::{into_log, limits, target};
use tokio::sync::{mpsc, watch};
use world::World;

/// Dice of their own for each schedule.
pub struct Dice(TestRng);

impl Dice {
    fn of(seed: u64, schedule: u64) -> Self {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        bytes[8..16].copy_from_slice(&schedule.to_le_bytes());
        Self(TestRng::from_seed(RngAlgorithm::ChaCha, &bytes))
    }

    /// From 0 to `sides`, `sides` itself not.
    pub fn roll(&mut self, sides: usize) -> usize {
        self.0.next_u32() as usize % sides
    }

    pub fn choose<T: Copy>(&mut self, among: &[T]) -> T {
        among[self.roll(among.len())]
    }

    pub fn seconds(&mut self, most: usize) -> Duration {
        Duration::from_millis(1 + self.roll(most * 1000) as u64)
    }

    fn share(&mut self) -> Share {
        match self.roll(2) {
            0 => Share::Hosts(1 + self.roll(20)),
            _ => Share::Percent(1 + self.roll(100)),
        }
    }

    fn rollout(&mut self) -> Rollout {
        let window = Window {
            days: vec![Weekday::Thursday, Weekday::Saturday],
            from: Time::constant(1, 0, 0, 0),
            to: Time::constant(3, 0, 0, 0),
            zone: TimeZone::UTC,
        };
        Rollout {
            canary: (self.roll(2) == 0).then(|| self.share()),
            batch: self.share(),
            max_failures: match self.roll(3) {
                0 => Share::Hosts(0),
                _ => self.share(),
            },
            max_unavailable: (self.roll(2) == 0).then(|| self.share()),
            failed_wave: self.choose(&[FailedWave::Stop, FailedWave::Continue]),
            order: self.choose(&[Order::Inventory, Order::Reverse, Order::Name]),
            soak: self.choose(&[Duration::ZERO, Duration::from_secs(600)]),
            deadline: self.choose(&[Duration::from_secs(120), Rollout::DEADLINE]),
            windows: match self.roll(4) {
                0 => vec![window],
                _ => Vec::new(),
            },
        }
    }
}

/// What is planned for a host: its plan, or why it could not be looked at.
type Planned = (Member, Result<Plan, HostError>);

#[test]
fn whatever_happens_rules_are_kept_and_every_host_is_as_it_is_said_to_be() {
    let seed = number("IMAFORM_SEED", 1);
    let schedules = number("IMAFORM_SCHEDULES", 200);
    let target = target("name: p\nappraisal: log\n");
    let mut sums = Sums::default();
    for schedule in 0..schedules {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .start_paused(true)
            .build()
            .unwrap();
        runtime.block_on(simulate(seed, schedule, &target, &mut sums));
    }
    eprintln!("{schedules} schedules, IMAFORM_SEED={seed}: {sums:?}");
    // A simulation in which nothing goes wrong, or nothing goes well, shows nothing.
    if schedules >= 100 {
        assert!(
            sums.done > 0 && sums.failed > 0 && sums.not_begun > 0 && sums.dead > 0,
            "{sums:?}"
        );
    }
}

fn number(name: &str, otherwise: u64) -> u64 {
    env::var(name).map_or(otherwise, |text| text.parse().unwrap())
}

/// What was seen in all schedules.
#[derive(Debug, Default)]
struct Sums {
    hosts: usize,
    done: usize,
    failed: usize,
    not_begun: usize,
    dead: usize,
    nodes: usize,
    left_cordoned: usize,
    interrupted: usize,
}

async fn simulate(seed: u64, schedule: u64, target: &Target, sums: &mut Sums) {
    let mut dice = Dice::of(seed, schedule);
    // Small groups are as interesting as large ones.
    let largest = dice.choose(&[5, 30, 400]);
    let groups: Vec<Group> = (0..1 + dice.roll(3))
        .map(|index| Group {
            name: format!("g{index}"),
            hosts: 1 + dice.roll(largest),
            rollout: (dice.roll(5) > 0).then(|| dice.rollout()),
        })
        .collect();
    let bad = dice.choose(&[0, 1, 10, 50]);
    let (sender, receiver) = mpsc::unbounded_channel();
    let limits = Limits {
        check: Check::StepsOnly,
        ..limits(Stage::Verify)
    };
    let concurrency = 1 + dice.roll(60);
    let world = World::new(&groups, limits.clock, concurrency, receiver);
    let said = format!("IMAFORM_SEED={seed}, schedule {schedule}");
    let cluster = (dice.roll(2) == 0).then(|| SimulatedCluster::new(&world, Dice::of(seed ^ 1, schedule), bad));
    let (hosts, planned) = hosts(&groups, &world, cluster.as_ref(), bad, target, &mut dice, &said);
    let (stop_sender, stop) = watch::channel(false);
    let limits = Limits { stop, ..limits };
    if dice.roll(5) == 0 {
        sums.interrupted += 1;
        let after = dice.seconds(7200);
        tokio::spawn(async move {
            tokio::time::sleep(after).await;
            let _ = stop_sender.send(true);
        });
    }
    let work = Work::new(&groups, planned, Way::Forth, &[], concurrency);
    let outcomes = rollout::apply(work, &limits, &Events::new(sender)).await;
    assert_eq!(world.broken(), Vec::<String>::new());
    for (host, outcome) in hosts.iter().zip(&outcomes) {
        judge(host, outcome, limits.run.id.as_str());
        sums.hosts += 1;
        sums.dead += usize::from(!host.is_alive());
        sums.nodes += usize::from(host.cluster.is_some());
        sums.left_cordoned += usize::from(outcome.line().contains("is left cordoned"));
        match outcome {
            Outcome::Done { .. } => sums.done += 1,
            Outcome::NotBegun { .. } => sums.not_begun += 1,
            _ => sums.failed += 1,
        }
    }
}

/// Every host is in the state that its outcome says.
fn judge(host: &SimulatedHost, outcome: &Outcome, run: &str) {
    let (said, line) = (&host.said, outcome.line());
    if let Some(cluster) = &host.cluster {
        let by = cluster.cordoned_by(&host.name);
        let told = cluster.is_gone_for_good() && line.contains("is left cordoned");
        assert!(by.is_none() || told, "{said}: cordoned by {by:?}: {line}");
    }
    if host.is_alive() {
        assert_eq!(host.lock(), None, "{said}: a lock was left: {line}");
    }
    match outcome {
        Outcome::Done { .. } => {
            assert_eq!(host.done(), ["first", "boot", "second"], "{said}: {line}");
            assert_eq!(host.last_run(), run, "{said}: {line}");
        }
        Outcome::NotBegun { .. } => assert_eq!(host.calls(), 0, "{said}: {line}"),
        outcome => match outcome.fate() {
            Fate::Failed(Service::In) => assert!(host.is_alive(), "{said}: {line}"),
            Fate::Failed(Service::Out) => {}
            Fate::Well => assert_eq!(outcome.exit_code(), 130, "{said}: {line}"),
        },
    }
}

fn hosts(
    groups: &[Group],
    world: &Arc<World>,
    cluster: Option<&Arc<SimulatedCluster>>,
    bad: usize,
    target: &Target,
    dice: &mut Dice,
    said: &str,
) -> (Vec<Arc<SimulatedHost>>, Vec<Planned>) {
    let mut hosts = Vec::new();
    let mut planned = Vec::new();
    let opened = cluster.map(cluster::opened);
    for (index, group) in groups.iter().enumerate() {
        for number in 0..group.hosts {
            let mut target = target.clone();
            target.name = format!("{}-{number}", group.name);
            target.group = group.name.clone();
            let said = format!("{said}, {}", target.name);
            let gone = dice.roll(400) < bad;
            let name = target.name.clone();
            let place = (index, name.clone());
            let host = SimulatedHost::new(said, place, Arc::clone(world), cluster.cloned(), dice, bad);
            if let Some(cluster) = cluster {
                cluster.join(&name, index, &host, dice, bad);
            }
            if gone {
                host.die();
            }
            let plan = if gone {
                Err(HostError::Lost { script: "probe" })
            } else {
                Ok(match (&opened, cluster) {
                    (Some(opened), Some(cluster)) => {
                        let settings = cluster::node(opened, &name).settings;
                        plan().of_node(&settings, &cluster.facts(&name)).unwrap()
                    }
                    _ => plan(),
                })
            };
            let transport = Arc::new(Door(Arc::clone(&host)));
            planned.push((
                Member {
                    target,
                    transport,
                    node: opened.as_ref().map(|opened| cluster::node(opened, &name)),
                },
                plan,
            ));
            hosts.push(host);
        }
    }
    (hosts, planned)
}

/// A step, a reboot, a step.
fn plan() -> Plan {
    let command = |name: &str| ScriptCall::new(Script::RunCheck, ["600".to_owned(), name.to_owned()], name).into();
    let steps = [
        ("first", Stage::Prepare, command("first")),
        ("boot", Stage::Fix, Action::Reboot(into_log())),
        ("second", Stage::Label, command("second")),
    ];
    let steps = steps.map(|(name, stage, action)| Step::new(StepId::new("check", name), stage, name, "", action, ""));
    Plan {
        playbook: "p".into(),
        stage: Stage::Prepare,
        now: "stock".into(),
        target: Appraisal::Log,
        lock: HostLock::default(),
        graph: Graph::join(steps.into()).unwrap(),
        ..Plan::default()
    }
}
