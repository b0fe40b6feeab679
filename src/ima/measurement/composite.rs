use super::replay::Replay;
use crate::ima::pcr::{Pcr, PcrBank, PcrValues};
use std::collections::BTreeMap;

/// The one digest over many registers that a quote holds (TPM 2.0 Structures, TPMS_QUOTE_INFO).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Composite {
    /// The hash over the registers.
    pub hash: PcrBank,
    /// The registers, in the order in which they are hashed.
    pub selection: Vec<Pcr>,
    /// The digest.
    pub digest: Vec<u8>,
}

/// Looks for the prefix of a list that makes a composite.
pub(super) struct Search<'a> {
    composite: &'a Composite,
    registers: BTreeMap<Pcr, Vec<u8>>,
    entries: u64,
    matched_at: Option<u64>,
    reached: bool,
}

impl<'a> Search<'a> {
    pub(super) fn new(composite: &'a Composite, known: &PcrValues) -> Self {
        let registers = composite
            .selection
            .iter()
            .map(|pcr| {
                let zeros = || vec![0; pcr.bank.digest_len()];
                (*pcr, known.get(*pcr).map_or_else(zeros, <[u8]>::to_vec))
            })
            .collect();
        Self {
            composite,
            registers,
            entries: 0,
            matched_at: None,
            reached: false,
        }
    }

    /// Goes through the last batch of all banks, side by side: the kernel extends all banks in one command.
    pub(super) fn follow(&mut self, replays: &[Box<dyn Replay>]) {
        let mut traces: Vec<_> = replays.iter().map(|replay| (replay.bank(), replay.trace())).collect();
        loop {
            let mut changed = false;
            for (bank, trace) in &mut traces {
                let Some((index, value)) = trace.next() else { return };
                if let Some(register) = self.registers.get_mut(&Pcr { bank: *bank, index }) {
                    register.clear();
                    register.extend_from_slice(value);
                    changed = true;
                }
            }
            if traces.is_empty() {
                return;
            }
            self.entries += 1;
            if changed {
                self.step();
            }
        }
    }

    fn step(&mut self) {
        if self.reached {
            self.matched_at = Some(self.entries - 1);
        }
        let selected = self
            .composite
            .selection
            .iter()
            .filter_map(|pcr| self.registers.get(pcr));
        let digest = self.composite.hash.hash(selected.map(Vec::as_slice));
        self.reached = digest == self.composite.digest;
    }

    /// The longest prefix that makes the digest.
    pub(super) fn matched_at(&self) -> Option<u64> {
        if self.reached {
            Some(self.entries)
        } else {
            self.matched_at
        }
    }
}
