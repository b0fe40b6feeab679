use crate::ima::HashAlgorithm;
use serde::{Serialize, Serializer};
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha384, Sha512};
use sm3::Sm3;
use std::fmt;

/// A bank of registers: all PCRs of a TPM in one hash algorithm. These are the ones that the kernel extends
/// (`tpm2_hash_map` in drivers/char/tpm/tpm2-cmd.c).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PcrBank {
    /// 20 bytes a register.
    Sha1,
    /// 32 bytes a register.
    Sha256,
    /// 48 bytes a register.
    Sha384,
    /// 64 bytes a register.
    Sha512,
    /// 32 bytes a register.
    Sm3,
}

impl PcrBank {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Sha1, Self::Sha256, Self::Sha384, Self::Sha512, Self::Sm3];

    /// The bank of this name: the kernel's names, and `sm3_256`, as tpm2-tools says.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|bank| bank.as_str() == name)
            .or_else(|| (name == "sm3_256").then_some(Self::Sm3))
    }

    /// The bank of this algorithm, by the TPM's number (`TPM_ALG_ID`, TCG Algorithm Registry, table 3).
    pub fn from_tpm_id(id: u16) -> Option<Self> {
        Self::ALL.into_iter().find(|bank| bank.tpm_id() == id)
    }

    /// The TPM's number of the algorithm.
    pub fn tpm_id(self) -> u16 {
        match self {
            Self::Sha1 => 0x0004,
            Self::Sha256 => 0x000b,
            Self::Sha384 => 0x000c,
            Self::Sha512 => 0x000d,
            Self::Sm3 => 0x0012,
        }
    }

    /// The kernel's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sha1 => "sha1",
            Self::Sha256 => "sha256",
            Self::Sha384 => "sha384",
            Self::Sha512 => "sha512",
            Self::Sm3 => "sm3",
        }
    }

    /// Bytes of a register.
    pub fn digest_len(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 | Self::Sm3 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    /// The bank in which the kernel knows this hash algorithm.
    pub fn from_algorithm(algorithm: HashAlgorithm) -> Option<Self> {
        Self::from_name(algorithm.as_str())
    }

    /// The hash of these parts, one after the other.
    pub fn hash<'a>(self, parts: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
        match self {
            Self::Sha1 => hash::<Sha1>(parts),
            Self::Sha256 => hash::<Sha256>(parts),
            Self::Sha384 => hash::<Sha384>(parts),
            Self::Sha512 => hash::<Sha512>(parts),
            Self::Sm3 => hash::<Sm3>(parts),
        }
    }
}

fn hash<'a, D: Digest>(parts: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut hasher = D::new();
    for part in parts {
        hasher.update(part);
    }
    hasher.finalize().to_vec()
}

impl fmt::Display for PcrBank {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for PcrBank {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
