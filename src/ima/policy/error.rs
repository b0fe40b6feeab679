use super::Action;
use serde::Serialize;
use std::fmt;

/// Why the kernel would not take a policy, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("line {line}, column {column}: {kind}")]
pub struct PolicyError {
    /// The line, from 1.
    pub line: usize,
    /// The character in the line, from 1.
    pub column: usize,
    /// What is wrong.
    pub kind: PolicyErrorKind,
}

/// What is wrong with a policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum PolicyErrorKind {
    /// No rule at all: the kernel refuses to load such a policy.
    #[error("the policy holds no rule, and the kernel refuses an empty one: write at least one rule, or none at all")]
    Empty,
    /// A bare word that is no action.
    #[error("`{found}` is not an action{hint}")]
    UnknownAction {
        /// The word.
        found: String,
        /// The nearest one.
        hint: Nearest,
    },
    /// A keyword without its value.
    #[error("`{0}` needs a value: {0}=…")]
    MissingValue(&'static str),
    /// Conditions without an action.
    #[error("the rule has no action: begin it with measure, appraise, audit, hash, or one of these with dont_")]
    NoAction,
    /// Two actions on a line.
    #[error("the rule is `{0}` already: write one action a line")]
    SecondAction(Action),
    /// A keyword that no kernel up to 7.2 knows.
    #[error("`{found}` is not a keyword{hint}")]
    UnknownKeyword {
        /// The word before the operator.
        found: String,
        /// The nearest one.
        hint: Nearest,
    },
    /// `<` or `>` where only `=` is known.
    #[error("`{keyword}` takes only `=`, not `{operator}`")]
    Operator {
        /// The keyword.
        keyword: &'static str,
        /// The operator found.
        operator: char,
    },
    /// A value on a keyword that has none.
    #[error("`{0}` takes no value")]
    NoValue(&'static str),
    /// A value of a closed set.
    #[error("`{found}` is not a value of `{keyword}`{hint}")]
    UnknownValue {
        /// The keyword.
        keyword: &'static str,
        /// The value.
        found: String,
        /// The nearest one.
        hint: Nearest,
    },
    /// A value that is not written as it must be.
    #[error("`{found}` is not a value of `{keyword}`: write {wanted}")]
    Malformed {
        /// The keyword.
        keyword: &'static str,
        /// The value.
        found: String,
        /// How it is written.
        wanted: &'static str,
    },
    /// More than one write takes.
    #[error("the line has {0} bytes, and the kernel takes at most 4095 a line: split the rule")]
    TooLong(usize),
    /// The last line is not ended.
    #[error("the last line has no line end, and the kernel then refuses the whole file: end it with a newline")]
    NoNewline,
    /// A comment after a rule.
    #[error("a comment after a rule is understood only since Linux 7.0: put it on a line of its own")]
    TrailingComment,
    /// A carriage return or another control character.
    #[error("the control character {0:?} would become a part of the rule: take it out (`tr -d '\\r'` for CR LF)")]
    Control(char),
}

/// What was perhaps meant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Nearest(pub Option<&'static str>);

impl Nearest {
    /// The name that is close enough to be a slip of the pen.
    pub(super) fn of(found: &str, known: impl Iterator<Item = &'static str>) -> Self {
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
        self.0.map_or(Ok(()), |name| write!(f, "; did you mean `{name}`?"))
    }
}
