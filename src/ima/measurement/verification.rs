use super::{BadHash, BootAggregate, Extends, Form, ListError};
use crate::ima::pcr::Pcr;

/// What a list proves, and what speaks against it.
#[derive(Debug)]
pub struct Verification {
    /// What kind of list it is; `None` where it is none.
    pub form: Option<Form>,
    /// Entries that could be read.
    pub entries: u64,
    /// How many of them are violations, and the first of these.
    pub violations: Violations,
    /// Entries whose template hash does not come from their data.
    pub bad_template_hashes: u64,
    /// The first of them.
    pub bad: Vec<BadHash>,
    /// Where the list stops being one.
    pub malformed: Option<ListError>,
    /// The registers with a known value that the list extends, or that were asked for.
    pub registers: Vec<RegisterProof>,
    /// Registers that the list extends and whose value is not known, with what the list makes of them.
    pub unproven: Vec<(Pcr, Vec<u8>)>,
    /// The longest prefix that makes the digest of a quote whose registers are not known.
    pub composite: Option<CompositeProof>,
    /// What the first entry says.
    pub boot_aggregate: BootAggregate,
}

/// Violations: files that were written while they were measured, or measured while they were written. Nothing protects
/// their names: the kernel extends ones whatever the entry says.
#[derive(Debug, Clone, Default)]
pub struct Violations {
    /// How many.
    pub count: u64,
    /// Number and path of the first ones.
    pub first: Vec<(u64, String)>,
}

/// One register against the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegisterProof {
    /// Which.
    pub pcr: Pcr,
    /// The value to be reached.
    pub expected: Vec<u8>,
    /// The shortest prefix of the list, in entries, that reaches it.
    pub reached_at: u64,
    /// The longest one; `None` where none does. Entries after it came later and are not proven.
    pub matched_at: Option<u64>,
    /// The value after the whole list.
    pub replayed: Vec<u8>,
    /// How the bank is extended.
    pub extends: Extends,
}

/// A composite against the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CompositeProof {
    /// The longest prefix that makes it.
    pub matched_at: Option<u64>,
}

impl Verification {
    /// Whether nothing speaks against the list, as far as it could be checked.
    pub fn is_sound(&self) -> bool {
        self.malformed.is_none()
            && self.bad_template_hashes == 0
            && self.registers.iter().all(|proof| proof.matched_at.is_some())
            && self.composite.is_none_or(|proof| proof.matched_at.is_some())
            && !matches!(self.boot_aggregate, BootAggregate::Mismatch { .. })
    }

    /// Whether one prefix of the list makes the values of all of these registers that were compared. Values of one moment do
    /// so; where an entry was moved before or behind those of another register, none does.
    pub fn is_of_one_moment(&self, registers: &[Pcr]) -> bool {
        let proofs = || self.registers.iter().filter(|proof| registers.contains(&proof.pcr));
        let last = proofs().filter_map(|proof| proof.matched_at).min();
        last.is_none_or(|last| proofs().all(|proof| proof.reached_at <= last))
    }

    /// The entries that a TPM vouches for: the shortest of the prefixes that reach the registers; `None` where no register
    /// was compared or one was not reached.
    pub fn proven(&self) -> Option<u64> {
        let registers = self.registers.iter().map(|proof| proof.matched_at);
        let composite = self.composite.iter().map(|proof| proof.matched_at);
        registers
            .chain(composite)
            .collect::<Option<Vec<_>>>()?
            .into_iter()
            .min()
    }
}
