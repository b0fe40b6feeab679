use super::Verification;
use crate::ima::pcr::PcrBank;
use std::collections::BTreeSet;

/// What the kernel extends into a bank for an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extends {
    /// The bank's own hash of the data, since Linux 5.8.
    OwnHash,
    /// The SHA-1 hash of the data, filled up with zeros, while the ones of a violation fill the register: since 5.8, where the
    /// bank's hash was not loaded when IMA began, as sha384 and sha512 of Debian's 6.1
    /// (`ima_init_digests` and `ima_calc_field_array_hash`).
    UnloadedHash,
    /// The SHA-1 hash of the data, filled up with zeros, and so the ones of a violation: up to 5.7, and in banks whose
    /// algorithm the kernel does not know.
    PaddedSha1,
}

/// Banks that are extended by another rule than [`Extends::OwnHash`], and that rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Attempt {
    banks: BTreeSet<PcrBank>,
    extends: Extends,
}

impl Attempt {
    /// A kernel that has the hash of every bank.
    pub(super) fn with_all_hashes() -> Self {
        Self {
            banks: BTreeSet::new(),
            extends: Extends::OwnHash,
        }
    }

    /// What else may be, after a pass in which something was not reached. A register tells by itself whether its bank is
    /// extended so; of a quote that is over several banks, all together tell.
    pub(super) fn after(verification: &Verification, quoted: Option<BTreeSet<PcrBank>>) -> Vec<Self> {
        if verification.malformed.is_some() {
            return Vec::new();
        }
        let padded = |banks: BTreeSet<PcrBank>| banks.into_iter().filter(|bank| *bank != PcrBank::Sha1).collect();
        let sets = match quoted {
            None => {
                let unreached = verification.registers.iter().filter(|proof| proof.matched_at.is_none());
                vec![padded(unreached.map(|proof| proof.pcr.bank).collect())]
            }
            Some(quoted) => subsets(&padded(quoted)),
        };
        let sets = sets.into_iter().filter(|banks: &BTreeSet<PcrBank>| !banks.is_empty());
        // Without a violation the two rules are one.
        let rules = match verification.violations.count {
            0 => &[Extends::UnloadedHash][..],
            _ => &[Extends::UnloadedHash, Extends::PaddedSha1],
        };
        sets.flat_map(|banks| rules.iter().map(move |extends| (banks.clone(), *extends)))
            .map(|(banks, extends)| Self { banks, extends })
            .collect()
    }

    /// The rule of a bank.
    pub(super) fn of(&self, bank: PcrBank) -> Extends {
        match self.banks.contains(&bank) {
            true => self.extends,
            false => Extends::OwnHash,
        }
    }
}

/// All sets of these banks: fifteen at the most that are not empty. The largest is what a kernel before 5.8 needs.
fn subsets(banks: &BTreeSet<PcrBank>) -> Vec<BTreeSet<PcrBank>> {
    let chosen = |bits: u32| {
        (0..)
            .zip(banks)
            .filter(move |(at, _)| bits >> at & 1 == 1)
            .map(|(_, bank)| *bank)
            .collect()
    };
    (0..1u32 << banks.len()).rev().map(chosen).collect()
}
