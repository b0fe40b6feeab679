use serde::Serialize;
use std::fmt;

/// How a rule compares a number of a user or group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Operator {
    /// `=`
    Equal,
    /// `<`
    Less,
    /// `>`
    Greater,
}

impl Operator {
    /// The character in a policy.
    pub fn as_char(self) -> char {
        match self {
            Self::Equal => '=',
            Self::Less => '<',
            Self::Greater => '>',
        }
    }

    /// The operator of this character.
    pub fn from_char(c: char) -> Option<Self> {
        [Self::Equal, Self::Less, Self::Greater]
            .into_iter()
            .find(|operator| operator.as_char() == c)
    }
}

/// `=0`, `<1000` or `>999` of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Comparison {
    /// How.
    pub operator: Operator,
    /// With what.
    pub id: u32,
}

impl Comparison {
    /// Whether this number meets it.
    pub fn meets(self, id: u32) -> bool {
        match self.operator {
            Operator::Equal => id == self.id,
            Operator::Less => id < self.id,
            Operator::Greater => id > self.id,
        }
    }

    /// Whether each number that meets `narrower` meets this one. Numbers go up to 4294967294.
    pub fn covers(self, narrower: Self) -> bool {
        let (low, high) = narrower.range();
        let (lowest, highest) = self.range();
        low > high || (lowest <= low && high <= highest)
    }

    /// The numbers that meet it, both ends included; the first is above the second where none does.
    fn range(self) -> (u64, u64) {
        let id = u64::from(self.id);
        match self.operator {
            Operator::Equal => (id, id),
            Operator::Less => id.checked_sub(1).map_or((1, 0), |high| (0, high)),
            Operator::Greater => (id + 1, u64::from(u32::MAX) - 1),
        }
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.operator.as_char(), self.id)
    }
}

/// A condition on the user or the group of the process: one rule has one place for `uid` and `euid` together, and one
/// for `gid` and `egid`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Credential {
    /// `uid` or `gid`.
    Real(Comparison),
    /// `euid` or `egid`. For a process that may change its user (`CAP_SETUID`, `CAP_SETGID`) the saved and the real
    /// one meet it too.
    Effective(Comparison),
}

impl Credential {
    /// The comparison in it.
    pub fn comparison(self) -> Comparison {
        match self {
            Self::Real(comparison) | Self::Effective(comparison) => comparison,
        }
    }
}
