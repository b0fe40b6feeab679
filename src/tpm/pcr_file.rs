//! Files with the values of registers: as tpm2-tools serialize them, and lines of text.

use crate::ima::{
    hex,
    pcr::{Conflict, Pcr, PcrBank, PcrValues},
};
use std::collections::VecDeque;

/// Why a file holds no values.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PcrFileFault {
    /// A line that is none.
    #[error("line {line}: `{}` is not BANK INDEX HEX, for example `sha256 10 9c0e…`", text.escape_debug())]
    Line {
        /// Its number; the first is 1.
        line: usize,
        /// What it says, cut.
        text: String,
    },
    /// A value that contradicts another one, or has not the length of its bank.
    #[error(transparent)]
    Value(#[from] Conflict),
    /// Neither form.
    #[error("it is neither lines of BANK INDEX HEX nor what tpm2_quote -o writes: {0}")]
    Serialized(&'static str),
}

/// The last register that a selection can name.
const LAST_INDEX: u32 = 31;

/// Reads a file of either form.
///
/// # Errors
/// [`PcrFileFault`].
pub fn parse(bytes: &[u8]) -> Result<PcrValues, PcrFileFault> {
    match std::str::from_utf8(bytes) {
        // The serialized form is full of zeros.
        Ok(text) if !bytes.contains(&0) => lines(text),
        _ => serialized(bytes),
    }
}

fn lines(text: &str) -> Result<PcrValues, PcrFileFault> {
    let mut values = PcrValues::default();
    for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let (pcr, value) = entry(line).ok_or_else(|| PcrFileFault::Line {
            line: at + 1,
            text: line.chars().take(60).collect(),
        })?;
        values.insert(pcr, value)?;
    }
    Ok(values)
}

fn entry(line: &str) -> Option<(Pcr, Vec<u8>)> {
    let mut words = line.split_ascii_whitespace();
    let bank = PcrBank::from_name(words.next()?)?;
    let index = words.next()?.parse().ok().filter(|index| *index <= LAST_INDEX)?;
    let digits = words.next()?;
    let value = hex::decode(digits.strip_prefix("0x").unwrap_or(digits))?;
    words.next().is_none().then_some((Pcr { bank, index }, value))
}

/// `pcr_fwrite_serialized` in tpm2-tools' lib/pcr.c: the C structures as they lie in memory, numbers little-endian, and
/// zeros where they hold nothing: a TPML_PCR_SELECTION of 16, a count, so many TPML_DIGEST of 8 values in the order of the
/// selection.
fn serialized(bytes: &[u8]) -> Result<PcrValues, PcrFileFault> {
    let mut rest = bytes;
    let mut selection = selection(&mut rest)?;
    let mut values = PcrValues::default();
    for _ in 0..number(&mut rest)? {
        digests(&mut rest, &mut selection, &mut values)?;
    }
    if !rest.is_empty() {
        return Err(PcrFileFault::Serialized("bytes follow the last value"));
    }
    if !selection.is_empty() {
        return Err(PcrFileFault::Serialized("fewer values than registers are selected"));
    }
    Ok(values)
}

const SELECTIONS: u32 = 16;
const DIGESTS: u32 = 8;
const DIGEST_ROOM: usize = 64;

fn selection(rest: &mut &[u8]) -> Result<VecDeque<Pcr>, PcrFileFault> {
    let count = number(rest)?;
    if count > SELECTIONS {
        return Err(PcrFileFault::Serialized("more than 16 banks are selected"));
    }
    let mut selection = VecDeque::new();
    for at in 0..SELECTIONS {
        let [h0, h1, size, select @ .., padding] = take::<8>(rest)?;
        let [b0, b1, b2, b3] = select;
        let mask = u32::from_le_bytes([b0, b1, b2, b3]);
        if at >= count {
            zeros(&[h0, h1, size, b0, b1, b2, b3, padding])?;
            continue;
        }
        zeros(&[padding])?;
        zeros(select.get(usize::from(size)..).unwrap_or_default())?;
        let bank = PcrBank::from_tpm_id(u16::from_le_bytes([h0, h1])).filter(|_| (3..=4).contains(&size));
        let bank = bank.ok_or(PcrFileFault::Serialized("a selection is of no bank that IMA extends"))?;
        let selected = (0..=LAST_INDEX).filter(|index| mask >> index & 1 == 1);
        selection.extend(selected.map(|index| Pcr { bank, index }));
    }
    Ok(selection)
}

/// A TPML_DIGEST: the values of the next registers of the selection.
fn digests(rest: &mut &[u8], selection: &mut VecDeque<Pcr>, values: &mut PcrValues) -> Result<(), PcrFileFault> {
    let count = number(rest)?;
    if count > DIGESTS {
        return Err(PcrFileFault::Serialized("more than 8 values in a list"));
    }
    for at in 0..DIGESTS {
        let size: [u8; 2] = take(rest)?;
        let room = take::<DIGEST_ROOM>(rest)?;
        if at >= count {
            zeros(&size)?;
            zeros(&room)?;
            continue;
        }
        let (value, left) = room
            .split_at_checked(u16::from_le_bytes(size).into())
            .ok_or(PcrFileFault::Serialized("a value is longer than any hash"))?;
        zeros(left)?;
        let pcr = selection
            .pop_front()
            .ok_or(PcrFileFault::Serialized("more values than registers are selected"))?;
        values.insert(pcr, value.to_vec())?;
    }
    Ok(())
}

fn number(rest: &mut &[u8]) -> Result<u32, PcrFileFault> {
    take(rest).map(u32::from_le_bytes)
}

fn take<const LEN: usize>(rest: &mut &[u8]) -> Result<[u8; LEN], PcrFileFault> {
    let (taken, after) = rest
        .split_first_chunk()
        .ok_or(PcrFileFault::Serialized("it ends in the middle"))?;
    *rest = after;
    Ok(*taken)
}

/// What holds nothing is zeros; anything else was changed.
fn zeros(bytes: &[u8]) -> Result<(), PcrFileFault> {
    if bytes.iter().all(|byte| *byte == 0) {
        Ok(())
    } else {
        Err(PcrFileFault::Serialized("a byte that tpm2-tools leaves zero is not"))
    }
}
