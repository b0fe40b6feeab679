//! Lists that kernels wrote, changed afterwards: what is refused, and what nothing protects.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "lists/sample.rs"]
mod sample;
#[path = "lists/spots.rs"]
mod spots;

use imaform::ima::{
    measurement::BootAggregate,
    pcr::{Pcr, PcrValues},
};
use sample::{Listing, Sample, verified};
use spots::{Spot, may_become, spots};
use std::{collections::BTreeMap, ops::Range, thread};

/// Whether the list still passes for one that the registers vouch for as far as the quote goes.
fn passes(list: &[u8], values: &PcrValues, quoted: usize) -> bool {
    let verification = verified(list, values);
    verification.is_sound() && verification.proven().is_some_and(|proven| proven >= quoted as u64)
}

/// A list, its entries, and what the TPM said when it was quoted.
struct Case {
    list: Listing,
    spots: Vec<Spot>,
    values: PcrValues,
    quoted: usize,
}

impl Case {
    fn new(sample: &Sample, list: Listing) -> Self {
        Self {
            spots: spots(&list),
            list,
            values: sample.at_quote(),
            quoted: usize::try_from(sample.entries_at_quote()).unwrap(),
        }
    }

    fn passes(&self, list: &[u8]) -> bool {
        passes(list, &self.values, self.quoted)
    }

    fn entry(&self, at: usize) -> &[u8] {
        &self.list.bytes[self.spots[at].all.clone()]
    }

    /// What each register was extended with: the hash of a measurement, nothing of a violation.
    fn extended(&self, order: &[usize]) -> BTreeMap<u32, Vec<Option<&[u8]>>> {
        let mut registers: BTreeMap<u32, Vec<_>> = BTreeMap::new();
        for entry in order.iter().map(|at| &self.spots[*at].entry) {
            let hash = (!entry.violation).then_some(entry.hash.as_slice());
            registers.entry(entry.pcr).or_default().push(hash);
        }
        registers
    }

    /// The list in another order, or with other numbers of entries: it passes where the registers cannot tell.
    fn check_order(&self, order: &[usize]) -> bool {
        let bytes: Vec<u8> = order.iter().flat_map(|at| self.entry(*at).to_vec()).collect();
        let quoted = self.extended(&(0..self.quoted).collect::<Vec<_>>());
        let same = (self.quoted..=order.len()).any(|end| {
            let now = self.extended(&order[..end]);
            quoted.iter().all(|(index, hashes)| now.get(index) == Some(hashes))
        });
        assert_eq!(self.passes(&bytes), same, "{}: {order:?}", self.list.name);
        same
    }

    /// Flips every `step`th bit of these entries. Says how many that were, and how many passed.
    fn flip(&self, entries: Range<usize>, step: usize) -> (usize, usize) {
        let bits = 8 * self.spots[entries.start].all.start..8 * self.spots[entries.end - 1].all.end;
        let flip = |from: usize| {
            let mut bytes = self.list.bytes.clone();
            let (mut flips, mut passed) = (0, 0);
            for bit in bits.clone().skip(from).step_by(2 * step) {
                let at = bit / 8;
                bytes[at] ^= 1 << (bit % 8);
                let may = may_become(&self.list, &self.spots, self.quoted, &self.values, at, bytes[at]);
                let does = self.passes(&bytes);
                assert_eq!(does, may, "{}, byte {at}, bit {}", self.list.name, bit % 8);
                bytes[at] = self.list.bytes[at];
                flips += 1;
                passed += usize::from(does);
            }
            (flips, passed)
        };
        let (even, odd) = thread::scope(|scope| {
            let other = scope.spawn(|| flip(step));
            (flip(0), other.join().unwrap())
        });
        (even.0 + odd.0, even.1 + odd.1)
    }
}

fn case(sample: &Sample, file: &str) -> Case {
    Case::new(sample, sample.listing(file))
}

/// Both forms of every sample; tcb is long and says nothing new.
fn cases() -> Vec<Case> {
    let samples = Sample::all().into_iter();
    let samples = samples.filter(|sample| sample.has_tpm() && sample.about("variant") != "tcb");
    let both = |sample: Sample| ["ascii", "binary"].map(|file| case(&sample, file));
    samples.flat_map(both).collect()
}

/// Flips every `step`th bit of each list.
fn flip(step: usize) {
    let (mut flips, mut passed) = (0, 0);
    for case in cases() {
        let (of_it, passed_of_it) = case.flip(0..case.spots.len(), step);
        println!("{}: {of_it} flips, {passed_of_it} passed", case.list.name);
        flips += of_it;
        passed += passed_of_it;
    }
    println!("{flips} flips, {passed} passed");
    assert!(passed > 0 && passed < flips / 10);
}

