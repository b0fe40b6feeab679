//! A host that reboots, loses connections, hangs, refuses and dies as the dice fall.

use crate::{
    Dice,
    cluster::SimulatedCluster,
    support::{
        desired,
        fake::{answer, failure, probe_answer},
        machine::Machine,
    },
    world::World,
};
use imaform::host::{Answer, BoxFuture, Call, HostError, Script, Transport};
use std::{
    sync::{Arc, LazyLock, Mutex},
    time::Duration,
};

/// What goes wrong with one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    /// The connection is cut before the host has heard.
    CutBefore,
    /// The connection is cut before the answer is here.
    CutAfter,
    /// The host has heard and never answers.
    Hangs,
    /// The disk is full.
    Fails,
    /// sudo says no.
    Refused,
    /// It is gone for good.
    Dies,
}

const FAULTS: [Fault; 6] = [
    Fault::CutBefore,
    Fault::CutAfter,
    Fault::Hangs,
    Fault::Fails,
    Fault::Refused,
    Fault::Dies,
];

pub struct SimulatedHost {
    /// For what does not hold.
    pub said: String,
    group: usize,
    pub name: String,
    world: Arc<World>,
    fault: Option<(usize, Fault)>,
    latency: Duration,
    boot_takes: Duration,
    state: Mutex<State>,
    /// The cluster whose node it is.
    pub cluster: Option<Arc<SimulatedCluster>>,
}

#[derive(Default)]
struct State {
    calls: usize,
    dead: bool,
    away: bool,
    boots: usize,
    lock: Option<String>,
    last_run: String,
    done: Vec<String>,
}

impl State {
    fn boot_id(&self) -> String {
        format!("{:08x}-0000-4000-8000-000000000000", self.boots)
    }
}

/// What a probe says, with a mark to be replaced.
static PROBE: LazyLock<String> = LazyLock::new(|| {
    let desired = desired("name: p\nappraisal: log\n");
    probe_answer(&Machine::debian().observe(&desired), "%MARK%")
});

impl SimulatedHost {
    /// `bad`: how many of a hundred are.
    pub fn new(
        said: String,
        (group, name): (usize, String),
        world: Arc<World>,
        cluster: Option<Arc<SimulatedCluster>>,
        dice: &mut Dice,
        bad: usize,
    ) -> Arc<Self> {
        let is_bad = dice.roll(100) < bad;
        // Most calls only ask whether it is back.
        let calls = dice.choose(&[6, 60]);
        Arc::new(Self {
            said,
            group,
            name,
            world,
            fault: is_bad.then(|| (1 + dice.roll(calls), dice.choose(&FAULTS))),
            latency: dice.seconds(5),
            boot_takes: dice.seconds(300),
            state: Mutex::default(),
            cluster,
        })
    }

    pub fn die(&self) {
        let mut state = self.state.lock().unwrap();
        state.dead = true;
        if !state.away {
            self.world.dies(self.group);
        }
    }

    /// The boot from which its kubelet reports.
    pub fn boot_id(&self) -> Option<String> {
        let state = self.state.lock().unwrap();
        (!state.dead && !state.away).then(|| state.boot_id())
    }

    pub fn is_alive(&self) -> bool {
        !self.state.lock().unwrap().dead
    }

    pub fn lock(&self) -> Option<String> {
        self.state.lock().unwrap().lock.clone()
    }

    pub fn last_run(&self) -> String {
        self.state.lock().unwrap().last_run.clone()
    }

    pub fn done(&self) -> Vec<String> {
        self.state.lock().unwrap().done.clone()
    }

    pub fn calls(&self) -> usize {
        self.state.lock().unwrap().calls
    }

