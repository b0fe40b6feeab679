use super::{
    Endian, Entry, ListFault, ascii,
    batch::{Batch, Layouts, Place},
    binary::{self, Cut},
};
use crate::ima::pcr::PcrBank;
use std::fmt;

/// What kind of list a file is. Nothing in it says so: its first entry, boot_aggregate, is read in all ways, and the one in
/// which its template hash fits is right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Form {
    pub(super) ascii: bool,
    pub(super) endian: Endian,
    pub(super) bank: PcrBank,
}

impl Form {
    /// The form of the list that begins so.
    pub(super) fn of(bytes: &[u8]) -> Result<Self, ListFault> {
        if bytes.is_empty() {
            return Err(ListFault::Empty);
        }
        let mut plausible = None;
        for endian in [Endian::Little, Endian::Big] {
            for bank in PcrBank::ALL {
                for ascii in [false, true] {
                    let form = Self { ascii, endian, bank };
                    let Some(batch) = form.first_entry(bytes) else { continue };
                    match batch.entries().next() {
                        Some(entry) if form.fits(&entry) => return Ok(form),
                        Some(entry) if entry.check().is_ok() => _ = plausible.get_or_insert(form),
                        _ => {}
                    }
                }
            }
        }
        plausible.ok_or(ListFault::Unknown)
    }

    fn fits(self, entry: &Entry<'_>) -> bool {
        entry.check().is_ok() && entry.computed_hash(self.bank) == entry.template_hash
    }

    fn first_entry(self, bytes: &[u8]) -> Option<Batch> {
        let mut layouts = Layouts::default();
        let (place, bytes) = if self.ascii {
            self.first_line(bytes, &mut layouts)?
        } else {
            match binary::cut(bytes, 0, self.bank.digest_len(), self.endian, &mut layouts) {
                Ok(Cut::Whole(place, len)) => (place, bytes[..len].to_vec()),
                _ => return None,
            }
        };
        Some(Batch {
            bytes,
            places: vec![place],
            layouts: layouts.all(),
            first: 1,
            hash_len: self.bank.digest_len(),
            endian: self.endian,
        })
    }

    fn first_line(self, text: &[u8], layouts: &mut Layouts) -> Option<(Place, Vec<u8>)> {
        if ascii::begins_entry(text) != Some(2 * self.bank.digest_len()) {
            return None;
        }
        let line = text.split(|byte| *byte == b'\n').next()?;
        let mut bytes = Vec::new();
        let place = ascii::entry(line, self.bank.digest_len(), self.endian, layouts, &mut bytes).ok()?;
        Some((place, bytes))
    }
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let form = if self.ascii { "ASCII" } else { "binary" };
        write!(f, "{form}, template hashes of {}", self.bank)?;
        match self.endian {
            Endian::Little => Ok(()),
            Endian::Big => f.write_str(", big-endian"),
        }
    }
}
