use super::{Endian, Entry, Layout};
use std::{ops::Range, sync::Arc};

/// Some entries, one after the other, with the bytes that they point into.
#[derive(Debug)]
pub struct Batch {
    pub(super) bytes: Vec<u8>,
    pub(super) places: Vec<Place>,
    pub(super) layouts: Vec<Arc<Layout>>,
    pub(super) first: u64,
    pub(super) hash_len: usize,
    pub(super) endian: Endian,
}

/// Where an entry is in the bytes.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) pcr: u32,
    pub(super) hash: usize,
    pub(super) layout: usize,
    pub(super) data: Range<usize>,
}

impl Batch {
    /// How many entries.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// The entries in their order.
    pub fn entries(&self) -> impl Iterator<Item = Entry<'_>> {
        self.places.iter().zip(self.first..).filter_map(|(place, number)| {
            let layout = self.layouts.get(place.layout).map(AsRef::as_ref);
            let entry = place.entry(&self.bytes, layout, self.hash_len, self.endian)?;
            Some(Entry { number, ..entry })
        })
    }
}

impl Place {
    /// The entry at this place, without its number.
    pub(super) fn entry<'a>(
        &self,
        bytes: &'a [u8],
        layout: Option<&'a Layout>,
        hash_len: usize,
        endian: Endian,
    ) -> Option<Entry<'a>> {
        Some(Entry {
            number: 0,
            pcr: self.pcr,
            template_hash: bytes.get(self.hash..self.hash + hash_len)?,
            layout: layout?,
            data: bytes.get(self.data.clone())?,
            endian,
        })
    }
}

/// More than any kernel has: its own, that of `ima_template_fmt=`, and those that kexec carried over. A list of ever new ones
/// would take ever more time to read.
const MOST_LAYOUTS: usize = 64;

/// The layouts of a list: few, and nearly always that of the entry before.
#[derive(Debug, Default, Clone)]
pub(super) struct Layouts(Vec<Arc<Layout>>);

impl Layouts {
    pub(super) fn find(&mut self, name: &[u8]) -> Result<usize, super::ListFault> {
        if let Some(at) = self.0.iter().position(|known| known.name().as_bytes() == name) {
            return Ok(at);
        }
        let layout = Layout::from_name(name)?;
        if self.0.len() == MOST_LAYOUTS {
            return Err(super::ListFault::Templates(MOST_LAYOUTS));
        }
        self.0.push(Arc::new(layout));
        Ok(self.0.len() - 1)
    }

    pub(super) fn get(&self, at: usize) -> Option<&Layout> {
        self.0.get(at).map(AsRef::as_ref)
    }

    pub(super) fn all(&self) -> Vec<Arc<Layout>> {
        self.0.clone()
    }
}
