use serde::{Deserialize, Serialize};
use std::fmt;

/// A hash algorithm by the kernel's number for it (`enum hash_algo` in include/uapi/linux/hash_info.h).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "&'static str", try_from = "String")]
pub struct HashAlgorithm(u8);

/// Name and digest length in bytes, in the order of the kernel's numbers (crypto/hash_info.c).
const ALGORITHMS: [(&str, usize); 23] = [
    ("md4", 16),
    ("md5", 16),
    ("sha1", 20),
    ("rmd160", 20),
    ("sha256", 32),
    ("sha384", 48),
    ("sha512", 64),
    ("sha224", 28),
    ("rmd128", 16),
    ("rmd256", 32),
    ("rmd320", 40),
    ("wp256", 32),
    ("wp384", 48),
    ("wp512", 64),
    ("tgr128", 16),
    ("tgr160", 20),
    ("tgr192", 24),
    ("sm3", 32),
    ("streebog256", 32),
    ("streebog512", 64),
    ("sha3-256", 32),
    ("sha3-384", 48),
    ("sha3-512", 64),
];

impl HashAlgorithm {
    /// What a label in the oldest form (`01`) holds.
    pub const SHA1: Self = Self(2);
    /// The default of current distributions.
    pub const SHA256: Self = Self(4);

    /// The algorithm of this number; `None` for a number that no kernel up to 7.2 knows.
    pub fn from_id(id: u8) -> Option<Self> {
        (usize::from(id) < ALGORITHMS.len()).then_some(Self(id))
    }

    /// The algorithm of this name, as `ima_hash=` and `appraise_algos=` spell it.
    pub fn from_name(name: &str) -> Option<Self> {
        let at = ALGORITHMS.iter().position(|(known, _)| *known == name)?;
        u8::try_from(at).ok().map(Self)
    }

    /// The kernel's number.
    pub fn id(self) -> u8 {
        self.0
    }

    /// The kernel's name.
    pub fn as_str(self) -> &'static str {
        ALGORITHMS.get(usize::from(self.0)).map_or("unknown", |(name, _)| name)
    }

    /// Bytes of a digest.
    pub fn digest_len(self) -> usize {
        ALGORITHMS.get(usize::from(self.0)).map_or(0, |(_, len)| *len)
    }

    /// All of them, by number.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..=u8::MAX).map_while(Self::from_id)
    }
}

impl fmt::Display for HashAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl From<HashAlgorithm> for &'static str {
    fn from(algorithm: HashAlgorithm) -> Self {
        algorithm.as_str()
    }
}

impl TryFrom<String> for HashAlgorithm {
    type Error = String;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        Self::from_name(&name).ok_or_else(|| format!("the kernel has no hash algorithm `{name}`"))
    }
}
