use super::{Effect, search::Search};
use crate::ima::policy::{Access, Class, Kernel, Rule};

/// The most sorts of accesses that are compared in one class, some seconds' work.
const MOST: usize = 50_000;

/// What changes in effect from one policy to another.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference<'a> {
    /// Each change; the most dangerous first: what is no longer appraised, then what is no longer measured.
    pub changes: Vec<Change<'a>>,
    /// How much was compared.
    pub coverage: Coverage,
}

/// How many of the accesses that the rules tell apart were compared.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Coverage {
    /// All of them.
    All,
    /// This share, chosen evenly: there are too many.
    Share(f64),
}

/// Accesses about which two policies decide otherwise, each by one rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change<'a> {
    /// What is decided.
    pub class: Class,
    /// How the first policy decides.
    pub before: Outcome<'a>,
    /// How the second does.
    pub after: Outcome<'a>,
    /// What all these accesses have in common. Others may have it too.
    pub conditions: String,
    /// One of them; what is `None` makes no difference.
    pub example: Access,
}

/// What a policy decides about accesses in one class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome<'a> {
    /// The rule that decides; `None` where none matches.
    pub rule: Option<&'a Rule>,
    /// What is done. Of several hooks it is told of the first: the command line of a kexec has a template of its own.
    pub effect: Effect,
}

/// In which direction something changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trend {
    /// It is no longer done.
    Lost,
    /// It is done otherwise.
    Otherwise,
    /// It was not done before.
    New,
}

impl<'a> Difference<'a> {
    /// What changes on this kernel from the one policy to the other.
    pub fn between(before: &'a [Rule], after: &'a [Rule], kernel: &Kernel) -> Self {
        Self::bounded(before, after, kernel, MOST)
    }

    /// The same with another bound.
    pub(super) fn bounded(before: &'a [Rule], after: &'a [Rule], kernel: &Kernel, most: usize) -> Self {
        let mut changes = Vec::new();
        let mut shares = Vec::new();
        for class in Class::ALL {
            let (found, coverage) = Search::run(class, [before, after], kernel, most);
            changes.extend(found);
            shares.push(coverage);
        }
        changes.sort_by_key(Change::rank);
        let share = |coverage: &Coverage| match coverage {
            Coverage::All => 1.0,
            Coverage::Share(share) => *share,
        };
        let all = shares.iter().all(|coverage| *coverage == Coverage::All);
        let mean = shares.iter().map(share).sum::<f64>() / 4.0;
        Self {
            changes,
            coverage: if all { Coverage::All } else { Coverage::Share(mean) },
        }
    }
}

impl Change<'_> {
    /// In which direction it changes.
    pub fn trend(&self) -> Trend {
        match (self.before.effect.does(), self.after.effect.does()) {
            (true, false) => Trend::Lost,
            (false, _) => Trend::New,
            (true, true) => Trend::Otherwise,
        }
    }

    /// Its place: by danger, then by class, then by the rules of the first policy.
    fn rank(&self) -> impl Ord + use<> {
        let danger = match (self.class, self.trend()) {
            (Class::Appraise, Trend::Lost) => 0,
            (Class::Measure, Trend::Lost) => 1,
            _ => 2,
        };
        let line = |outcome: &Outcome<'_>| outcome.rule.map_or(usize::MAX, |rule| rule.line);
        // Appraisal decides what may be used at all, and so comes before its turn.
        let class = (self.class != Class::Appraise, self.class);
        (danger, class, self.trend(), line(&self.before), line(&self.after))
    }
}
