use super::{Certificate, HashAlgorithm, hex};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The extended attribute `security.ima` of one file: what appraisal compares the file with
/// (`enum evm_ima_xattr_type` and `struct signature_v2_hdr` in security/integrity/integrity.h).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Label {
    /// A digest of the content: forms `01` (sha1 without a name) and `04` (with the algorithm).
    Digest {
        /// Which hash.
        algorithm: HashAlgorithm,
        /// As many bytes as the algorithm makes.
        digest: Vec<u8>,
    },
    /// A signature of the content (`03`).
    Signature(Signature),
    /// A signature of the fs-verity digest (`06`).
    Verity(Signature),
}

/// The header of a signature; the signature itself only counts by its length here.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Signature {
    /// 2 for content; 3 where a structure that names the kind of digest is signed.
    pub version: u8,
    /// Which hash was signed.
    pub algorithm: HashAlgorithm,
    /// The last four bytes of the key's identifier.
    pub key_id: u32,
    /// The raw signature.
    pub bytes: Vec<u8>,
}

/// Why bytes are no label. A file with such a label is denied under enforcement, as one without.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LabelError {
    /// Not even a type.
    #[error("the label is empty: label the file again")]
    Empty,
    /// A first byte that is no kind of label.
    #[error("a label of type {0:#04x} is unknown (01 and 04 are digests, 03 and 06 signatures): label the file again")]
    UnknownType(u8),
    /// An algorithm that the kernel has not.
    #[error("hash algorithm {0} is unknown to the kernel: label the file again")]
    UnknownAlgorithm(u8),
    /// The bytes do not fit what they announce.
    #[error("the label has {found} bytes, {wanted} are needed: label the file again")]
    Length {
        /// Bytes that the header asks for.
        wanted: usize,
        /// Bytes that are there.
        found: usize,
    },
    /// A version of signature that its type does not have, or version 1, the form before Linux 3.7.
    #[error("signature version {0} is not 2 or 3: sign the file again with a current evmctl")]
    UnknownVersion(u8),
    /// Not the form in which getfattr writes bytes.
    #[error("`{0}` is not hexadecimal: `getfattr -e hex` writes 0x and an even number of digits")]
    NotHex(String),
}

/// Bytes before a signature: type, version, algorithm, key id, length.
const SIGNATURE_HEADER: usize = 9;

impl Label {
    /// Reads the raw bytes of `security.ima`.
    ///
    /// # Errors
    /// What [`LabelError`] lists; longer digests than needed are refused too, though old kernels let them pass.
    pub fn parse(bytes: &[u8]) -> Result<Self, LabelError> {
        let (kind, rest) = bytes.split_first().ok_or(LabelError::Empty)?;
        match kind {
            0x01 => digest(HashAlgorithm::SHA1, rest, 1),
            0x04 => {
                let (id, rest) = rest.split_first().ok_or(LabelError::Length { wanted: 2, found: 1 })?;
                let algorithm = HashAlgorithm::from_id(*id).ok_or(LabelError::UnknownAlgorithm(*id))?;
                digest(algorithm, rest, 2)
            }
            0x03 => Ok(Self::Signature(signature(bytes, &[2, 3])?)),
            0x06 => Ok(Self::Verity(signature(bytes, &[3])?)),
            other => Err(LabelError::UnknownType(*other)),
        }
    }

    /// Reads what `getfattr -e hex` writes: `0x0404…`.
    ///
    /// # Errors
    /// [`LabelError::NotHex`], and those of [`Label::parse`].
    pub fn parse_hex(text: &str) -> Result<Self, LabelError> {
        let error = || LabelError::NotHex(text.chars().take(80).collect());
        let trimmed = text.trim();
        let digits = trimmed
            .strip_prefix("0x")
            .or_else(|| trimmed.strip_prefix("0X"))
            .ok_or_else(error)?;
        Self::parse(&hex::decode(digits).ok_or_else(error)?)
    }

    /// The bytes as the kernel stores them; sha1 digests in the form with the algorithm's number.
    pub fn to_bytes(&self) -> Vec<u8> {
        match self {
            Self::Digest { algorithm, digest } => [&[0x04, algorithm.id()], digest.as_slice()].concat(),
            Self::Signature(signature) => signature.to_bytes(0x03),
            Self::Verity(signature) => signature.to_bytes(0x06),
        }
    }

    /// The hash that the label stands on. Appraisal uses this one, not `ima_hash=`.
    pub fn algorithm(&self) -> HashAlgorithm {
        match self {
            Self::Digest { algorithm, .. } => *algorithm,
            Self::Signature(signature) | Self::Verity(signature) => signature.algorithm,
        }
    }
}

impl Signature {
    /// A signature over the SHA-256 of a file's content, as `evmctl ima_sign` makes them.
    pub fn over_sha256(certificate: &Certificate, bytes: Vec<u8>) -> Self {
        Self {
            version: 2,
            algorithm: HashAlgorithm::SHA256,
            key_id: certificate.short_key_id(),
            bytes,
        }
    }

