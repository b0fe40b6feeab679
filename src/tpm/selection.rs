//! Registers as tss-esapi selects them.

use super::QuoteFault;
use crate::ima::pcr::{Pcr, PcrBank};
use std::collections::BTreeMap;
use tss_esapi::{
    interface_types::algorithm::HashingAlgorithm,
    structures::{PcrSelectionList, PcrSlot},
};

/// The registers of a selection, in its order: the values of a quote are hashed in it.
///
/// # Errors
/// A bank that IMA does not extend.
pub(super) fn registers(selection: &PcrSelectionList) -> Result<Vec<Pcr>, QuoteFault> {
    let mut registers = Vec::new();
    for selected in selection.get_selections() {
        let id = selected.hashing_algorithm().into();
        let bank = PcrBank::from_tpm_id(id).ok_or(QuoteFault::Bank(id))?;
        // A slot is a bit.
        let indices = selected
            .selected()
            .into_iter()
            .map(|slot| u32::from(slot).trailing_zeros());
        registers.extend(indices.map(|index| Pcr { bank, index }));
    }
    Ok(registers)
}

/// A selection of registers.
///
/// # Errors
/// A register beyond 31.
pub(super) fn selection(registers: impl IntoIterator<Item = Pcr>) -> Result<PcrSelectionList, tss_esapi::Error> {
    let mut banks: BTreeMap<PcrBank, Vec<PcrSlot>> = BTreeMap::new();
    for pcr in registers {
        let slot = PcrSlot::try_from(1u32.checked_shl(pcr.index).unwrap_or(0))?;
        banks.entry(pcr.bank).or_default().push(slot);
    }
    let mut builder = PcrSelectionList::builder();
    for (bank, slots) in banks {
        builder = builder.with_selection(HashingAlgorithm::try_from(bank.tpm_id())?, &slots);
    }
    builder.build()
}
