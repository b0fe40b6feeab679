use super::{
    Batch, BootAggregate, Composite, CompositeProof, List, ListError, RegisterProof, Verification, Violations,
    boot_aggregate::Aggregate,
    composite::{Search, Trace},
    extends::Attempt,
    replay::{Replay, Replayed, Task},
};
use crate::ima::pcr::{Pcr, PcrBank, PcrValues};
use std::{
    collections::{BTreeMap, BTreeSet},
    io::{self, Read},
    iter,
    sync::{Arc, mpsc::sync_channel},
    thread,
};

/// What is known of the registers.
#[derive(Debug, Clone, Default)]
pub struct Evidence {
    /// Values, of which those that the list extends are compared.
    pub values: PcrValues,
    /// Registers that are compared even where no entry extends them.
    pub asked: BTreeSet<Pcr>,
    /// A quote of registers whose values are not all known.
    pub composite: Option<Composite>,
}

/// Violations that are named; the others are counted.
const NAMED: usize = 20;

/// Batches that wait for a bank: enough that none stands idle while another catches up.
const AHEAD: usize = 2;

/// Recomputes every template hash, replays the registers and compares. `open` gives the list from its beginning; it is
/// called again where the kernel may be one that pads SHA-1 into other banks.
///
/// # Errors
/// Input that cannot be read. What is wrong with the list is part of the answer.
pub fn verify<R: Read>(open: impl Fn() -> io::Result<R>, evidence: &Evidence) -> io::Result<Verification> {
    let mut best = pass(open()?, evidence, &Attempt::with_all_hashes())?;
    let quoted = evidence.composite.as_ref().filter(|_| reached_composite(&best) == 0);
    let quoted = quoted.map(|composite| composite.selection.iter().map(|pcr| pcr.bank).collect());
    for attempt in Attempt::after(&best, quoted) {
        let again = pass(open()?, evidence, &attempt)?;
        // Where no rule fits, the newest is told.
        if reached(&again) > reached(&best) {
            best = Verification {
                bad_template_hashes: best.bad_template_hashes,
                bad: best.bad,
                ..again
            };
        }
        if reached(&best) == all(&best) {
            break;
        }
    }
    Ok(best)
}

fn reached_composite(verification: &Verification) -> usize {
    usize::from(verification.composite.is_some_and(|proof| proof.matched_at.is_some()))
}

/// What is to be reached.
fn all(verification: &Verification) -> usize {
    verification.registers.len() + usize::from(verification.composite.is_some())
}

fn reached(verification: &Verification) -> usize {
    let registers = verification.registers.iter();
    registers.filter(|proof| proof.matched_at.is_some()).count() + reached_composite(verification)
}

fn pass(source: impl Read, evidence: &Evidence, attempt: &Attempt) -> io::Result<Verification> {
    let mut list = match List::open(source) {
        Ok(list) => list,
        Err(ListError::Read(error)) => return Err(error),
        Err(malformed) => return Ok(unreadable(malformed)),
    };
    let mut replays = replays(list.bank(), evidence, attempt);
    let mut search = evidence
        .composite
        .as_ref()
        .map(|composite| Search::new(composite, &evidence.values));
    let mut counts = Counts::default();
    let next = || {
        let batch = list.next_batch()?;
        batch.iter().for_each(|batch| counts.add(batch));
        Ok(batch)
    };
    let malformed = match replay_all(next, &mut replays, search.as_mut()) {
        Ok(()) => None,
        Err(ListError::Read(error)) => return Err(error),
        Err(malformed) => Some(malformed),
    };
    let replayed: Vec<(PcrBank, Replayed)> = replays
        .iter()
        .map(|replay| (replay.bank(), replay.replayed()))
        .collect();
    let (registers, unproven) = compared(&replayed, evidence);
    Ok(Verification {
        form: Some(*list.form()),
        entries: counts.entries,
        violations: counts.violations,
        bad_template_hashes: replayed.iter().map(|(_, replayed)| replayed.bad_hashes).sum(),
        bad: replayed.iter().flat_map(|(_, replayed)| replayed.bad.clone()).collect(),
        malformed,
        registers,
        unproven,
        composite: search.map(|search| CompositeProof {
            matched_at: search.matched_at(),
        }),
        boot_aggregate: counts
            .aggregate
            .map_or(BootAggregate::Absent, |aggregate| aggregate.compare(&evidence.values)),
    })
}

