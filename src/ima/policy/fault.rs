use super::{Action, Func, Keyword, Lsm, Operator};
use crate::ima::KernelVersion;

/// Why a kernel refuses a rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// A bare word that is no action, or a word before an operator that is no keyword.
    #[error("`{found}` is neither an action nor a keyword")]
    UnknownWord {
        /// The word.
        found: String,
    },
    /// An operator with nothing before it.
    #[error("`{0}` has no keyword before it")]
    LooseOperator(String),
    /// A word that a later kernel knows.
    #[error("`{what}` is known since Linux {since}")]
    TooNew {
        /// The action, keyword or value.
        what: String,
        /// The first release that knows it.
        since: KernelVersion,
    },
    /// A word that this kernel was built without.
    #[error("`{what}` is known only to a kernel with {option}, and this one is built without it")]
    NotBuilt {
        /// The keyword or value.
        what: String,
        /// The option.
        option: &'static str,
    },
    /// A keyword without its value.
    #[error("`{0}` needs a value")]
    MissingValue(Keyword),
    /// A value on a word that has none.
    #[error("`{0}` takes no value")]
    NoValue(&'static str),
    /// `<` or `>` where only `=` is known.
    #[error("`{keyword}` takes only `=`, not `{}`", .operator.as_char())]
    WrongOperator {
        /// The keyword.
        keyword: Keyword,
        /// The operator found.
        operator: Operator,
    },
    /// A value of a closed set.
    #[error("`{found}` is not a value of `{keyword}`")]
    UnknownValue {
        /// The keyword.
        keyword: Keyword,
        /// The value.
        found: String,
    },
    /// A value that is not written as it must be.
    #[error("`{found}` is not a value of `{keyword}`: write {wanted}")]
    BadValue {
        /// The keyword.
        keyword: Keyword,
        /// The value.
        found: String,
        /// How it is written.
        wanted: String,
    },
    /// A label that the security module refuses.
    #[error("{lsm} refuses `{keyword}={value}`: {why}")]
    UnknownLabel {
        /// The module.
        lsm: Lsm,
        /// The keyword.
        keyword: Keyword,
        /// The value.
        value: String,
        /// What it would take.
        why: &'static str,
    },
    /// A condition on labels without a module that has any.
    #[error("`{0}` needs a security module that knows labels, and this kernel has none on")]
    NoLsm(Keyword),
    /// Two actions in a rule.
    #[error("the rule is `{0}` already")]
    SecondAction(Action),
    /// Conditions without an action.
    #[error("the rule has no action")]
    NoAction,
    /// A condition given twice, where the kernel has one place for it.
    #[error("`{keyword}` after `{first}`: the kernel has one place for {}", if .keyword == .first { "it" } else { "both" })]
    Duplicate {
        /// The second.
        keyword: Keyword,
        /// The first.
        first: Keyword,
    },
    /// A word that must come after the action.
    #[error("`{keyword}` stands before `{action}`: this kernel reads from left to right")]
    BeforeAction {
        /// The keyword.
        keyword: Keyword,
        /// The action that must stand before it.
        action: Action,
    },
    /// An option of another action.
    #[error("`{keyword}` goes only with `{action}`")]
    NeedsAction {
        /// The keyword.
        keyword: Keyword,
        /// The only action.
        action: Action,
    },
    /// An action that a hook does not know.
    #[error("`func={func}` goes only with {actions}")]
    ActionOfFunc {
        /// The hook.
        func: Func,
        /// Its actions.
        actions: &'static str,
    },
    /// A condition that a hook does not know.
    #[error("`{keyword}` does not go with {}", .func.map_or("a rule without `func`".to_owned(), |func| format!("`func={func}`")))]
    NotWithFunc {
        /// The keyword.
        keyword: Keyword,
        /// The hook; `None` where the rule has none.
        func: Option<Func>,
    },
    /// Something is asked that needs something else.
    #[error("`{what}` needs {needs}")]
    Needs {
        /// What is there.
        what: String,
        /// What is missing.
        needs: &'static str,
    },
    /// Two things that exclude each other.
    #[error("`{what}` does not go with `{other}` before it")]
    Excludes {
        /// What is there.
        what: String,
        /// What was there before.
        other: &'static str,
    },
    /// A path, by which the kernel would load another file.
    #[error("a line that begins with / is taken as the path of another policy to load")]
    Path,
    /// A character that ends the kernel's strings.
    #[error("the line holds a NUL character, and the kernel would not see what follows it")]
    Nul,
    /// More than one write takes.
    #[error("the line has {0} bytes, and the kernel takes at most {max} a line", max = super::MAX_LINE)]
    TooLong(usize),
}

/// A fault and its place; as text with what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("column {column}: {fault}{}", .fault.help().map(|help| format!("; {help}")).unwrap_or_default())]
pub struct FaultAt {
    /// The character in the line, from 1.
    pub column: usize,
    /// What is wrong.
    pub fault: Fault,
}

impl Fault {
    /// Its name in JSON and in the documentation; never changes.
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownWord { .. } => "unknown-word",
            Self::LooseOperator(_) => "loose-operator",
            Self::TooNew { .. } => "kernel-too-old",
            Self::NotBuilt { .. } => "not-built-in",
            Self::MissingValue(_) => "missing-value",
            Self::NoValue(_) => "takes-no-value",
            Self::WrongOperator { .. } => "wrong-operator",
            Self::UnknownValue { .. } => "unknown-value",
            Self::BadValue { .. } => "bad-value",
            Self::UnknownLabel { .. } => "undefined-label",
            Self::NoLsm(_) => "no-lsm",
            Self::SecondAction(_) => "second-action",
            Self::NoAction => "no-action",
            Self::Duplicate { .. } => "duplicate-condition",
            Self::BeforeAction { .. } => "before-action",
            Self::NeedsAction { .. } => "needs-action",
            Self::ActionOfFunc { .. } => "action-of-func",
            Self::NotWithFunc { .. } => "not-with-func",
            Self::Needs { .. } => "needs-other",
            Self::Excludes { .. } => "excludes-other",
            Self::Path => "path",
            Self::Nul => "nul",
            Self::TooLong(_) => "too-long",
        }
    }

    /// Whether every release refuses this, so that no other need be asked.
    pub fn is_of_every_release(&self) -> bool {
        matches!(
            self,
            Self::UnknownWord { .. }
                | Self::LooseOperator(_)
                | Self::MissingValue(_)
                | Self::NoValue(_)
                | Self::WrongOperator { .. }
                | Self::SecondAction(_)
                | Self::NoAction
                | Self::Path
                | Self::Nul
                | Self::TooLong(_)
        )
    }
}
