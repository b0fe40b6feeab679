//! Lists that nobody can trust: no panic, and no more memory than their size explains. The allocator counts, so this is a
//! program of its own, and its tests run one after the other.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "lists/sample.rs"]
mod sample;

use imaform::ima::{
    measurement::{Composite, Evidence, List, Verification, verify},
    pcr::{Pcr, PcrBank},
};
use peak_alloc::PeakAlloc;
use proptest::prelude::*;
use sample::Sample;
use std::{
    hint::black_box,
    io::{self, Read},
    sync::{LazyLock, Mutex},
};

#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

static ALONE: Mutex<()> = Mutex::new(());

const MEGABYTE: usize = 1 << 20;

static LISTS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let lists = Sample::all().into_iter().flat_map(|sample| sample.listings());
    lists.map(|list| list.bytes).collect()
});

/// Registers of a sample, and a quote of which some are not known.
static EVIDENCE: LazyLock<Evidence> = LazyLock::new(|| {
    let values = Sample::named("debian-7.2-templates").at_quote();
    Evidence {
        asked: values.iter().map(|(pcr, _)| pcr).collect(),
        composite: Some(Composite {
            hash: PcrBank::Sha256,
            selection: [PcrBank::Sha384, PcrBank::Sm3]
                .map(|bank| Pcr { bank, index: 10 })
                .to_vec(),
            digest: vec![0; 32],
        }),
        values,
    }
});

/// The most that was allocated at a time, in bytes.
fn peak(work: impl FnOnce()) -> usize {
    let before = HEAP.current_usage();
    HEAP.reset_peak_usage();
    work();
    HEAP.peak_usage() - before
}

/// All that can be asked of a list.
fn look_at(bytes: &[u8]) {
    let Ok(mut list) = List::open(bytes) else { return };
    let mut entries = 0;
    while let Ok(Some(batch)) = list.next_batch() {
        entries += batch.len() as u64;
        for entry in batch.entries() {
            black_box((entry.path(), entry.is_violation()));
            black_box(entry.digest().map(|digest| digest.to_string()));
            for (_, data) in entry.fields() {
                black_box(entry.number_in(data));
            }
        }
    }
    assert_eq!(verification(bytes).entries, entries);
}

fn verification(bytes: &[u8]) -> Verification {
    verify(|| Ok(bytes), &EVIDENCE).unwrap()
}

/// One thing done to a list.
#[derive(Debug, Clone)]
enum Change {
    /// Four bytes at this place, as a length.
    Length(usize, u32),
    /// One byte.
    Byte(usize, u8),
    /// Ends here.
    Cut(usize),
    /// Bytes of another list, from a place, instead of what stands here.
    Splice(usize, usize, usize, usize),
}

fn change() -> impl Strategy<Value = Change> {
    let length = prop_oneof![
        prop::sample::select(vec![
            0,
            1,
            3,
            255,
            256,
            0xffff,
            1 << 24,
            (64 << 20) - 1,
            1 << 31,
            u32::MAX
        ]),
        any::<u32>(),
    ];
    prop_oneof![
        (any::<usize>(), length).prop_map(|(at, length)| Change::Length(at, length)),
        (any::<usize>(), any::<u8>()).prop_map(|(at, byte)| Change::Byte(at, byte)),
        any::<usize>().prop_map(Change::Cut),
        (any::<usize>(), any::<usize>(), any::<usize>(), 0..4096_usize)
            .prop_map(|(at, list, from, len)| Change::Splice(at, list, from, len)),
    ]
}

impl Change {
    fn apply(&self, bytes: &mut Vec<u8>) {
        let place = |at: &usize, len: usize| at % len.max(1);
        match self {
            Self::Length(at, length) => {
                let at = place(at, bytes.len().saturating_sub(4));
                if let Some(four) = bytes.get_mut(at..at + 4) {
                    four.copy_from_slice(&length.to_le_bytes());
                }
            }
            Self::Byte(at, byte) => {
                let at = place(at, bytes.len());
                if let Some(one) = bytes.get_mut(at) {
                    *one = *byte;
                }
            }
            Self::Cut(at) => bytes.truncate(place(at, bytes.len())),
            Self::Splice(at, list, from, len) => {
                let other = &LISTS[list % LISTS.len()];
                let (at, from) = (place(at, bytes.len()), place(from, other.len()));
                let end = (at + len).min(bytes.len());
                bytes.splice(
                    at.min(end)..end,
                    other[from..(from + len).min(other.len())].iter().copied(),
                );
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..4096)) {
        let _alone = ALONE.lock();
        let peak = peak(|| look_at(&bytes));
        prop_assert!(peak < MEGABYTE, "{peak}");
    }

    #[test]
    fn lists_that_were_changed(list in any::<usize>(), changes in prop::collection::vec(change(), 1..6)) {
        let _alone = ALONE.lock();
        let mut bytes = LISTS[list % LISTS.len()].clone();
        changes.iter().for_each(|change| change.apply(&mut bytes));
        LazyLock::force(&EVIDENCE);
        let peak = peak(|| look_at(&bytes));
        prop_assert!(peak < 8 * bytes.len() + MEGABYTE, "{peak} for {}", bytes.len());
    }
}

/// The beginning of a list, and then the same again and again.
struct Repeated {
    first: Vec<u8>,
    again: Vec<u8>,
    at: usize,
    len: usize,
}

impl Read for Repeated {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let from = match self.at.checked_sub(self.first.len()) {
            None => &self.first[self.at..],
            Some(behind) => &self.again[behind % self.again.len()..],
        };
        let len = from.len().min(buffer.len()).min(self.len - self.at);
        buffer[..len].copy_from_slice(&from[..len]);
        self.at += len;
        Ok(len)
    }
}

