use super::TpmAnswer;
use crate::ima::measurement::diff::Snapshot;
use serde::{Deserialize, Deserializer, Serialize, de::Error};

/// What is kept of a host to compare with. As JSON it is made to lie in a repository: sorted, a name a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reference {
    format_version: FormatVersion,
    /// The key that signed; `None` where the host had no TPM.
    pub key: Option<ReferenceKey>,
    /// What its list said.
    pub list: Snapshot,
}

/// A key that is remembered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReferenceKey {
    /// Its name, which covers its public area, in hexadecimal digits.
    pub name: String,
    /// Its public part in PEM, for other programs.
    pub pem: String,
    /// SHA-256 of the endorsement certificate that it was proven by, in hexadecimal digits; `None` where there was none.
    pub certificate: Option<String>,
}

impl Reference {
    /// What a host said now.
    pub fn new(tpm: Option<&TpmAnswer>, list: Snapshot) -> Self {
        let key = tpm.map(|tpm| ReferenceKey {
            name: tpm.key_name.to_string(),
            pem: tpm.key.to_pem().unwrap_or_default(),
            certificate: tpm.certificate().map(|certificate| certificate.fingerprint.clone()),
        });
        Self {
            format_version: FormatVersion,
            key,
            list,
        }
    }
}

/// The form of the file; another one is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
struct FormatVersion;

const FORMAT_VERSION: u32 = 1;

impl Serialize for FormatVersion {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u32(FORMAT_VERSION)
    }
}

impl<'de> Deserialize<'de> for FormatVersion {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match u32::deserialize(deserializer)? {
            FORMAT_VERSION => Ok(Self),
            other => Err(Error::custom(format!(
                "a reference of format {other}; this imaform knows {FORMAT_VERSION}"
            ))),
        }
    }
}