/// Gives each batch to all banks, a thread each: the chain of a bank cannot be shared out. The next entries are read
/// meanwhile.
fn replay_all(
    mut next: impl FnMut() -> Result<Option<Batch>, ListError>,
    replays: &mut [Box<dyn Replay>],
    search: Option<&mut Search<'_>>,
) -> Result<(), ListError> {
    thread::scope(|scope| {
        let (mut banks, mut traces) = (Vec::new(), Vec::new());
        for replay in replays {
            let (bank, batches) = sync_channel::<Arc<Batch>>(AHEAD);
            banks.push(bank);
            if search.is_some() {
                let (trace, told) = sync_channel(AHEAD);
                traces.push(told);
                scope.spawn(move || batches.iter().try_for_each(|batch| trace.send(traced(replay, &batch))));
            } else {
                scope.spawn(move || batches.iter().for_each(|batch| replay.extend(&batch, &mut |_, _| ())));
            }
        }
        if let Some(search) = search {
            let side_by_side = move || traces.iter().map(|bank| bank.recv().ok()).collect::<Option<Vec<_>>>();
            scope.spawn(move || iter::from_fn(side_by_side).for_each(|traces| search.follow(&traces)));
        }
        while let Some(batch) = next()? {
            let batch = Arc::new(batch);
            for bank in &banks {
                // A bank that takes no more has panicked; the scope passes that on.
                _ = bank.send(Arc::clone(&batch));
            }
        }
        Ok(())
    })
}

fn traced(replay: &mut Box<dyn Replay>, batch: &Batch) -> Trace {
    let mut trace = Trace::new(replay.bank(), batch.len());
    replay.extend(batch, &mut |index, value| trace.push(index, value));
    trace
}

fn unreadable(malformed: ListError) -> Verification {
    Verification {
        form: None,
        entries: 0,
        violations: Violations::default(),
        bad_template_hashes: 0,
        bad: Vec::new(),
        malformed: Some(malformed),
        registers: Vec::new(),
        unproven: Vec::new(),
        composite: None,
        boot_aggregate: BootAggregate::Absent,
    }
}

/// One replay for each bank that is known, and one for the list's own, whose hashes are in it.
fn replays(own: PcrBank, evidence: &Evidence, attempt: &Attempt) -> Vec<Box<dyn Replay>> {
    let mut wanted: BTreeMap<PcrBank, BTreeMap<u32, Vec<u8>>> = BTreeMap::from([(own, BTreeMap::new())]);
    for (pcr, value) in evidence.values.iter() {
        wanted.entry(pcr.bank).or_default().insert(pcr.index, value.to_vec());
    }
    for pcr in evidence.composite.iter().flat_map(|composite| &composite.selection) {
        wanted.entry(pcr.bank).or_default();
    }
    let task = |(bank, wanted)| Task {
        bank,
        extends: attempt.of(bank),
        wanted,
        recorded: own,
    };
    wanted.into_iter().map(|wanted| task(wanted).start()).collect()
}

/// The registers that count: those that the list extends, and those that were asked for.
fn compared(replayed: &[(PcrBank, Replayed)], evidence: &Evidence) -> (Vec<RegisterProof>, Vec<(Pcr, Vec<u8>)>) {
    let (mut proofs, mut unproven) = (Vec::new(), Vec::new());
    for (bank, replayed) in replayed {
        for register in &replayed.registers {
            let pcr = Pcr {
                bank: *bank,
                index: register.index,
            };
            let extended = register.value.iter().any(|byte| *byte != 0);
            match evidence.values.get(pcr) {
                Some(expected) if extended || evidence.asked.contains(&pcr) => proofs.push(RegisterProof {
                    pcr,
                    expected: expected.to_vec(),
                    reached_at: register.reached_at,
                    matched_at: register.matched_at,
                    replayed: register.value.clone(),
                    extends: replayed.extends,
                }),
                None => unproven.push((pcr, register.value.clone())),
                Some(_) => {}
            }
        }
    }
    (proofs, unproven)
}

/// What is counted beside the replay.
#[derive(Default)]
struct Counts {
    entries: u64,
    violations: Violations,
    aggregate: Option<Aggregate>,
}

impl Counts {
    fn add(&mut self, batch: &Batch) {
        for entry in batch.entries() {
            if entry.number == 1 {
                self.aggregate = Aggregate::of(&entry);
            }
            self.entries = entry.number;
            if entry.is_violation() {
                self.violations.count += 1;
                if self.violations.first.len() < NAMED {
                    let path = String::from_utf8_lossy(entry.path()).into_owned();
                    self.violations.first.push((entry.number, path));
                }
            }
        }
    }
}
