//! A fleet of real sshds on this machine, of which some are bad in every way that can be played here. IMAFORM_HOSTS is how
//! many (21), IMAFORM_KILLS how often the controller is killed (4).
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use imaform::{
    config::{Connection, FailedWave, Group, Privilege, Rollout, Share, SshConnection, Stage},
    host::{HostError, Script, open},
    ima::Appraisal,
    plan::{Graph, Plan},
    report::{self, JsonLines},
    resource::{Action, Holder, HostLock, ScriptCall, Step, StepId, sha256_hex},
    rollout::{
        self, Check, Clock, Events, Limits, Member, Outcome, RolloutEvent, Way, Work,
        journal::{Directory, Header, Kept, Record, Story, opening},
    },
};
use proptest::{
    prelude::Rng,
    test_runner::{RngAlgorithm, TestRng},
};
use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};
use support::{
    into_log, limits,
    sshd::{Sshd, user},
    target,
};
use tempfile::TempDir;
use tokio::sync::mpsc;

/// What is wrong with a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Well,
    /// Its steps take their time.
    Slow,
    /// A command of its never ends.
    Hangs,
    /// Nothing listens there.
    Unreachable,
    /// It shows another key than the known one.
    OtherKey,
    /// sudo lets nobody do anything.
    NoSudo,
    /// Nothing can be written.
    Full,
    /// The connection is cut while a step runs.
    Cut,
}

impl Kind {
    /// Every third host is bad, each in its way.
    fn of(host: usize) -> Self {
        const BAD: [Kind; 7] = [
            Kind::Slow,
            Kind::Hangs,
            Kind::Unreachable,
            Kind::OtherKey,
            Kind::NoSudo,
            Kind::Full,
            Kind::Cut,
        ];
        match host % 3 {
            2 => BAD[host / 3 % BAD.len()],
            _ => Self::Well,
        }
    }

    fn fails(self) -> bool {
        !matches!(self, Self::Well | Self::Slow)
    }

    /// What its outcome says.
    fn says(self) -> &'static str {
        match self {
            Self::Well | Self::Slow => ": 3 steps, 1 reboot",
            Self::Hangs => "it never came",
            Self::Unreachable => "unreachable: cannot connect: ",
            Self::OtherKey => "the host key is not trusted",
            Self::NoSudo => "sudo refused",
            Self::Full => "nothing was done: ",
            Self::Cut => "the connection was lost while 'run-check' ran",
        }
    }
}

/// Where a host keeps what was done to it.
const WORK: &str = "/var/lib/imaform/work";

/// A host, as a controller knows it.
struct Door {
    name: String,
    kind: Kind,
    port: u16,
    at: PathBuf,
}

impl Door {
    fn member(&self) -> Member {
        let privilege = match self.kind {
            Kind::NoSudo => Privilege::Sudo { password: None },
            _ => Privilege::None,
        };
        let mut target = target("name: p\nappraisal: log\n");
        target.name = self.name.clone();
        target.group = "g".into();
        let connection = SshConnection {
            address: "127.0.0.1".into(),
            port: Some(self.port),
            user: Some(user()),
            identity_file: Some(self.at.join("user_key")),
            jump_host: None,
            known_hosts: Some(self.at.join("known_hosts")),
            ssh_config: Some(self.at.join("ssh_config")),
            connect_timeout: Duration::from_secs(60),
        };
        Member {
            transport: open(&Connection::Ssh(connection), &privilege, None),
            target,
            node: None,
        }
    }

    fn read(&self, file: &str) -> String {
        fs::read_to_string(self.at.join(file)).unwrap_or_default()
    }

