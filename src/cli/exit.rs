use crate::rollout::Outcome;
use std::process::ExitCode;

/// The exit code of a run; the table is in `imaform --help`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exit(u8);

impl Exit {
    /// Done, or nothing to do.
    pub const OK: Self = Self(0);
    /// Bad input or a failed step.
    pub const ERROR: Self = Self(1);
    /// `plan --detailed-exitcode` found something to do.
    pub const CHANGES: Self = Self(2);
    /// Some hosts could not be reached.
    pub const UNREACHABLE: Self = Self(3);
    /// A gate refused.
    pub const REFUSED: Self = Self(4);
    /// Evidence does not prove what it should.
    pub const UNVERIFIED: Self = Self(5);

    /// As a number.
    pub fn code(self) -> u8 {
        self.0
    }

    /// The code of many hosts: an interruption first, then what needs a person most.
    pub fn of<'a>(outcomes: impl IntoIterator<Item = &'a Outcome>) -> Self {
        Self::worst(outcomes.into_iter().map(|outcome| Self(outcome.exit_code())))
    }

    /// The one that needs a person most.
    pub fn worst(exits: impl IntoIterator<Item = Self>) -> Self {
        let rank = |exit: &Self| [0, 3, 1, 5, 4, 130].iter().position(|known| *known == exit.0);
        exits.into_iter().max_by_key(rank).unwrap_or(Self::OK)
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.0)
    }
}