    fn to_bytes(&self, kind: u8) -> Vec<u8> {
        let len = u16::try_from(self.bytes.len()).unwrap_or(u16::MAX);
        let mut bytes = vec![kind, self.version, self.algorithm.id()];
        bytes.extend(self.key_id.to_be_bytes());
        bytes.extend(len.to_be_bytes());
        bytes.extend(&self.bytes);
        bytes
    }
}

fn digest(algorithm: HashAlgorithm, bytes: &[u8], header: usize) -> Result<Label, LabelError> {
    if bytes.len() == algorithm.digest_len() {
        Ok(Label::Digest {
            algorithm,
            digest: bytes.to_vec(),
        })
    } else {
        Err(LabelError::Length {
            wanted: algorithm.digest_len() + header,
            found: bytes.len() + header,
        })
    }
}

fn signature(bytes: &[u8], versions: &[u8]) -> Result<Signature, LabelError> {
    let ([_, version, algorithm, k0, k1, k2, k3, s0, s1], rest) =
        bytes
            .split_first_chunk::<SIGNATURE_HEADER>()
            .ok_or(LabelError::Length {
                wanted: SIGNATURE_HEADER,
                found: bytes.len(),
            })?;
    if !versions.contains(version) {
        return Err(LabelError::UnknownVersion(*version));
    }
    let algorithm = HashAlgorithm::from_id(*algorithm).ok_or(LabelError::UnknownAlgorithm(*algorithm))?;
    let len = usize::from(u16::from_be_bytes([*s0, *s1]));
    // The kernel demands exactly this length (asymmetric_verify in security/integrity/digsig_asymmetric.c).
    if rest.len() != len || len == 0 {
        return Err(LabelError::Length {
            wanted: SIGNATURE_HEADER + len.max(1),
            found: bytes.len(),
        });
    }
    Ok(Signature {
        version: *version,
        algorithm,
        key_id: u32::from_be_bytes([*k0, *k1, *k2, *k3]),
        bytes: rest.to_vec(),
    })
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Digest { algorithm, digest } => {
                write!(f, "{algorithm}:{}", hex::encode(digest))
            }
            Self::Signature(signature) => write!(f, "signature of {signature}"),
            Self::Verity(signature) => write!(f, "fs-verity signature of {signature}"),
        }
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} by key {:08x}", self.algorithm, self.key_id)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_digests() {
        let label = Label::parse_hex(&format!("0x0404{}\n", "ab".repeat(32))).unwrap();
        assert_eq!(label.to_string(), format!("sha256:{}", "ab".repeat(32)));
        let label = Label::parse(&[&[1u8][..], &[7; 20]].concat()).unwrap();
        assert_eq!(label.to_string(), format!("sha1:{}", "07".repeat(20)));
        assert_eq!(label.to_bytes().len(), 22);
    }

    #[test]
    fn reads_signatures() {
        let bytes = [3, 2, 4, 0xde, 0xad, 0xbe, 0xef, 0, 2, 9, 9];
        let label = Label::parse(&bytes).unwrap();
        assert_eq!(label.to_string(), "signature of sha256 by key deadbeef");
        let verity = [6, 3, 4, 0, 0, 0, 1, 0, 1, 9];
        assert_eq!(
            Label::parse(&verity).unwrap().to_string(),
            "fs-verity signature of sha256 by key 00000001"
        );
    }

    #[test]
    fn says_what_is_wrong() {
        for (hex, message) in [
            ("0x", "empty"),
            ("0x05", "type 0x05"),
            ("0x04", "1 bytes, 2"),
            ("0x04ff", "algorithm 255"),
            ("0x0404ab", "3 bytes, 34"),
            ("0x01ab", "2 bytes, 21"),
            ("0x0302", "2 bytes, 9"),
            ("0x030104000000000000", "version 1"),
            ("0x030204000000000005aa", "10 bytes, 14"),
            ("0404", "not hexadecimal"),
            ("0x040", "not hexadecimal"),
            ("0xzz", "not hexadecimal"),
            ("0x+1", "not hexadecimal"),
        ] {
            let error = Label::parse_hex(hex).unwrap_err().to_string();
            assert!(error.contains(message), "{hex}: {error}");
        }
    }

    proptest! {
        #[test]
        fn never_panics_and_round_trips(bytes in prop::collection::vec(any::<u8>(), 0..80), kind in 0u8..8) {
            let bytes = [&[kind], bytes.as_slice()].concat();
            if let Ok(label) = Label::parse(&bytes) {
                prop_assert_eq!(Label::parse(&label.to_bytes()), Ok(label));
            }
        }

        #[test]
        fn hex_never_panics(text in "(0x)?\\PC{0,40}") {
            let _ = Label::parse_hex(&text);
        }
    }
}
