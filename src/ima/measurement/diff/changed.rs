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
    /// B has only contents that A had before its latest: an older version came back, or the latest was not measured again.
    Back,
    /// B has a content that A never had, but of the two one is of the initramfs and one is not: they may be two files.
    OtherStage,
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

/// Which contents are compared.
#[derive(Debug, Clone, Copy)]
enum Alike {
    /// Those of one scheme.
    Scheme,
    /// Those of one scheme and one stage.
    Stage,
}

impl Alike {
    fn are(self, one: &Seen, other: &Seen) -> bool {
        one.content.scheme() == other.content.scheme() && (matches!(self, Self::Scheme) || one.stage == other.stage)
    }

    fn has(self, file: &MeasuredFile, seen: &Seen) -> bool {
        file.seen().iter().any(|other| self.are(seen, other))
    }

    /// The last of the contents that are alike.
    fn latest(self, file: &MeasuredFile) -> impl Iterator<Item = &Seen> + use<'_> {
        file.seen().iter().enumerate().filter_map(move |(at, seen)| {
            let mut later = file.seen().iter().skip(at + 1);
            later.all(|later| !self.are(seen, later)).then_some(seen)
        })
    }

    /// The contents that only `after` has, where `before` has some that are alike.
    fn only_after<'a>(
        self,
        before: &'a MeasuredFile,
        after: &'a MeasuredFile,
    ) -> impl Iterator<Item = &'a Seen> + use<'a> {
        let seen = after.seen().iter();
        seen.filter(move |seen| self.has(before, seen) && !before.has(&seen.content))
    }

    fn compare(self, before: &MeasuredFile, after: &MeasuredFile) -> Comparison {
        let mut comparable = false;
        let mut back = false;
        for latest in self.latest(before).filter(|latest| self.has(after, latest)) {
            comparable = true;
            back |= !after.has(&latest.content);
        }
        if !comparable {
            Comparison::Incomparable
        } else if self.only_after(before, after).next().is_some() {
            Comparison::Changed(Way::Other)
        } else if back {
            Comparison::Changed(Way::Back)
        } else {
            Comparison::Same
        }
    }
}

impl Comparison {
    pub fn of(before: &MeasuredFile, after: &MeasuredFile) -> Self {
        match (
            Alike::Stage.compare(before, after),
            Alike::Scheme.compare(before, after),
        ) {
            (Self::Changed(way), _) => Self::Changed(way),
            (_, Self::Changed(Way::Other)) => Self::Changed(Way::OtherStage),
            // The latest is of the other stage, and was not measured again.
            (_, Self::Changed(_)) => Self::Same,
            (_, comparison) => comparison,
        }
    }
}

impl<'a> Changed<'a> {
    /// The contents that A had last, of the sorts of which B has others.
    pub fn old_contents(&self) -> impl Iterator<Item = &'a Seen> + use<'a> {
        let (changed, alike) = (*self, self.way.alike());
        let is_other = move |old: &&Seen| changed.new_contents().any(|new| alike.are(old, new));
        alike.latest(self.before).filter(is_other)
    }

    /// The contents that make the difference: those that A never had, or, where there are none, those that came back.
    pub fn new_contents(&self) -> impl Iterator<Item = &'a Seen> + use<'a> {
        let (before, after, way) = (self.before, self.after, self.way);
        let alike = way.alike();
        let back = alike
            .latest(after)
            .filter(move |seen| way == Way::Back && alike.has(before, seen));
        alike.only_after(before, after).chain(back)
    }
}

impl Way {
    fn alike(self) -> Alike {
        match self {
            Self::Other | Self::Back => Alike::Stage,
            Self::OtherStage => Alike::Scheme,
        }
    }
}
