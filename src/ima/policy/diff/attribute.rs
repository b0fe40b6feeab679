use crate::ima::policy::{Access, Credentials, Keyword, LsmField};
use std::fmt;

/// Something about an access that rules ask for, in the order in which it is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Attribute {
    Func,
    Mask,
    FsMagic,
    FsName,
    FsSubtype,
    FsUuid,
    User(Part),
    Group(Part),
    Owner,
    FileGroup,
    Label(LsmField),
    Keyring,
    Source,
}

/// One of the things that make up the user or the group of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    Effective,
    Changes,
    Real,
    Saved,
}

impl Attribute {
    /// What is to be known next about this access so that a condition is no longer open; `None` for a keyword that is
    /// no condition on what may be unknown.
    pub fn of(keyword: Keyword, access: &Access) -> Option<Self> {
        Some(match keyword {
            Keyword::Mask => Self::Mask,
            Keyword::FsMagic => Self::FsMagic,
            Keyword::FsName => Self::FsName,
            Keyword::FsSubtype => Self::FsSubtype,
            Keyword::FsUuid => Self::FsUuid,
            Keyword::Uid => Self::User(Part::Real),
            Keyword::Euid => Self::User(Part::unknown(access.user)?),
            Keyword::Gid => Self::Group(Part::Real),
            Keyword::Egid => Self::Group(Part::unknown(access.group)?),
            Keyword::Fowner => Self::Owner,
            Keyword::Fgroup => Self::FileGroup,
            Keyword::Lsm(field) => Self::Label(field),
            Keyword::Keyrings => Self::Keyring,
            Keyword::Label => Self::Source,
            _ => return None,
        })
    }
}

impl Part {
    /// The first that is not known, in the order in which `euid` and `egid` rest on them.
    fn unknown(credentials: Credentials) -> Option<Self> {
        [
            (Self::Effective, credentials.effective.is_none()),
            (Self::Changes, credentials.changes.is_none()),
            (Self::Real, credentials.real.is_none()),
            (Self::Saved, credentials.saved.is_none()),
        ]
        .into_iter()
        .find_map(|(part, unknown)| unknown.then_some(part))
    }
}

impl fmt::Display for Attribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Func => "func",
            Self::Mask => "mask",
            Self::FsMagic => "fsmagic",
            Self::FsName => "fsname",
            Self::FsSubtype => "fs_subtype",
            Self::FsUuid => "fsuuid",
            Self::User(Part::Real) => "uid",
            Self::User(Part::Effective) => "euid",
            Self::User(Part::Saved) => "saved uid",
            Self::User(Part::Changes) => "CAP_SETUID",
            Self::Group(Part::Real) => "gid",
            Self::Group(Part::Effective) => "egid",
            Self::Group(Part::Saved) => "saved gid",
            Self::Group(Part::Changes) => "CAP_SETGID",
            Self::Owner => "fowner",
            Self::FileGroup => "fgroup",
            Self::Label(field) => field.as_str(),
            Self::Keyring => "keyrings",
            Self::Source => "label",
        })
    }
}