    /// What the host does when it has heard.
    fn act(self: &Arc<Self>, call: &Call) -> Answer {
        let mut state = self.state.lock().unwrap();
        if call.holder.is_some() && call.holder != state.lock {
            return failure("it no longer holds the lock");
        }
        match call.script {
            Script::Lock if state.lock.as_ref().is_some_and(|held| *held != call.args[0]) => failure("it is locked"),
            Script::Lock => {
                state.lock = Some(call.args[0].clone());
                answer("")
            }
            Script::Unlock if state.lock.is_none() && state.last_run == call.args[0] => answer(""),
            Script::Unlock => {
                let is_its_own = state.lock.as_ref() == Some(&call.args[0]);
                self.world
                    .demand(is_its_own, || format!("{} is unlocked by another run", self.said));
                state.last_run = state.lock.take().unwrap_or_default();
                answer("")
            }
            Script::RunCheck => {
                state.done.push(call.args[1].clone());
                answer("")
            }
            Script::Reboot => {
                state.away = true;
                state.done.push("boot".into());
                self.world.reboots(&self.said, self.group);
                let drained = self
                    .cluster
                    .as_ref()
                    .is_none_or(|cluster| cluster.is_drained(&self.name));
                self.world
                    .demand(drained, || format!("{} is rebooted with pods on it", self.said));
                let host = Arc::clone(self);
                tokio::spawn(async move {
                    tokio::time::sleep(host.boot_takes).await;
                    let mut state = host.state.lock().unwrap();
                    state.away = false;
                    state.boots += 1;
                    if !state.dead {
                        host.world.is_back(host.group);
                    }
                });
                answer("")
            }
            Script::BootId => answer(format!("{}\nima_appraise=log\n6.1\n", state.boot_id())),
            Script::SwapOff => answer(""),
            Script::Probe => answer(PROBE.replace("%MARK%", &call.args[0])),
            script => {
                self.world
                    .demand(false, || format!("{}: {} was not expected", self.said, script.name()));
                failure("what is that?")
            }
        }
    }

    async fn hear(self: Arc<Self>, call: Call) -> Result<Answer, HostError> {
        let script = call.script.name();
        let number = {
            let mut state = self.state.lock().unwrap();
            state.calls += 1;
            state.calls
        };
        if number == 1 {
            self.world.begins(&self.said, self.group, &self.name);
        }
        let fault = self.fault.filter(|(at, _)| *at == number).map(|(_, fault)| fault);
        tokio::time::sleep(self.latency).await;
        let gone = || HostError::Unreachable {
            reason: "no route to host".into(),
        };
        let (is_dead, is_away) = {
            let state = self.state.lock().unwrap();
            (state.dead, state.away)
        };
        if is_dead || is_away {
            return Err(gone());
        }
        match fault {
            None => Ok(self.act(&call)),
            Some(Fault::CutBefore) => Err(HostError::Lost { script }),
            Some(Fault::CutAfter) => {
                self.act(&call);
                Err(HostError::Lost { script })
            }
            Some(Fault::Hangs) => {
                self.act(&call);
                tokio::time::sleep(call.deadline).await;
                let after = call.deadline;
                Err(HostError::Timeout { script, after })
            }
            Some(Fault::Fails) if !matches!(call.script, Script::Lock | Script::Unlock) => Ok(failure("no space left")),
            Some(Fault::Fails) => Ok(self.act(&call)),
            Some(Fault::Refused) if call.script == Script::Unlock => Ok(self.act(&call)),
            Some(Fault::Refused) => Err(HostError::Privilege {
                reason: "no".into(),
                help: "ask",
            }),
            Some(Fault::Dies) => {
                self.die();
                Err(HostError::Lost { script })
            }
        }
    }
}

/// The way to a simulated host.
pub struct Door(pub Arc<SimulatedHost>);

impl Transport for Door {
    fn run(&self, call: Call) -> BoxFuture<'_, Result<Answer, HostError>> {
        Box::pin(Arc::clone(&self.0).hear(call))
    }

    fn disconnect(&self) -> BoxFuture<'_, ()> {
        Box::pin(async {})
    }
}