/// A megabyte at a time is read.
#[test]
fn a_long_list_takes_no_more_memory_than_a_short_one() {
    let _alone = ALONE.lock();
    let sample = Sample::named("debian-7.2-templates");
    for file in ["ascii", "binary", "binary_sha256"] {
        let list = sample.listing(file).bytes;
        let peak = |len: usize| {
            let evidence = &*EVIDENCE;
            let source = || {
                Ok(Repeated {
                    first: Vec::new(),
                    again: list.clone(),
                    at: 0,
                    len: len / list.len() * list.len(),
                })
            };
            let mut entries = 0;
            let peak = peak(|| entries = verify(source, evidence).unwrap().entries);
            assert_eq!(entries, (len / list.len()) as u64 * sample.entries(), "{file}");
            peak
        };
        let (short, long) = (peak(3 * MEGABYTE), peak(9 * MEGABYTE));
        println!("{file}: {short} and {long} bytes");
        assert!(
            long < short + MEGABYTE && long < 16 * MEGABYTE,
            "{file}: {short}, {long}"
        );
    }
}

/// An entry that says it goes on, and does, for as long as there is input; up to what no kernel writes.
#[test]
fn an_entry_that_does_not_end_takes_what_its_bytes_take() {
    let _alone = ALONE.lock();
    let sample = Sample::named("debian-7.2-templates");
    for file in ["ascii", "binary"] {
        let list = sample.listing(file);
        let mut first = list.bytes;
        if !list.ascii {
            let again = first[..4 + 20 + 4 + 7].to_vec();
            first.extend(again);
            first.extend((16_u32 << 20).to_le_bytes());
        }
        for len in [MEGABYTE, 12 * MEGABYTE, 60 * MEGABYTE] {
            let source = || {
                Ok(Repeated {
                    first: first.clone(),
                    again: vec![b'x'; 4096],
                    at: 0,
                    len,
                })
            };
            let mut verification = None;
            let peak = peak(|| verification = Some(verify(source, &EVIDENCE).unwrap()));
            let verification = verification.unwrap();
            println!("{file}: {peak} bytes for {len}");
            assert!(verification.malformed.is_some());
            // The last line of an ASCII list could go on.
            let before = sample.entries() - u64::from(list.ascii);
            assert_eq!(verification.entries, before, "{file}");
            assert!(
                peak < 3 * len.min(34 * MEGABYTE) + 8 * MEGABYTE,
                "{file}: {peak} for {len}"
            );
        }
    }
}

/// A list of many templates, each of another name.
#[test]
fn there_is_an_end_to_new_templates() {
    let _alone = ALONE.lock();
    let ids = [
        "sig",
        "buf",
        "modsig",
        "evmsig",
        "iuid",
        "igid",
        "imode",
        "xattrlengths",
    ];
    let mut bytes = Sample::named("debian-7.2-ids").listing("binary").bytes;
    for number in 0..20_000_usize {
        let fields: Vec<&str> = (0..6).map(|place| ids[number / 8_usize.pow(place) % 8]).collect();
        let name = fields.join("|");
        bytes.extend(10_u32.to_le_bytes());
        bytes.extend([1; 20]);
        bytes.extend(u32::try_from(name.len()).unwrap().to_le_bytes());
        bytes.extend(name.bytes());
        bytes.extend(24_u32.to_le_bytes());
        bytes.extend([0; 24]);
    }
    let verification = verification(&bytes);
    assert_eq!(verification.entries, 12 + 63, "its own, and 63 more");
    assert!(verification.malformed.unwrap().to_string().contains("another template"));
}
