use std::fmt;

/// Whether a chain of signatures leads from an endorsement certificate to a root that is trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Chain {
    /// No roots are given.
    NotAsked,
    /// It does.
    Trusted {
        /// The root's subject (RFC 4514).
        root: String,
    },
    /// It does not, or something is wrong with it.
    Untrusted {
        /// What.
        why: String,
    },
}

impl fmt::Display for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAsked => f.write_str("not checked against any roots: none are given"),
            Self::Trusted { root } => write!(f, "trusted by {root}"),
            Self::Untrusted { why } => write!(f, "not trusted by any of the given roots: {why}"),
        }
    }
}