    /// What is left to do, as the host is now: a command, a reboot, a command.
    fn plan(&self) -> Result<Plan, HostError> {
        if self.kind == Kind::Unreachable {
            return Err(HostError::Unreachable {
                reason: "cannot connect: nobody is there".into(),
            });
        }
        let done = self.read("state/work");
        let done = |word: &str| done.lines().any(|line| line == word);
        let wait = match self.kind {
            Kind::Slow => "sleep 2; ",
            Kind::Hangs => {
                "until [ -e /var/lib/imaform/release ]; do sleep 0.2; done; echo it never came >&2; exit 1; "
            }
            Kind::Cut => "touch /var/lib/imaform/cut; while [ -e /var/lib/imaform/cut ]; do sleep 0.1; done; sleep 5; ",
            _ => "",
        };
        let command = |word: &str| {
            let command = format!("{wait}grep -qx {word} {WORK} 2>/dev/null || echo {word} >>{WORK}");
            ScriptCall::new(Script::RunCheck, ["600".to_owned(), sha256_hex(&command)], command).into()
        };
        let steps = [
            ("one", Stage::Prepare, command("one"), !done("one")),
            (
                "boot",
                Stage::Fix,
                Action::Reboot(into_log()),
                self.read("boot_id").starts_with("00000000"),
            ),
            ("two", Stage::Label, command("two"), !done("two")),
        ];
        let steps = steps.into_iter().filter(|(.., left)| *left);
        let steps =
            steps.map(|(name, stage, action, _)| Step::new(StepId::new("check", name), stage, name, "", action, ""));
        let run_of = |file: &str| {
            let text = self.read(file);
            text.lines()
                .find_map(|line| line.strip_prefix("run="))
                .map(str::to_owned)
        };
        Ok(Plan {
            playbook: "p".into(),
            stage: Stage::Prepare,
            now: "as it was".into(),
            target: Appraisal::Log,
            lock: HostLock {
                holder: run_of("state/lock").map(|run| Holder {
                    run,
                    by: String::new(),
                    since: String::new(),
                    until: String::new(),
                }),
                last: run_of("state/last-run").unwrap_or_default(),
            },
            graph: Graph::join(steps.collect()).unwrap(),
            ..Plan::default()
        })
    }
}

/// The hosts of a test, kept alive.
struct Fleet {
    doors: Vec<Door>,
    hosts: Arc<Vec<(Kind, Sshd)>>,
    over: Arc<AtomicBool>,
    life: Option<thread::JoinHandle<()>>,
    journals: TempDir,
}

impl Fleet {
    fn start(hosts: usize) -> Self {
        let hosts: Vec<(Kind, Sshd)> = (0..hosts)
            .map(|number| (Kind::of(number), start(Kind::of(number))))
            .collect();
        let doors = hosts.iter().enumerate().map(|(number, (kind, sshd))| Door {
            name: format!("host-{number:03}"),
            kind: *kind,
            port: sshd.port,
            at: sshd.directory.path().to_owned(),
        });
        let doors = doors.collect();
        let (hosts, over) = (Arc::new(hosts), Arc::new(AtomicBool::new(false)));
        let life = {
            let (hosts, over) = (Arc::clone(&hosts), Arc::clone(&over));
            thread::spawn(move || {
                while !over.load(Ordering::Relaxed) {
                    for (kind, sshd) in hosts.iter() {
                        sshd.reboot();
                        if *kind == Kind::Cut && fs::remove_file(sshd.path("state/cut")).is_ok() {
                            sshd.cut();
                        }
                    }
                    thread::sleep(Duration::from_millis(20));
                }
            })
        };
        Self {
            doors,
            hosts,
            over,
            life: Some(life),
            journals: tempfile::tempdir().unwrap(),
        }
    }

    fn directory(&self) -> Directory {
        Directory::at(self.journals.path())
    }

    fn story(&self) -> Option<Story> {
        let runs = self.directory().runs().unwrap();
        Some(self.directory().read(runs.last()?).unwrap())
    }

    /// Ends the commands that hang.
    fn release(&self) {
        for door in self.doors.iter().filter(|door| door.kind == Kind::Hangs) {
            fs::write(door.at.join("state/release"), "").unwrap();
        }
    }

    /// Nothing is locked, nothing half written, and each host is as its kind has it, booted up to `again` times more than needed.
    fn check(&self, again: usize) {
        let story = self.story().unwrap();
        let endings = story.endings();
        for Door { name, kind, at, .. } in &self.doors {
            for file in ["lock", "lock.new"] {
                let left = fs::read_to_string(at.join("state").join(file)).ok();
                let ending = endings.get(name.as_str()).map(|ending| &ending.line);
                let run = &story.header.run;
                assert_eq!(left, None, "{name} ({kind:?}): {file} was left; run {run}: {ending:?}");
            }
            let door = self.doors.iter().find(|door| door.name == *name).unwrap();
            let done = door.read("state/work");
            if *kind == Kind::Cut {
                // A step that lost its connection may have ended by itself.
                assert!(done.lines().count() < 3, "{name}: {done}");
            } else if kind.fails() {
                assert!(!done.contains("two"), "{name} ({kind:?}): {done}");
            } else {
                let ending = endings.get(name.as_str()).map(|ending| &ending.line);
                assert_eq!(done, "one\ntwo\n", "{name} ({kind:?}): {ending:?}");
                // A host that is on its way down, at the request of a controller that has just died, is looked at in its
                // old boot by the next one, which asks again.
                let boots = door.read("boot_id")[..8].parse::<usize>().unwrap();
                let most = 1 + again;
                assert!((1..=most).contains(&boots), "{name} ({kind:?}): {boots} boots");
            }
        }
    }
}

