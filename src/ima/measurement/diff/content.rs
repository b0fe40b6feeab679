use super::super::{Entry, FileDigest};
use crate::ima::hex;
use sha2::{Digest, Sha256};
use std::{fmt, str::FromStr};

/// What an entry says of the content that was measured. `sha256:…` in text; `verity:sha256:…` for the digest of fs-verity;
/// where the template has no digest, the names of its fields and a hash over them: `n-ng|sig:sha256:…`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Content {
    scheme: Box<str>,
    digest: Box<[u8]>,
}

/// A text that is no [`Content`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is not ALGORITHM:HEX", .0.escape_debug())]
pub struct BadContent(String);

impl Content {
    pub(super) fn of(entry: &Entry<'_>) -> Self {
        entry
            .digest()
            .map_or_else(|| Self::of_fields(entry), |digest| Self::from(&digest))
    }

    /// The template hash would not do: it is another one in each bank.
    fn of_fields(entry: &Entry<'_>) -> Self {
        let mut hash = Sha256::new();
        for (_, data) in entry.fields() {
            hash.update((data.len() as u64).to_be_bytes());
            hash.update(data);
        }
        let ids: Vec<&str> = entry.layout.fields().iter().map(|field| field.id()).collect();
        Self {
            scheme: format!("{}:sha256", ids.join("|")).into(),
            digest: hash.finalize().to_vec().into(),
        }
    }

    /// How it was computed: the algorithm, and over what. Only contents of the same scheme can be compared.
    pub fn scheme(&self) -> &str {
        &self.scheme
    }

    /// Whether it is zeros: a `boot_aggregate` without a TPM.
    pub fn is_zero(&self) -> bool {
        self.digest.iter().all(|byte| *byte == 0)
    }
}

impl From<&FileDigest<'_>> for Content {
    fn from(digest: &FileDigest<'_>) -> Self {
        Self {
            scheme: match digest.kind {
                Some("verity") => format!("verity:{}", digest.name).into(),
                _ => digest.name.into(),
            },
            digest: digest.digest.into(),
        }
    }
}

impl fmt::Display for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.scheme, hex::encode(&self.digest))
    }
}

impl FromStr for Content {
    type Err = BadContent;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bad = || BadContent(text.to_owned());
        let (scheme, digits) = text.rsplit_once(':').ok_or_else(bad)?;
        let digest = hex::decode(digits).ok_or_else(bad)?;
        // What divides the parts of a kept snapshot cannot be in one of them.
        if scheme.is_empty() || scheme.contains(char::is_whitespace) || hex::encode(&digest) != digits {
            return Err(bad());
        }
        Ok(Self {
            scheme: scheme.into(),
            digest: digest.into(),
        })
    }
}