/// What may pass is in [`may_become`]. Both forms, a measurement and a violation on either side of the quote.
#[test]
fn of_flipped_bits_those_pass_that_nothing_protects() {
    for (name, file, entries) in [
        ("debian-6.1-ids", "binary", 5..10),
        ("debian-7.2-ima-md5", "ascii", 5..10),
    ] {
        let case = case(&Sample::named(name), file);
        let violations = case.spots[entries.clone()].iter().map(|spot| spot.entry.violation);
        assert!(violations.eq([true, false, false, false, true]));
        assert_eq!(case.quoted, 7);
        let (_, passed) = case.flip(entries, 1);
        assert!(passed > 100, "{name}/{file}: {passed}");
    }
}

/// Primes, so that all bits of a byte, and all bytes of what repeats, have their turn.
#[test]
fn a_flipped_bit_is_refused_in_every_sample() {
    flip(997);
}

#[test]
#[ignore = "takes half an hour, even in the release profile"]
fn every_flipped_bit_of_every_sample() {
    flip(1);
}

/// Left out, doubled, swapped with its neighbour, moved to the beginning and to the end of what was quoted.
#[test]
fn the_order_of_entries_is_that_of_the_registers() {
    for (name, file) in [
        ("debian-7.2-templates", "binary"),
        ("debian-6.12-canonical", "ascii_sha256"),
        ("ubuntu-5.4-ima", "binary"),
    ] {
        let case = case(&Sample::named(name), file);
        let (all, mut passed) = (0..case.spots.len(), 0);
        for at in 0..case.quoted {
            let without: Vec<usize> = all.clone().filter(|other| *other != at).collect();
            let with = |to: usize| [&without[..to], &[at], &without[to..]].concat();
            let doubled: Vec<usize> = all
                .clone()
                .flat_map(|other| vec![other; 1 + usize::from(other == at)])
                .collect();
            assert!(!case.check_order(&without), "{name}/{file}: {at}");
            // The last one's double could have come after the quote.
            assert_eq!(case.check_order(&doubled), at == case.quoted - 1, "{name}/{file}: {at}");
            for to in [at + 1, 0, case.quoted - 1] {
                passed += usize::from(to != at && case.check_order(&with(to)));
            }
        }
        // Two violations, one after the other; entries of two registers, of which no order is known.
        assert!(passed > 0, "{name}/{file}");
    }
}

#[test]
fn a_list_that_ends_before_the_quote_is_refused() {
    for (name, file) in [("debian-7.2-ids", "binary"), ("debian-7.2-ids", "ascii")] {
        let case = case(&Sample::named(name), file);
        let end = case.spots[case.quoted - 1].all.end;
        // The last line break is not missed.
        let whole = end - usize::from(case.list.ascii);
        for cut in 0..=end {
            assert_eq!(
                case.passes(&case.list.bytes[..cut]),
                cut >= whole,
                "{name}/{file}: {cut}"
            );
        }
    }
}

/// Registers that the list does not extend, and that are not in boot_aggregate, are the quote's business alone.
#[test]
fn a_flipped_bit_in_a_register_is_refused() {
    for sample in Sample::all().into_iter().filter(Sample::has_tpm) {
        if sample.about("variant") == "tcb" {
            continue;
        }
        let case = case(&sample, "binary");
        let whole = verified(&case.list.bytes, &case.values);
        let BootAggregate::Match { bank, last } = whole.boot_aggregate else {
            panic!("{}", sample.name)
        };
        for (number, (pcr, value)) in case.values.iter().enumerate() {
            // Each register at another bit, and those of IMA's at every byte.
            let bytes = if pcr.index == 10 {
                0..value.len()
            } else {
                number % value.len()..number % value.len() + 1
            };
            for byte in bytes {
                let values = with(&case.values, pcr, |value| value[byte] ^= 1 << (number % 8));
                let counts = case.spots[..case.quoted].iter().any(|spot| spot.entry.pcr == pcr.index)
                    || pcr.bank == bank && pcr.index <= last;
                let passes = passes(&case.list.bytes, &values, case.quoted);
                assert_eq!(passes, !counts, "{}: {pcr}, byte {byte}", sample.name);
            }
        }
    }
}

fn with(values: &PcrValues, changed: Pcr, change: impl Fn(&mut [u8])) -> PcrValues {
    let mut others = PcrValues::default();
    for (pcr, value) in values.iter() {
        let mut value = value.to_vec();
        if pcr == changed {
            change(&mut value);
        }
        others.insert(pcr, value).unwrap();
    }
    others
}

/// The name of a template is not hashed, so one with the same kinds of fields can stand for another.
#[test]
fn nothing_protects_the_name_of_a_template() {
    let case = case(&Sample::named("debian-6.12-templates"), "binary");
    let mut bytes = case.list.bytes.clone();
    for spot in &case.spots {
        if spot.entry.template == "ima-sig" {
            let name = spot.all.start + 4 + 20 + 4;
            bytes[name..name + 7].copy_from_slice(b"ima-buf");
        }
    }
    assert!(bytes != case.list.bytes && case.passes(&bytes));
}