impl Drop for Fleet {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        let _ = self.life.take().map(thread::JoinHandle::join);
        assert!(Arc::strong_count(&self.hosts) == 1 || thread::panicking());
    }
}

fn start(kind: Kind) -> Sshd {
    let sshd = Sshd::start();
    sshd.can_reboot();
    match kind {
        Kind::Unreachable => sshd.die(),
        Kind::OtherKey => sshd.trust(&sshd.path("other_key.pub")),
        Kind::NoSudo => sshd.program("sudo", "#!/bin/sh\necho 'sudo: you may not' >&2\nexit 1\n"),
        Kind::Full => fs::write(sshd.path("full"), "").unwrap(),
        Kind::Well | Kind::Slow | Kind::Hangs | Kind::Cut => {}
    }
    sshd
}

/// One controller's work on a fleet.
async fn apply(doors: &[Door], rollout: Rollout, directory: &Directory, story: Option<&Story>) -> Vec<Outcome> {
    let take_over = story.map(|story| [std::slice::from_ref(&story.header.run), &story.header.takes_over].concat());
    let limits = Limits {
        check: Check::StepsOnly,
        clock: Clock::System,
        take_over: take_over.unwrap_or_default(),
        ..limits(Stage::Verify)
    };
    let group = Group {
        name: "g".into(),
        hosts: doors.len(),
        rollout: Some(rollout),
    };
    let hosts = doors.iter().map(|door| (door.member(), door.plan())).collect();
    let work = Work::new(
        &[group],
        hosts,
        story.map_or(Way::Forth, Way::On),
        &limits.take_over,
        50,
    );
    let header = Header {
        format_version: 1,
        imaform: "0".into(),
        run: limits.run.id.clone(),
        by: limits.run.by.clone(),
        command: Vec::new(),
        inventory: "/i.yml".into(),
        fingerprint: String::new(),
        resumes: story.map(|story| story.header.run.clone()),
        takes_over: limits.take_over.clone(),
        options: None,
    };
    let file = directory
        .begin(&limits.run.id, &opening(header, work.record()))
        .unwrap();
    let (sender, receiver) = mpsc::unbounded_channel();
    let reporter = report::spawn(Box::new(JsonLines::journal(file, Path::new("journal"))), receiver);
    let events = Events::new(sender);
    let outcomes = rollout::apply(work, &limits, &events).await;
    events.tell_rollout(RolloutEvent::Ended { exit: 0 });
    drop(events);
    reporter.await.unwrap();
    outcomes
}

fn number(name: &str, otherwise: usize) -> usize {
    env::var(name).map_or(otherwise, |text| text.parse().unwrap())
}

/// As many failures as there are bad hosts.
fn patient(hosts: usize) -> Rollout {
    Rollout {
        canary: Some(Share::Hosts(1)),
        batch: Share::Percent(25),
        max_failures: Share::Hosts(hosts),
        max_unavailable: Some(Share::Percent(50)),
        failed_wave: FailedWave::Continue,
        ..Rollout::default()
    }
}

