use super::{MeasuredFile, Seen};

/// A name whose content is another one in B than in A.
#[derive(Debug, Clone, Copy)]
pub struct Changed<'a> {
    /// The name.
    pub name: &'a [u8],
    /// In which way.
    pub way: Way,
    /// Its contents in A.
    pub before: &'a MeasuredFile,
    /// Its contents in B.
    pub after: &'a MeasuredFile,
    /// What in B may explain it; `None` where nothing does.
    pub explanation: Option<Explanation>,
}

/// In which way a name changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// B has a content that A never had.
    Other,
    /// B has only contents that A had before its latest: an older version came back.
    Back,
}

/// What may explain a change. No list proves which package a file is of, and whoever is root can make a package manager
/// run: this says what was seen, not that all is well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Explanation {
    /// The same content was measured under the name that a package manager gives a file until it is renamed into place.
    Unpacked,
    /// The change was measured after a package manager had begun to work.
    PackageManager,
}

/// How the contents of a name in two lists stand to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    Same,
    Changed(Way),
    /// No hash algorithm is in both.
    Incomparable,
}

impl Comparison {
    pub fn of(before: &MeasuredFile, after: &MeasuredFile) -> Self {
        let mut comparable = false;
        let mut back = false;
        for latest in before.latest() {
            if !after.has_scheme(latest.content.scheme()) {
                continue;
            }
            comparable = true;
            back |= !after.has(&latest.content);
        }
        if !comparable {
            Self::Incomparable
        } else if only_after(before, after).next().is_some() {
            Self::Changed(Way::Other)
        } else if back {
            Self::Changed(Way::Back)
        } else {
            Self::Same
        }
    }
}

impl<'a> Changed<'a> {
    /// The contents that A had last, of each scheme that B has too.
    pub fn old_contents(&self) -> impl Iterator<Item = &'a Seen> + use<'a> {
        let after = self.after;
        self.before
            .latest()
            .filter(|seen| after.has_scheme(seen.content.scheme()))
    }

    /// The contents that make the difference: those that A never had, or, where there are none, those that came back.
    pub fn new_contents(&self) -> impl Iterator<Item = &'a Seen> + use<'a> {
        let (before, after, way) = (self.before, self.after, self.way);
        let back = after
            .latest()
            .filter(move |seen| way == Way::Back && before.has_scheme(seen.content.scheme()));
        only_after(before, after).chain(back)
    }
}

/// The contents that only B has, of schemes that A has too.
fn only_after<'a>(before: &'a MeasuredFile, after: &'a MeasuredFile) -> impl Iterator<Item = &'a Seen> + use<'a> {
    after
        .seen()
        .iter()
        .filter(|seen| before.has_scheme(seen.content.scheme()) && !before.has(&seen.content))
}

impl MeasuredFile {
    /// The content of each scheme that was measured last for the first time.
    pub fn latest(&self) -> impl Iterator<Item = &Seen> {
        self.seen().iter().enumerate().filter_map(|(at, seen)| {
            let mut later = self.seen().iter().skip(at + 1);
            let last = later.all(|later| later.content.scheme() != seen.content.scheme());
            last.then_some(seen)
        })
    }
}
