use serde::Serialize;
use std::{fmt, ops::BitOr, str::FromStr};

/// The kinds of access that one operation asks for, as `MAY_*` of include/linux/fs.h.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mask(u8);

impl Mask {
    /// Nothing: what is asked about is no access to a file.
    pub const NONE: Self = Self(0);
    /// To execute.
    pub const EXEC: Self = Self(1);
    /// To write.
    pub const WRITE: Self = Self(2);
    /// To read.
    pub const READ: Self = Self(4);
    /// To write at the end.
    pub const APPEND: Self = Self(8);

    /// Name and value of each.
    pub const NAMES: [(&'static str, Self); 4] = [
        ("MAY_READ", Self::READ),
        ("MAY_WRITE", Self::WRITE),
        ("MAY_APPEND", Self::APPEND),
        ("MAY_EXEC", Self::EXEC),
    ];

    /// The single kind of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::NAMES
            .into_iter()
            .find(|(word, _)| *word == name)
            .map(|(_, mask)| mask)
    }

    /// Whether the two have a kind in common.
    pub fn overlaps(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

impl BitOr for Mask {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl fmt::Display for Mask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::NONE {
            return f.write_str("none");
        }
        let names = Self::NAMES.into_iter().filter(|(_, mask)| self.overlaps(*mask));
        for (at, (name, _)) in names.enumerate() {
            write!(f, "{}{name}", if at > 0 { "|" } else { "" })?;
        }
        Ok(())
    }
}

impl Serialize for Mask {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl FromStr for Mask {
    type Err = String;

    /// Reads `MAY_READ`, or several as `MAY_READ|MAY_WRITE` for a file that is opened for both.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.split('|')
            .map(|name| {
                Self::from_name(name)
                    .ok_or_else(|| format!("`{name}` is none of MAY_READ, MAY_WRITE, MAY_APPEND, MAY_EXEC"))
            })
            .reduce(|all, next| Ok(all? | next?))
            .unwrap_or_else(|| Err("an empty mask".to_owned()))
    }
}

/// `mask=` of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MaskCondition {
    /// `mask=MAY_READ`: the access asks for this and nothing else.
    Exactly(Mask),
    /// `mask=^MAY_READ`: the access asks for this, perhaps among others.
    Among(Mask),
}

impl MaskCondition {
    /// Reads the value of `mask=`.
    pub fn from_value(value: &str) -> Option<Self> {
        match value.strip_prefix('^') {
            Some(name) => Mask::from_name(name).map(Self::Among),
            None => Mask::from_name(value).map(Self::Exactly),
        }
    }

    /// Whether an access with this mask meets it.
    pub fn meets(self, mask: Mask) -> bool {
        match self {
            Self::Exactly(wanted) => wanted == mask,
            Self::Among(wanted) => wanted.overlaps(mask),
        }
    }
}

impl fmt::Display for MaskCondition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exactly(mask) => mask.fmt(f),
            Self::Among(mask) => write!(f, "^{mask}"),
        }
    }
}
