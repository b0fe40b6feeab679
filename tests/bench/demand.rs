use std::fmt;

/// A figure that the project promises.
pub struct Demand {
    what: &'static str,
    figure: f64,
    limit: Limit,
}

enum Limit {
    AtLeast(f64),
    AtMost(f64),
}

impl Demand {
    pub fn at_least(what: &'static str, figure: f64, limit: f64) -> Self {
        Self {
            what,
            figure,
            limit: Limit::AtLeast(limit),
        }
    }

    pub fn at_most(what: &'static str, figure: f64, limit: f64) -> Self {
        Self {
            what,
            figure,
            limit: Limit::AtMost(limit),
        }
    }

    pub fn is_met(&self) -> bool {
        match self.limit {
            Limit::AtLeast(limit) => self.figure >= limit,
            Limit::AtMost(limit) => self.figure <= limit,
        }
    }
}

impl fmt::Display for Demand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (rule, limit) = match self.limit {
            Limit::AtLeast(limit) => ("at least", limit),
            Limit::AtMost(limit) => ("at most", limit),
        };
        let verdict = if self.is_met() { "met" } else { "MISSED" };
        write!(f, "{:44} {:9.2}, {rule} {limit}: {verdict}", self.what, self.figure)
    }
}
