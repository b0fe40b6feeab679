//! What is kept of a run, and going on with it, with machines made of plain values and virtual time.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use imaform::{
    config::{Group, Rollout, Share, Stage},
    host::{Call, Script},
    report::{self, JsonLines},
    rollout::{
        self, Events, Limits, Member, Outcome, RolloutEvent, RunId, Way, Work,
        journal::{Directory, Header, Kept, Options, Record, Story, Verdict, opening},
    },
};
use proptest::{
    prelude::Rng,
    test_runner::{RngAlgorithm, TestRng},
};
use std::{fs, path::Path, sync::Arc, time::Duration};
use support::{
    PLAYBOOK, desired,
    fake::{Host, failure},
    limits,
    machine::Machine,
    target,
};
use tempfile::TempDir;
use tokio::sync::mpsc;

fn header(run: &RunId) -> Header {
    Header {
        format_version: 1,
        imaform: "0".into(),
        run: run.clone(),
        by: "tester@tests".into(),
        command: vec!["imaform".into(), "apply".into()],
        inventory: "/i.yml".into(),
        fingerprint: "f".into(),
        resumes: None,
        takes_over: Vec::new(),
        options: Some(Options {
            limit: None,
            until: Stage::Verify,
            accept: Vec::new(),
        }),
    }
}

/// A canary and waves of two, of hosts of which each step takes its time and one fails.
struct Fleet {
    hosts: Vec<Arc<Host>>,
    directory: Directory,
    _kept: TempDir,
}

const HOSTS: usize = 6;

/// Its packages cannot be installed.
const BAD: usize = 4;

impl Fleet {
    fn new() -> Self {
        let kept = tempfile::tempdir().unwrap();
        let host = |index: usize| {
            Host::with_hook(Machine::debian(), &desired(PLAYBOOK), move |call: &Call| {
                let fails = index == BAD && call.script == Script::InstallPackages;
                Box::pin(async move {
                    tokio::time::sleep(Duration::from_secs(7 + index as u64)).await;
                    fails.then(|| Ok(failure("no such package")))
                })
            })
        };
        Self {
            hosts: (0..HOSTS).map(host).collect(),
            directory: Directory::at(kept.path()),
            _kept: kept,
        }
    }

    fn work(&self, way: Way, take_over: &[RunId]) -> Work {
        let rollout = Rollout {
            canary: Some(Share::Hosts(1)),
            batch: Share::Hosts(2),
            max_failures: Share::Hosts(1),
            soak: Duration::from_secs(100),
            ..Rollout::default()
        };
        let group = Group {
            name: "g".into(),
            hosts: HOSTS,
            rollout: Some(rollout),
        };
        let hosts = self.hosts.iter().enumerate().map(|(index, host)| {
            let mut target = target(PLAYBOOK);
            target.name = format!("host-{index}");
            target.group = "g".into();
            let plan = host.machine.lock().unwrap().plan(&target.desired);
            let transport = Arc::clone(host) as _;
            (
                Member {
                    target,
                    transport,
                    node: None,
                },
                Ok(plan),
            )
        });
        Work::new(&[group], hosts.collect(), way, take_over, 50)
    }

    /// Carries out until the control machine dies, if it does.
    async fn apply(&self, way: Way<'_>, dies_after: Option<Duration>) -> Option<Vec<Outcome>> {
        let take_over = match way {
            Way::On(story) => [std::slice::from_ref(&story.header.run), &story.header.takes_over].concat(),
            _ => Vec::new(),
        };
        let limits = Limits {
            take_over,
            ..limits(Stage::Verify)
        };
        let work = self.work(way, &limits.take_over);
        let run = &limits.run.id;
        let header = Header {
            takes_over: limits.take_over.clone(),
            ..header(run)
        };
        let file = self.directory.begin(run, &opening(header, work.record())).unwrap();
        let journal = JsonLines::journal(file, Path::new("journal"));
        let (sender, receiver) = mpsc::unbounded_channel();
        let reporter = report::spawn(Box::new(journal), receiver);
        let events = Events::new(sender);
        let applying = rollout::apply(work, &limits, &events);
        let outcomes = match dies_after {
            None => Some(applying.await),
            Some(after) => tokio::time::timeout(after, applying).await.ok(),
        };
        if outcomes.is_some() {
            events.tell_rollout(RolloutEvent::Ended { exit: 0 });
        }
        drop(events);
        reporter.await.unwrap();
        outcomes
    }

    fn story(&self) -> Story {
        let runs = self.directory.runs().unwrap();
        self.directory.read(runs.last().unwrap()).unwrap()
    }

    /// What the hosts are in the end: their command line, and whether anything is left to do.
    fn end(&self) -> Vec<(String, bool)> {
        let desired = desired(PLAYBOOK);
        let hosts = self.hosts.iter().map(|host| {
            let machine = host.machine.lock().unwrap();
            (machine.cmdline.clone(), machine.plan(&desired).is_up_to_date())
        });
        hosts.collect()
    }
}

