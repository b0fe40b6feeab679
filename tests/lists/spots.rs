//! Where the entries of a list are in its bytes, and which of these nothing protects. It knows how the kernel writes a list,
//! not how the library reads one.
#![allow(dead_code, missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::sample::{Listing, Read};
use imaform::ima::{hex, measurement::Field, pcr::PcrValues};
use std::ops::Range;

pub struct Spot {
    pub all: Range<usize>,
    pub pcr: Range<usize>,
    pub fields: Vec<(Field, Range<usize>)>,
    pub entry: Read,
}

/// The entries in their order. Panics where a kernel would not have written the bytes so.
pub fn spots(list: &Listing) -> Vec<Spot> {
    let mut at = 0;
    let spots = list.read().into_iter().map(|entry| {
        let spot = spot(list.ascii, at, entry);
        at = spot.0.all.end;
        assert!(
            list.bytes[spot.0.all.clone()] == spot.1,
            "{}, byte {}",
            list.name,
            spot.0.all.start
        );
        spot.0
    });
    let spots = spots.collect();
    assert_eq!(at, list.bytes.len(), "{}", list.name);
    spots
}

/// The entry that begins at `at`, and its bytes.
fn spot(ascii: bool, at: usize, entry: Read) -> (Spot, Vec<u8>) {
    let (mut bytes, mut fields) = (Vec::new(), Vec::new());
    let first = entry.template == "ima";
    if ascii {
        bytes.extend(format!("{:2} {} {}", entry.pcr, hex::encode(&entry.hash), entry.template).bytes());
    } else {
        bytes.extend(entry.pcr.to_le_bytes());
        bytes.extend(&entry.hash);
        push_counted(&mut bytes, entry.template.as_bytes());
        let data: usize = entry.fields.iter().map(|(_, data)| 4 + data.len()).sum();
        if !first {
            bytes.extend(u32::try_from(data).unwrap().to_le_bytes());
        }
    }
    for (field, data) in &entry.fields {
        let shown = if ascii { shown(*field, data) } else { data.clone() };
        match field {
            _ if ascii => bytes.push(b' '),
            Field::Digest if first => {}
            _ => bytes.extend(u32::try_from(shown.len()).unwrap().to_le_bytes()),
        }
        fields.push((*field, at + bytes.len()..at + bytes.len() + shown.len()));
        bytes.extend(shown);
    }
    if ascii {
        bytes.push(b'\n');
    }
    let spot = Spot {
        all: at..at + bytes.len(),
        pcr: at..at + if ascii { 2 } else { 4 },
        fields,
        entry,
    };
    (spot, bytes)
}

fn push_counted(bytes: &mut Vec<u8>, data: &[u8]) {
    bytes.extend(u32::try_from(data.len()).unwrap().to_le_bytes());
    bytes.extend(data);
}

fn is_text(field: Field) -> bool {
    matches!(field, Field::Name | Field::NameNg | Field::XattrNames)
}

fn is_digest(field: Field) -> bool {
    matches!(
        field,
        Field::Digest | Field::DigestNg | Field::DigestNgV2 | Field::DigestModsig
    )
}

/// The greatest number that fits.
fn greatest(field: Field) -> Option<u32> {
    match field {
        Field::InodeUid | Field::InodeGid => Some(u32::MAX),
        Field::InodeMode => Some(u16::MAX.into()),
        _ => None,
    }
}

/// A field as an ASCII list shows it.
fn shown(field: Field, data: &[u8]) -> Vec<u8> {
    if is_text(field) {
        return data.strip_suffix(b"\0").unwrap_or(data).to_vec();
    }
    if greatest(field).is_some() && !data.is_empty() {
        let number = data.iter().rev().fold(0, |value, byte| value << 8 | u32::from(*byte));
        return number.to_string().into_bytes();
    }
    match data.windows(2).position(|pair| pair == b":\0") {
        Some(colon) if is_digest(field) => [&data[..=colon], hex::encode(&data[colon + 2..]).as_bytes()].concat(),
        _ => hex::encode(data).into_bytes(),
    }
}

/// What the byte `at` of a list may become unseen, of which the first `quoted` entries were in the registers `values`:
///
/// - whatever a violation names: ones are extended for it, whatever its fields say. What can be asked is that they have the
///   form in which a kernel writes them;
/// - the register of an entry after the quote, where no known value gainsays it.
pub fn may_become(list: &Listing, spots: &[Spot], quoted: usize, values: &PcrValues, at: usize, byte: u8) -> bool {
    let number = spots.partition_point(|spot| spot.all.end <= at);
    let spot = &spots[number];
    let changed = |range: &Range<usize>| {
        let mut bytes = list.bytes[range.clone()].to_vec();
        bytes[at - range.start] = byte;
        bytes
    };
    if number >= quoted && spot.pcr.contains(&at) {
        return register(list.ascii, &changed(&spot.pcr)).is_some_and(|index| {
            let extended = spots[..quoted].iter().any(|spot| spot.entry.pcr == index);
            let mut known = values.iter().filter(|(pcr, _)| pcr.index == index);
            index <= 63 && (extended || known.all(|(_, value)| value.iter().all(|byte| *byte == 0)))
        });
    }
    let Some((field, range)) = spot.fields.iter().find(|(_, range)| range.contains(&at)) else {
        return false;
    };
    if !spot.entry.violation || is_digest(*field) {
        return false;
    }
    let changed = changed(range);
    if is_text(*field) {
        let text = match list.ascii || spot.entry.template == "ima" {
            true => Some(changed.as_slice()),
            false => changed.strip_suffix(b"\0"),
        };
        return text.is_some_and(|text| !text.contains(&0) && !text.contains(&b' '));
    }
    match greatest(*field) {
        _ if !list.ascii => true,
        Some(greatest) => std::str::from_utf8(&changed)
            .ok()
            .and_then(|text| Some((text, text.parse::<u32>().ok()?)))
            .is_some_and(|(text, number)| number <= greatest && number.to_string() == text),
        None => changed.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')),
    }
}

fn register(ascii: bool, bytes: &[u8]) -> Option<u32> {
    if !ascii {
        return Some(u32::from_le_bytes(bytes.try_into().unwrap()));
    }
    let text = std::str::from_utf8(bytes).ok()?;
    let number = text.trim_start().parse().ok()?;
    (format!("{number:2}") == text).then_some(number)
}
