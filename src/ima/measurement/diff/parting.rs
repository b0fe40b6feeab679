use super::Content;
use crate::ima::measurement::{Batch, Entry, List, ListError};
use std::io::Read;

/// Where two lists cease to be the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parting {
    /// The number of the entry.
    pub entry: u64,
    /// Name and content in the first list, `None` where it has ended. A violation has no content.
    pub a: Option<(Vec<u8>, Option<Content>)>,
    /// The same in the second one.
    pub b: Option<(Vec<u8>, Option<Content>)>,
}

/// Finds where two lists part; `None` where they never do.
///
/// # Errors
/// As [`List::next_batch`].
pub fn parting(a: &mut List<impl Read>, b: &mut List<impl Read>) -> Result<Option<Parting>, ListError> {
    let (mut a, mut b) = (Side::new(a), Side::new(b));
    let mut entry = 1;
    loop {
        let pairs = a.entries()?.zip(b.entries()?);
        let same = pairs.take_while(|(a, b)| says_the_same(a, b)).count();
        a.at += same;
        b.at += same;
        entry += same as u64;
        if same == 0 {
            let [a, b] = [
                a.entries()?.next().as_ref().map(said),
                b.entries()?.next().as_ref().map(said),
            ];
            return Ok((a.is_some() || b.is_some()).then_some(Parting { entry, a, b }));
        }
    }
}

fn says_the_same(a: &Entry<'_>, b: &Entry<'_>) -> bool {
    a.pcr == b.pcr
        && a.layout.name() == b.layout.name()
        && a.is_violation() == b.is_violation()
        && a.hashed() == b.hashed()
}

fn said(entry: &Entry<'_>) -> (Vec<u8>, Option<Content>) {
    let content = (!entry.is_violation()).then(|| Content::of(entry));
    (entry.path().to_owned(), content)
}

/// A list, and how far it was compared.
struct Side<'l, R> {
    list: &'l mut List<R>,
    batch: Option<Batch>,
    at: usize,
}

impl<'l, R: Read> Side<'l, R> {
    fn new(list: &'l mut List<R>) -> Self {
        Self {
            list,
            batch: None,
            at: 0,
        }
    }

    /// What was not compared yet of the entries that were read; none at the end of the list.
    fn entries(&mut self) -> Result<impl Iterator<Item = Entry<'_>>, ListError> {
        if self.batch.as_ref().is_none_or(|batch| self.at >= batch.len()) {
            self.batch = self.list.next_batch()?;
            self.at = 0;
        }
        Ok(self.batch.iter().flat_map(Batch::entries).skip(self.at))
    }
}
