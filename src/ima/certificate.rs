use super::{HashAlgorithm, Signature, hex};
use openssl::{
    asn1::Asn1OctetStringRef,
    nid::Nid,
    pkey::{Id, PKey, Public},
    pkey_ctx::PkeyCtx,
    rsa::Padding,
    x509::{X509, X509NameRef},
};
use serde::{Serialize, Serializer};
use std::fmt;

/// The certificate whose key signs files: the kernel finds the key of a signature by what stands in here.
#[derive(Clone)]
pub struct Certificate {
    /// The subject, for people.
    pub subject: String,
    /// Its SubjectKeyIdentifier, as hexadecimal digits. Signatures name its last four bytes.
    pub key_id: String,
    /// The identifier of the key that signed it, as hexadecimal digits, where it says so.
    pub issuer_key_id: Option<String>,
    pem: String,
    key: PKey<Public>,
}

/// Why a file is no certificate for IMA.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// Neither form.
    #[error("it is no X.509 certificate, neither PEM nor DER")]
    NoCertificate,
    /// The kernel looks for the key by this identifier.
    #[error(
        "it has no SubjectKeyIdentifier, by which the kernel finds the key of a signature: make one with `subjectKeyIdentifier=hash`"
    )]
    NoKeyId,
    /// Keys that the kernel verifies no files with.
    #[error("its key is neither RSA nor of an elliptic curve (ECDSA)")]
    Key,
}

impl Certificate {
    /// Reads PEM or DER.
    ///
    /// # Errors
    /// What [`CertificateError`] lists.
    pub fn parse(bytes: &[u8]) -> Result<Self, CertificateError> {
        let read = if bytes.trim_ascii_start().starts_with(b"-----BEGIN") {
            X509::from_pem(bytes)
        } else {
            X509::from_der(bytes)
        };
        let x509 = read.map_err(|_| CertificateError::NoCertificate)?;
        let key = x509.public_key().map_err(|_| CertificateError::Key)?;
        if !matches!(key.id(), Id::RSA | Id::EC) {
            return Err(CertificateError::Key);
        }
        let digits = |id: &Asn1OctetStringRef| hex::encode(id.as_slice());
        let key_id = x509.subject_key_id().map(digits);
        let pem = x509.to_pem().map_err(|_| CertificateError::NoCertificate)?;
        Ok(Self {
            subject: name(x509.subject_name()),
            key_id: key_id.filter(|id| id.len() >= 8).ok_or(CertificateError::NoKeyId)?,
            issuer_key_id: x509.authority_key_id().map(digits),
            pem: String::from_utf8_lossy(&pem).into_owned(),
            key,
        })
    }

    /// The certificate as PEM.
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// Its public key.
    pub fn key(&self) -> &PKey<Public> {
        &self.key
    }

    /// How signatures name the key.
    pub fn short_key_id(&self) -> u32 {
        let last = self.key_id.len().saturating_sub(8);
        u32::from_str_radix(&self.key_id[last..], 16).unwrap_or_default()
    }

    /// Whether this key made the signature, and over this digest.
    pub fn verifies(&self, signature: &Signature, algorithm: HashAlgorithm, digest: &[u8]) -> bool {
        let named = signature.version == 2
            && signature.key_id == self.short_key_id()
            && signature.algorithm == algorithm
            && algorithm == HashAlgorithm::SHA256;
        let verified = || {
            let mut context = PkeyCtx::new(&self.key)?;
            context.verify_init()?;
            if self.key.id() == Id::RSA {
                context.set_rsa_padding(Padding::PKCS1)?;
            }
            context.set_signature_md(openssl::md::Md::sha256())?;
            context.verify(digest, &signature.bytes)
        };
        named && verified().unwrap_or(false)
    }
}

/// As PEM.
impl Serialize for Certificate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.pem)
    }
}

impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        self.pem == other.pem
    }
}

impl Eq for Certificate {}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate({self})")
    }
}

/// Its subject, and how signatures name its key.
impl fmt::Display for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (key {:08x})", self.subject, self.short_key_id())
    }
}

/// The common name, or else the organisation.
fn name(name: &X509NameRef) -> String {
    let mut entries = [Nid::COMMONNAME, Nid::ORGANIZATIONNAME]
        .into_iter()
        .flat_map(|nid| name.entries_by_nid(nid));
    let text = entries.next().and_then(|entry| entry.data().to_string().ok());
    let text = text.unwrap_or_default();
    let plain = !text.trim().is_empty() && !text.chars().any(char::is_control);
    if plain { text } else { "no name".into() }
}
