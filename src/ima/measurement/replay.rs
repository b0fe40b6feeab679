use super::{BadHash, Batch, Entry, Extends};
use crate::ima::pcr::PcrBank;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha384, Sha512, digest::Output};
use sm3::Sm3;
use std::collections::BTreeMap;

/// The registers of one bank, as the list makes them.
pub(super) trait Replay: Send {
    /// Extends what the entries of a batch say, and tells which register has which value after each.
    fn extend(&mut self, batch: &Batch, after_each: &mut dyn FnMut(u32, &[u8]));
    /// The bank.
    fn bank(&self) -> PcrBank;
    /// What came out.
    fn replayed(&self) -> Replayed;
}

/// What came out of a bank.
#[derive(Debug, Clone)]
pub(super) struct Replayed {
    pub(super) registers: Vec<Register>,
    pub(super) extends: Extends,
    pub(super) bad_hashes: u64,
    pub(super) bad: Vec<BadHash>,
}

/// One register after the whole list.
#[derive(Debug, Clone)]
pub(super) struct Register {
    pub(super) index: u32,
    pub(super) value: Vec<u8>,
    pub(super) reached_at: u64,
    pub(super) matched_at: Option<u64>,
}

/// What a replay is asked to do.
#[derive(Debug, Clone)]
pub(super) struct Task {
    pub(super) bank: PcrBank,
    pub(super) extends: Extends,
    /// Values to be reached.
    pub(super) wanted: BTreeMap<u32, Vec<u8>>,
    /// The bank of the template hashes that the file has.
    pub(super) recorded: PcrBank,
}

impl Task {
    pub(super) fn start(self) -> Box<dyn Replay> {
        match self.bank {
            PcrBank::Sha1 => Box::new(BankReplay::<Sha1>::new(self)),
            PcrBank::Sha256 => Box::new(BankReplay::<Sha256>::new(self)),
            PcrBank::Sha384 => Box::new(BankReplay::<Sha384>::new(self)),
            PcrBank::Sha512 => Box::new(BankReplay::<Sha512>::new(self)),
            PcrBank::Sm3 => Box::new(BankReplay::<Sm3>::new(self)),
        }
    }
}

/// Entries with a bad hash that are named; the others are counted.
const NAMED: usize = 20;

struct BankReplay<D: Digest> {
    task: Task,
    registers: Vec<State<D>>,
    entries: u64,
    bad_hashes: u64,
    bad: Vec<BadHash>,
}

struct State<D: Digest> {
    index: u32,
    value: Output<D>,
    wanted: Option<Output<D>>,
    /// The shortest prefix of the list with the wanted value, and the longest: a value comes once, and stays until the
    /// register is extended again.
    reached_at: u64,
    matched_at: Option<u64>,
    reached: bool,
}

impl<D: Digest> State<D> {
    fn new(index: u32, wanted: Option<&Vec<u8>>) -> Self {
        let value = Output::<D>::default();
        let wanted = wanted.and_then(|value| Output::<D>::try_from(value.as_slice()).ok());
        Self {
            index,
            // Zeros: nothing had been extended yet.
            reached: wanted.as_ref() == Some(&value),
            value,
            wanted,
            reached_at: 0,
            matched_at: None,
        }
    }

    fn extend(&mut self, hash: &Output<D>, number: u64) {
        if self.reached {
            self.reached = false;
            // No entry at all proves nothing.
            self.matched_at = (number > 1).then(|| number - 1);
        }
        self.value = D::new().chain_update(&self.value).chain_update(hash).finalize();
        self.reached = self.wanted.as_ref() == Some(&self.value);
        if self.reached {
            self.reached_at = number;
        }
    }
}

impl<D: Digest> BankReplay<D> {
    fn new(task: Task) -> Self {
        let registers = task
            .wanted
            .iter()
            .map(|(index, wanted)| State::new(*index, Some(wanted)))
            .collect();
        Self {
            task,
            registers,
            entries: 0,
            bad_hashes: 0,
            bad: Vec::new(),
        }
    }

    /// What the entry extends; ones for a violation, whatever its data.
    fn hash(&mut self, entry: &Entry<'_>) -> Output<D> {
        if entry.is_violation() {
            let mut ones = Output::<D>::default();
            let len = match self.task.extends {
                Extends::OwnHash | Extends::UnloadedHash => ones.len(),
                Extends::PaddedSha1 => PcrBank::Sha1.digest_len().min(ones.len()),
            };
            ones[..len].fill(0xff);
            return ones;
        }
        let own = || hash::<D>(entry);
        match self.task.extends {
            Extends::OwnHash => {
                let hash = own();
                if self.task.recorded == self.task.bank && hash.as_slice() != entry.template_hash {
                    self.tell_bad(entry, &hash);
                }
                hash
            }
            Extends::UnloadedHash | Extends::PaddedSha1 => {
                let sha1 = hash::<Sha1>(entry);
                let mut padded = Output::<D>::default();
                let len = sha1.len().min(padded.len());
                padded[..len].copy_from_slice(&sha1[..len]);
                padded
            }
        }
    }

    fn tell_bad(&mut self, entry: &Entry<'_>, computed: &Output<D>) {
        self.bad_hashes += 1;
        if self.bad.len() < NAMED {
            self.bad.push(BadHash {
                entry: entry.number,
                path: String::from_utf8_lossy(entry.path()).into_owned(),
                bank: self.task.bank,
                recorded: entry.template_hash.to_vec(),
                computed: computed.to_vec(),
            });
        }
    }

    fn state(&mut self, index: u32) -> &mut State<D> {
        let at = match self.registers.iter().position(|register| register.index == index) {
            Some(at) => at,
            None => {
                self.registers.push(State::new(index, self.task.wanted.get(&index)));
                self.registers.len() - 1
            }
        };
        &mut self.registers[at]
    }
}

fn hash<D: Digest>(entry: &Entry<'_>) -> Output<D> {
    let [data, name, zeros] = entry.hashed();
    if name.is_empty() {
        return D::digest(data);
    }
    D::new()
        .chain_update(data)
        .chain_update(name)
        .chain_update(zeros)
        .finalize()
}

impl<D: Digest + Send> Replay for BankReplay<D>
where
    Output<D>: Send,
{
    fn extend(&mut self, batch: &Batch, after_each: &mut dyn FnMut(u32, &[u8])) {
        for entry in batch.entries() {
            let hash = self.hash(&entry);
            let state = self.state(entry.pcr);
            state.extend(&hash, entry.number);
            after_each(entry.pcr, &state.value);
            self.entries = entry.number;
        }
    }

    fn bank(&self) -> PcrBank {
        self.task.bank
    }

    fn replayed(&self) -> Replayed {
        let register = |state: &State<D>| Register {
            index: state.index,
            value: state.value.to_vec(),
            reached_at: state.reached_at,
            matched_at: if state.reached {
                Some(self.entries)
            } else {
                state.matched_at
            },
        };
        Replayed {
            registers: self.registers.iter().map(register).collect(),
            extends: self.task.extends,
            bad_hashes: self.bad_hashes,
            bad: self.bad.clone(),
        }
    }
}
