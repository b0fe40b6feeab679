use super::{
    Batch, ListError, ListFault, ascii,
    batch::{Layouts, Place},
    binary::{self, Cut},
    form::Form,
};
use crate::ima::pcr::PcrBank;
use std::io::Read;

/// Bytes read at a time: enough entries to share among threads, little enough to stay in a cache.
const CHUNK: usize = 1 << 18;

/// Data in hexadecimal digits, and room for the rest of the entry.
const LONGEST_ENTRY: usize = 2 * binary::LONGEST_DATA as usize + CHUNK;

/// Bytes of a line that tell whether it begins an entry: the register, the longest template hash, and a blank.
const BEGINNING: usize = 3 + 2 * 64 + 1;

/// A measurement list, read as it comes. It holds no more than a few megabytes, however long the list is, and what there is of
/// an entry that goes on, whatever the length in it says.
#[derive(Debug)]
pub struct List<R> {
    source: R,
    /// Read, and not yet cut into entries.
    rest: Vec<u8>,
    at_end: bool,
    form: Form,
    layouts: Layouts,
    /// The number of the next entry.
    number: u64,
    /// Where it begins.
    offset: u64,
    /// What stops the list, told after the entries before it.
    fault: Option<ListFault>,
}

impl<R: Read> List<R> {
    /// Reads the beginning, and finds out what kind of list it is.
    ///
    /// # Errors
    /// An input that cannot be read, or is no list.
    pub fn open(mut source: R) -> Result<Self, ListError> {
        let mut rest = Vec::new();
        let at_end = read(&mut source, &mut rest)?;
        let form = Form::of(&rest).map_err(|fault| ListError::Malformed {
            entry: 1,
            offset: 0,
            fault,
        })?;
        Ok(Self {
            source,
            rest,
            at_end,
            form,
            layouts: Layouts::default(),
            number: 1,
            offset: 0,
            fault: None,
        })
    }

    /// The bank of its template hashes: sha1, but for the files per bank that kernels have since 6.11.
    pub fn bank(&self) -> PcrBank {
        self.form.bank
    }

    /// What it is, for people.
    pub fn form(&self) -> &Form {
        &self.form
    }

    /// The next entries; `None` after the last one.
    ///
    /// # Errors
    /// An input that cannot be read, or an entry that no kernel writes, after all entries before it.
    pub fn next_batch(&mut self) -> Result<Option<Batch>, ListError> {
        loop {
            if let Some(fault) = self.fault.take() {
                self.at_end = true;
                self.rest.clear();
                return Err(ListError::Malformed {
                    entry: self.number,
                    offset: self.offset,
                    fault,
                });
            }
            let batch = self.batch();
            if !batch.is_empty() {
                return Ok(Some(batch));
            }
            if self.fault.is_some() {
                continue;
            }
            if self.at_end {
                return Ok(None);
            }
            if self.rest.len() > LONGEST_ENTRY {
                self.fault = Some(ListFault::Line("the entry does not end; no kernel writes one so long"));
                continue;
            }
            self.at_end = read(&mut self.source, &mut self.rest)?;
        }
    }

    fn batch(&mut self) -> Batch {
        let input = std::mem::take(&mut self.rest);
        let (places, lines, used) = if self.form.ascii {
            let (places, bytes, used) = self.lines(&input);
            (places, Some(bytes), used)
        } else {
            let (places, used) = self.entries(&input);
            (places, None, used)
        };
        // What is not whole yet is not copied, however long it is.
        let bytes = if places.is_empty() {
            self.rest = input;
            Vec::new()
        } else {
            self.rest = input[used..].to_vec();
            lines.unwrap_or(input)
        };
        let first = self.number;
        self.number += places.len() as u64;
        self.offset += used as u64;
        Batch {
            bytes,
            places,
            layouts: self.layouts.all(),
            first,
            hash_len: self.form.bank.digest_len(),
            endian: self.form.endian,
        }
    }

    /// Cuts binary entries; says how many bytes they take.
    fn entries(&mut self, bytes: &[u8]) -> (Vec<Place>, usize) {
        let (mut places, mut used) = (Vec::with_capacity(bytes.len().min(CHUNK) / 96), 0);
        while used < bytes.len() {
            let hash_len = self.form.bank.digest_len();
            match binary::cut(bytes, used, hash_len, self.form.endian, &mut self.layouts) {
                Ok(Cut::Whole(place, len)) => {
                    if let Err(fault) = self.check(&place, bytes) {
                        self.fault = Some(fault);
                        break;
                    }
                    places.push(place);
                    used += len;
                }
                Ok(Cut::Open) => {
                    if self.at_end {
                        self.fault = Some(ListFault::Cut);
                    }
                    break;
                }
                Err(fault) => {
                    self.fault = Some(fault);
                    break;
                }
            }
        }
        (places, used)
    }

    fn check(&self, place: &Place, bytes: &[u8]) -> Result<(), ListFault> {
        let hash_len = self.form.bank.digest_len();
        let entry = place.entry(bytes, self.layouts.get(place.layout), hash_len, self.form.endian);
        entry.map_or(Err(ListFault::Cut), |entry| entry.check())
    }

    /// Reads lines; gives the bytes that they stand for, and how many bytes of lines they took.
    fn lines(&mut self, text: &[u8]) -> (Vec<Place>, Vec<u8>, usize) {
        let (mut places, mut bytes, mut used) = (Vec::new(), Vec::with_capacity(text.len().min(CHUNK)), 0);
        while let Some(end) = entry_end(&text[used..], self.at_end) {
            let line = &text[used..used + end];
            let hash_len = self.form.bank.digest_len();
            let read = ascii::entry(line, hash_len, self.form.endian, &mut self.layouts, &mut bytes);
            match read.and_then(|place| self.check(&place, &bytes).map(|()| place)) {
                Ok(place) => places.push(place),
                Err(fault) => {
                    self.fault = Some(fault);
                    break;
                }
            }
            used = (used + end + 1).min(text.len());
        }
        (places, bytes, used)
    }
}

/// Appends a chunk, more when more is already waiting to become an entry; says whether the input is at its end.
fn read(source: &mut impl Read, bytes: &mut Vec<u8>) -> std::io::Result<bool> {
    let wanted = CHUNK.max(bytes.len().min(LONGEST_ENTRY.saturating_sub(bytes.len())));
    bytes.reserve(wanted);
    let got = source.take(wanted as u64).read_to_end(bytes)?;
    Ok(got < wanted)
}

/// The length of the first entry without its line break: up to the line that begins another entry. `None` where more must
/// be read.
fn entry_end(text: &[u8], at_end: bool) -> Option<usize> {
    let mut from = 0;
    loop {
        let Some(end) = text[from..].iter().position(|byte| *byte == b'\n').map(|at| from + at) else {
            return (at_end && !text.is_empty()).then_some(text.len());
        };
        let next = &text[end + 1..];
        if next.len() < BEGINNING && !at_end {
            return None;
        }
        if next.is_empty() || ascii::begins_entry(next).is_some() {
            return Some(end);
        }
        from = end + 1;
    }
}