#[tokio::test]
async fn every_host_is_as_its_outcome_says_and_hanging_ones_hold_up_nobody() {
    let hosts = number("IMAFORM_HOSTS", 21);
    let fleet = Fleet::start(hosts);
    // Hosts that hang are let go when all others have ended: before, they would hold up others forever.
    let releasing = async {
        loop {
            let ended = fleet.story().map_or(0, |story| story.endings().len());
            let hanging = fleet.doors.iter().filter(|door| door.kind == Kind::Hangs).count();
            if ended + hanging >= hosts {
                return fleet.release();
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    };
    let all_at_once = Rollout {
        canary: None,
        batch: Share::Percent(100),
        max_unavailable: None,
        ..patient(hosts)
    };
    let directory = fleet.directory();
    let (outcomes, ()) = tokio::join!(apply(&fleet.doors, all_at_once, &directory, None), releasing);
    for (door, outcome) in fleet.doors.iter().zip(&outcomes) {
        let (name, kind, line) = (&door.name, door.kind, outcome.line());
        assert!(line.contains(kind.says()), "{name} ({kind:?}): {line}");
        assert_eq!(outcome.exit_code() != 0, kind.fails(), "{name} ({kind:?}): {line}");
    }
    fleet.check(0);
}

#[tokio::test]
async fn after_one_failure_too_many_no_host_begins() {
    let hosts = number("IMAFORM_HOSTS", 21);
    let fleet = Fleet::start(hosts);
    fleet.release();
    // Those that cannot be reached are known before, and two more may fail.
    let gone = fleet.doors.iter().filter(|door| door.kind == Kind::Unreachable).count();
    let rollout = Rollout {
        max_failures: Share::Hosts(gone + 2),
        batch: Share::Hosts(4),
        ..patient(hosts)
    };
    let outcomes = apply(&fleet.doors, rollout, &fleet.directory(), None).await;
    let story = fleet.story().unwrap();
    let mut failed = 0;
    let mut stopped = false;
    for line in &story.lines {
        match &line.record {
            Record::Finished { ending, .. } => failed += usize::from(ending.outcome == Kept::Failed),
            Record::Begins { host } => assert!(failed <= gone + 2, "{host} begins after {failed} failures"),
            Record::Stopped { .. } => stopped = true,
            _ => {}
        }
    }
    assert!(stopped && failed > gone + 2, "{failed} failed");
    let untouched = fleet.doors.iter().zip(&outcomes);
    let untouched = untouched.filter(|(_, outcome)| matches!(outcome, Outcome::NotBegun { .. }));
    let mut count = 0;
    for (door, _) in untouched {
        assert_eq!(
            (door.read("state/work"), door.read("state/last-run")),
            (String::new(), String::new())
        );
        count += 1;
    }
    assert!(count > 0);
}

#[tokio::test]
async fn a_controller_that_is_killed_again_and_again_ends_what_it_began() {
    let (hosts, kills) = (number("IMAFORM_HOSTS", 21), number("IMAFORM_KILLS", 4));
    let fleet = Fleet::start(hosts);
    fleet.release();
    let mut dice = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    let description = fleet.journals.path().join("fleet");
    let lines = fleet
        .doors
        .iter()
        .map(|door| format!("{} {}\n", door.port, door.at.display()));
    fs::write(&description, lines.collect::<String>()).unwrap();
    let mut killed = 0;
    loop {
        let mut controller = Command::new(env::current_exe().unwrap())
            .args(["--exact", "controller", "--ignored"])
            .env("IMAFORM_FLEET", &description)
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        if killed == kills {
            assert!(controller.wait().unwrap().success());
            break;
        }
        // The moment is what is random here; nothing is waited for.
        thread::sleep(Duration::from_millis(500 + u64::from(dice.next_u32() % 4000)));
        controller.kill().unwrap();
        if controller.wait().unwrap().success() {
            break;
        }
        killed += 1;
    }
    eprintln!("{hosts} hosts, {killed} kills");
    fleet.check(1);
    // A step that lost its connection may have ended by itself by the time that somebody looks again.
    let certain = |name: &&str| {
        fleet
            .doors
            .iter()
            .any(|door| door.name == **name && door.kind != Kind::Cut)
    };
    let bad = fleet
        .doors
        .iter()
        .filter(|door| door.kind.fails())
        .map(|door| door.name.as_str());
    let story = fleet.story().unwrap();
    let failed: Vec<&str> = story.failed().into_iter().filter(certain).collect();
    assert_eq!(failed, bad.filter(certain).collect::<Vec<_>>());
}

/// The process that is killed.
#[test]
#[ignore = "is run by another test"]
fn controller() {
    let description = PathBuf::from(env::var_os("IMAFORM_FLEET").unwrap());
    let text = fs::read_to_string(&description).unwrap();
    let door = |(number, line): (usize, &str)| {
        let (port, at) = line.split_once(' ').unwrap();
        Door {
            name: format!("host-{number:03}"),
            kind: Kind::of(number),
            port: port.parse().unwrap(),
            at: at.into(),
        }
    };
    let doors: Vec<Door> = text.lines().enumerate().map(door).collect();
    let directory = Directory::at(description.parent().unwrap());
    let runs = directory.runs().unwrap();
    let story = runs.last().map(|run| directory.read(run).unwrap());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(apply(&doors, patient(doors.len()), &directory, story.as_ref()));
}
