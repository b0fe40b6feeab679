use serde::Serialize;
use std::fmt;

/// What was perhaps meant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Nearest(pub Option<&'static str>);

impl Nearest {
    /// The name that is close enough to be a slip of the pen.
    pub(super) fn of(found: &str, known: impl Iterator<Item = &'static str>) -> Self {
        // Nobody mistypes a name into something many times as long; comparing costs the product of the lengths.
        if found.len() > 64 {
            return Self(None);
        }
        let lower = found.to_ascii_lowercase();
        let distance = |name: &&'static str| strsim::damerau_levenshtein(&lower, &name.to_ascii_lowercase());
        let nearest = known
            .map(|name| (distance(&name), name))
            .min_by_key(|(distance, _)| *distance);
        Self(
            nearest
                .filter(|(distance, name)| *distance <= 1 + name.len() / 4)
                .map(|(_, name)| name),
        )
    }
}

impl fmt::Display for Nearest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |name| write!(f, "did you mean `{name}`?"))
    }
}