#[tokio::test(start_paused = true)]
async fn a_run_is_told_from_its_journal() {
    let fleet = Fleet::new();
    fleet.apply(Way::Forth, None).await.unwrap();
    let story = fleet.story();
    assert_eq!(story.verdict(), Verdict::Ended(0));
    assert_eq!(
        story.waves,
        [
            vec!["host-0"],
            vec!["host-1", "host-2"],
            vec!["host-3", "host-4"],
            vec!["host-5"]
        ]
    );
    let endings = story.endings();
    assert_eq!(endings["host-0"].outcome, Kept::Done);
    assert_eq!(endings["host-4"].outcome, Kept::Failed);
    assert_eq!(endings["host-5"].outcome, Kept::NotBegun, "failed_wave is stop");
    assert_eq!(story.failed(), ["host-4"]);
    let is_of = |record: &Record| matches!(record, Record::StepDone { host, .. } if host == "host-0");
    let steps = story.lines.iter().filter(|line| is_of(&line.record)).count();
    assert_eq!(steps, story.hosts[0].steps);
}

/// A controller that dies at any moment, and one that goes on: the hosts end as if nothing had happened.
#[tokio::test(start_paused = true)]
async fn whenever_the_controller_dies_another_one_ends_what_it_began() {
    let undisturbed = Fleet::new();
    let begin = tokio::time::Instant::now();
    undisturbed.apply(Way::Forth, None).await.unwrap();
    let takes = begin.elapsed();
    let seed = std::env::var("IMAFORM_SEED").map_or(1, |seed| seed.parse::<u8>().unwrap());
    let mut dice = TestRng::from_seed(RngAlgorithm::ChaCha, &[seed; 32]);
    for number in 0..50 {
        let after = takes.mul_f64(f64::from(dice.next_u32()) / f64::from(u32::MAX));
        let said = format!("seed {seed}, death {number} after {} s", after.as_secs());
        let fleet = Fleet::new();
        assert!(fleet.apply(Way::Forth, Some(after)).await.is_none(), "{said}");
        let story = fleet.story();
        assert_eq!(story.verdict(), Verdict::Died, "{said}");
        // Sometimes the second one dies, too.
        let mut story = story;
        if number % 5 == 0 && fleet.apply(Way::On(&story), Some(after / 2)).await.is_none() {
            story = fleet.story();
        }
        let outcomes = fleet.apply(Way::On(&story), None).await.unwrap();
        let said = format!("{said}: {outcomes:#?}");
        assert_eq!(fleet.end(), undisturbed.end(), "{said}");
        assert_eq!(fleet.story().failed(), ["host-4"], "{said}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_wave_that_was_soaking_soaks_to_its_end() {
    let mut after = Duration::from_secs(100);
    let (fleet, until) = loop {
        let fleet = Fleet::new();
        assert!(fleet.apply(Way::Forth, Some(after)).await.is_none());
        if let Some(Record::Soak { wave: 1, until }) = fleet.story().lines.last().map(|line| line.record.clone()) {
            break (fleet, until);
        }
        after += Duration::from_secs(50);
    };
    let story = fleet.story();
    assert_eq!(story.progress(), (0, Some(until)));
    let looked = || fleet.hosts[0].log().len();
    let before = looked();
    fleet.apply(Way::On(&story), None).await.unwrap();
    assert_eq!(
        looked(),
        before + 1,
        "it is looked at again, and nothing else is done to it"
    );
}

#[test]
fn what_a_crash_left_of_the_last_line_is_no_line() {
    let kept = tempfile::tempdir().unwrap();
    let directory = Directory::at(kept.path());
    let run = RunId::new().unwrap();
    let plan = Record::Plan {
        hosts: Vec::new(),
        waves: Vec::new(),
    };
    let file = directory.begin(&run, &opening(header(&run), plan.clone())).unwrap();
    assert_eq!(
        directory.read(&run).unwrap().verdict(),
        Verdict::AtWork,
        "the file is locked"
    );
    drop(file);
    assert_eq!(directory.read(&run).unwrap().verdict(), Verdict::Died);
    let path = directory.file(&run);
    let whole = fs::read_to_string(&path).unwrap();
    fs::write(&path, format!("{whole}{{\"at\":\"2026-")).unwrap();
    assert_eq!(directory.read(&run).unwrap().lines, []);
    fs::write(&path, format!("{whole}nonsense\n")).unwrap();
    let error = directory.read(&run).unwrap_err().to_string();
    assert!(error.contains(&format!("{run}.jsonl, line 3: ")), "{error}");
    fs::write(&path, whole.replace("\"format_version\":1", "\"format_version\":2")).unwrap();
    let error = directory.read(&run).unwrap_err().to_string();
    assert!(
        error.ends_with("it has the form 2, and this imaform reads 1"),
        "{error}"
    );
    fs::write(&path, "").unwrap();
    let error = directory.read(&run).unwrap_err().to_string();
    assert!(
        error.ends_with("line 1: it does not begin with a run and its plan"),
        "{error}"
    );
    assert!(
        directory.begin(&run, &opening(header(&run), plan)).is_err(),
        "a run has one journal"
    );
}
