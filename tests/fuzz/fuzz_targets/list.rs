//! Measurement lists of both forms: read, shown, and verified against registers and a quote.

#![no_main]

use imaform::ima::{
    measurement::{Composite, Entry, Evidence, List, verify},
    pcr::{Pcr, PcrBank, PcrValues},
};
use libfuzzer_sys::fuzz_target;
use std::{hint::black_box, sync::LazyLock};

/// Registers of every bank, and a quote over some whose values are not known: all that is looked at goes its way.
static EVIDENCE: LazyLock<Evidence> = LazyLock::new(|| {
    let registers = |indices: std::ops::Range<u32>| {
        let banks = PcrBank::ALL.into_iter();
        banks.flat_map(move |bank| indices.clone().map(move |index| Pcr { bank, index }))
    };
    let mut values = PcrValues::default();
    for pcr in registers(0..10) {
        let _ = values.insert(pcr, vec![0; pcr.bank.digest_len()]);
    }
    Evidence {
        values,
        asked: registers(10..11).collect(),
        composite: Some(Composite {
            hash: PcrBank::Sha256,
            selection: registers(9..12).collect(),
            digest: vec![0; 32],
        }),
    }
});

fuzz_target!(|bytes: &[u8]| {
    let Ok(mut list) = List::open(bytes) else { return };
    let _ = list.form().to_string();
    let mut entries = 0;
    while let Ok(Some(batch)) = list.next_batch() {
        entries += batch.len() as u64;
        batch.entries().for_each(|entry| look_at(&entry));
    }
    let verification = verify(|| Ok(bytes), &EVIDENCE).expect("memory can be read");
    assert_eq!(verification.entries, entries);
    assert!(verification.proven().is_none_or(|proven| proven <= entries));
    black_box(verification.is_sound());
});

fn look_at(entry: &Entry<'_>) {
    black_box((entry.path(), entry.is_violation(), entry.computed_hash(PcrBank::Sha256)));
    black_box(entry.digest().map(|digest| digest.to_string()));
    for (_, data) in entry.fields() {
        black_box(entry.number_in(data));
    }
}
