use getrandom::{SysRng, rand_core::TryRng};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::{
    fmt::{self, Display},
    str::FromStr,
};
use thiserror::Error;

/// One command that works on hosts, from its beginning to its end. Hosts know it as the holder of their lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Its name.
    pub id: RunId,
    /// Who started it, `user@machine`.
    pub by: String,
}

/// The name of a run: when it began (UTC) and four random bytes, `20261127T180512Z-9f3c01ab`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RunId(String);

/// No run has such a name.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the name of a run is like 20261127T180512Z-9f3c01ab")]
pub struct NoRunId;

impl RunId {
    /// A name for a run that begins now.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub fn new() -> Result<Self, getrandom::Error> {
        let random = SysRng.try_next_u32()?;
        let now = Timestamp::now().strftime("%Y%m%dT%H%M%SZ");
        Ok(Self(format!("{now}-{random:08x}")))
    }

    /// As hosts and people write it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for RunId {
    type Err = NoRunId;

    /// Takes what hosts tell, which is not always a name that [`RunId::new`] would make.
    fn from_str(text: &str) -> Result<Self, NoRunId> {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        if text.is_empty() || text.len() > 64 || !text.bytes().all(fits) {
            return Err(NoRunId);
        }
        Ok(Self(text.to_owned()))
    }
}

impl TryFrom<String> for RunId {
    type Error = NoRunId;

    fn try_from(text: String) -> Result<Self, NoRunId> {
        text.parse()
    }
}

impl From<RunId> for String {
    fn from(run: RunId) -> Self {
        run.0
    }
}

impl Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_name_is_read_as_it_is_written() {
        let run = RunId::new().unwrap();
        assert_eq!(run.as_str().len(), "20261127T180512Z-9f3c01ab".len());
        assert_eq!(run.to_string().parse(), Ok(run.clone()));
        assert_ne!(RunId::new().unwrap(), run);
        assert!(
            "unreadable".parse::<RunId>().is_ok(),
            "what a host says of a spoilt lock"
        );
        for wrong in ["", "a b", "$(reboot)", "a\n", "ü", &"a".repeat(65)] {
            assert_eq!(wrong.parse::<RunId>(), Err(NoRunId), "{wrong:?}");
        }
    }
}
