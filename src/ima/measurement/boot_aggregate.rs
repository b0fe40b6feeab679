use super::Entry;
use crate::ima::pcr::{Pcr, PcrBank, PcrValues};

/// Whether boot_aggregate, the first entry, is the hash of the registers that firmware and boot loader extended
/// (`ima_calc_boot_aggregate` in ima_crypto.c).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BootAggregate {
    /// It is.
    Match {
        /// Which bank.
        bank: PcrBank,
        /// The last register: 7, or 9 since Linux 5.8 in other banks than sha1.
        last: u32,
    },
    /// It is not: the list is of another boot, or of another machine.
    Mismatch {
        /// Which bank.
        bank: PcrBank,
    },
    /// The registers of its bank are not known.
    Unknown {
        /// Which bank.
        bank: PcrBank,
    },
    /// Zeros: the kernel had no TPM when IMA began, and extended nothing.
    NoTpm,
    /// The list does not begin with it, or in an algorithm that no TPM has.
    Absent,
}

/// The value in the first entry.
#[derive(Debug, Clone)]
pub(super) struct Aggregate {
    bank: PcrBank,
    digest: Vec<u8>,
}

impl Aggregate {
    pub(super) fn of(entry: &Entry<'_>) -> Option<Self> {
        if entry.path() != b"boot_aggregate" {
            return None;
        }
        let digest = entry.digest()?;
        Some(Self {
            bank: PcrBank::from_algorithm(digest.algorithm?)?,
            digest: digest.digest.to_vec(),
        })
    }

    pub(super) fn compare(&self, values: &PcrValues) -> BootAggregate {
        let bank = self.bank;
        if self.digest.iter().all(|byte| *byte == 0) {
            return BootAggregate::NoTpm;
        }
        let mut unknown = false;
        for last in [7, 9] {
            let registers: Option<Vec<&[u8]>> = (0..=last).map(|index| values.get(Pcr { bank, index })).collect();
            match registers {
                Some(registers) => {
                    if bank.hash(registers) == self.digest {
                        return BootAggregate::Match { bank, last };
                    }
                }
                None => unknown = true,
            }
        }
        // Before Linux 5.8, and in the sha1 bank, it ends with register 7; nothing in it tells which.
        if unknown {
            BootAggregate::Unknown { bank }
        } else {
            BootAggregate::Mismatch { bank }
        }
    }
}
