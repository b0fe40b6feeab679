use crate::config::{
    node::Value,
    problems::{Complaint, Problems},
    quote,
    section::Field,
};
use std::fmt::{self, Display};

/// A number of hosts: as such, or as a part of the group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Share {
    /// So many.
    Hosts(usize),
    /// So many percent of the group's hosts in the inventory, rounded down.
    Percent(usize),
}

impl Share {
    /// The number, of a group of `all` hosts.
    pub fn of(self, all: usize) -> usize {
        match self {
            Self::Hosts(hosts) => hosts,
            Self::Percent(percent) => all * percent / 100,
        }
    }

    /// The number, and at least one.
    pub fn some_of(self, all: usize) -> usize {
        self.of(all).max(1)
    }

    /// Reads `3` or `25%`, not less than `least`.
    pub(super) fn read(field: Field, least: usize, problems: &mut Problems) -> Option<Self> {
        let read = match &field.node.value {
            Value::Integer(number) => usize::try_from(*number).ok().map(Self::Hosts),
            Value::String(text) => text
                .strip_suffix('%')
                .filter(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
                .and_then(|digits| digits.parse().ok())
                .filter(|percent| *percent <= 100)
                .map(Self::Percent),
            _ => None,
        };
        let verdict = match read {
            Some(Self::Hosts(number) | Self::Percent(number)) if number >= least => Ok(()),
            _ => {
                let found = match &field.node.value {
                    Value::String(text) => quote(text),
                    _ => field.node.kind(),
                };
                let expected = "a number of hosts or a percentage of the group";
                Err(
                    Complaint::new(format!("`{}`: expected {expected}, found {found}", field.key.name))
                        .with_help(format!("write a number from {least}, or `{}%` to `100%`", least.max(1))),
                )
            }
        };
        problems.check(field.node.place, verdict).then_some(read?)
    }
}

impl Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hosts(hosts) => write!(f, "{hosts}"),
            Self::Percent(percent) => write!(f, "{percent}%"),
        }
    }
}
