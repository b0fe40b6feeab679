use crate::ima::pcr::{Pcr, PcrBank, PcrValues};
use std::ops::Range;

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

/// The registers of a bank after each entry of a batch.
pub(super) struct Trace {
    bank: PcrBank,
    extended: Vec<u32>,
    /// Of the register that was extended, one after the other.
    values: Vec<u8>,
}

impl Trace {
    pub(super) fn new(bank: PcrBank, entries: usize) -> Self {
        Self {
            bank,
            extended: Vec::with_capacity(entries),
            values: Vec::with_capacity(entries * bank.digest_len()),
        }
    }

    pub(super) fn push(&mut self, index: u32, value: &[u8]) {
        self.extended.push(index);
        self.values.extend_from_slice(value);
    }

    /// What the entry at this place in the batch did.
    fn step(&self, at: usize) -> Option<(Pcr, &[u8])> {
        let index = *self.extended.get(at)?;
        let value = self.values.chunks_exact(self.bank.digest_len()).nth(at)?;
        Some((Pcr { bank: self.bank, index }, value))
    }
}

/// Looks for the prefix of a list that makes a composite.
pub(super) struct Search<'a> {
    composite: &'a Composite,
    /// The values of the selected registers, one after the other, as they are hashed.
    values: Vec<u8>,
    places: Vec<(Pcr, Range<usize>)>,
    entries: u64,
    matched_at: Option<u64>,
    reached: bool,
}

impl<'a> Search<'a> {
    pub(super) fn new(composite: &'a Composite, known: &PcrValues) -> Self {
        let (mut values, mut places) = (Vec::new(), Vec::new());
        for pcr in &composite.selection {
            let (begin, end) = (values.len(), values.len() + pcr.bank.digest_len());
            values.extend(known.get(*pcr).unwrap_or_default());
            values.resize(end, 0);
            places.push((*pcr, begin..end));
        }
        Self {
            composite,
            values,
            places,
            entries: 0,
            matched_at: None,
            reached: false,
        }
    }

    /// Goes through a batch in all banks, side by side: the kernel extends all banks in one command.
    pub(super) fn follow(&mut self, traces: &[Trace]) {
        let entries = traces.first().map_or(0, |trace| trace.extended.len());
        for at in 0..entries {
            self.entries += 1;
            let mut changed = false;
            for (pcr, value) in traces.iter().filter_map(|trace| trace.step(at)) {
                for (_, place) in self.places.iter().filter(|(selected, _)| *selected == pcr) {
                    self.values[place.clone()].copy_from_slice(value);
                    changed = true;
                }
            }
            if changed {
                self.compare();
            }
        }
    }

    fn compare(&mut self) {
        if self.reached {
            self.matched_at = Some(self.entries - 1);
        }
        self.reached = self.composite.hash.hash([&self.values[..]]) == self.composite.digest;
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
