use super::Snapshot;

/// Whether two lists are of times when about as much was measured. Where they are not, names that only one has tell of the
/// policy and not of the files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coverage {
    /// They are.
    Alike,
    /// A holds nothing but `boot_aggregate`: IMA measured nothing then.
    Begun,
    /// B holds nothing but `boot_aggregate`: IMA measures nothing any more, or not yet.
    Ended,
    /// A names few files, B very many more.
    Wider,
    /// B names few files, A very many more.
    Narrower,
}

/// How many times as many names are very many more, and how many they are at least.
const TIMES: usize = 10;
const MANY: usize = 200;

impl Coverage {
    pub(super) fn of(a: &Snapshot, b: &Snapshot) -> Self {
        let names = |list: &Snapshot| list.files.len() + list.violations.len();
        let very_many_more = |many: usize, few: usize| many > MANY && many > few.saturating_mul(TIMES);
        match (names(a), names(b)) {
            (0, 0) => Self::Alike,
            (0, _) => Self::Begun,
            (_, 0) => Self::Ended,
            (few, many) if very_many_more(many, few) => Self::Wider,
            (many, few) if very_many_more(many, few) => Self::Narrower,
            _ => Self::Alike,
        }
    }
}
