use super::{
    EndorsementKey,
    certificate_authority::{CertificateAuthority, first},
};
use crate::ima::hex;
use sha2::{Digest, Sha256};
use std::fmt;

/// The certificate that a TPM's vendor gives for its endorsement key (TCG EK Credential Profile, 3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EkCertificate {
    /// Whom it names (RFC 4514). Often nobody: the profile puts the TPM's model into another place.
    pub subject: String,
    /// The vendor's authority.
    pub issuer: String,
    /// Two digits a byte.
    pub serial: String,
    /// SHA-256 of the whole certificate, lower-case hexadecimal.
    pub fingerprint: String,
    /// RFC 3339, UTC.
    pub not_before: String,
    /// The same; `9999-12-31T23:59:59Z` says that it never ends.
    pub not_after: String,
    key: EndorsementKey,
    der: Vec<u8>,
    issuers: Vec<CertificateAuthority>,
}

/// Why bytes are no endorsement certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CertificateFault {
    /// Not the structure.
    #[error("it is no X.509 certificate in DER")]
    Malformed,
    /// The default templates make no such key.
    #[error("its key is neither RSA nor of the curve P-256")]
    Key,
}

/// No chain can be longer, and a host must not make the search for a path long.
const MOST_ISSUERS: usize = 8;

impl EkCertificate {
    /// Reads what an NV index holds. Vendors make the index larger than the certificate: whatever follows is left alone.
    ///
    /// # Errors
    /// [`CertificateFault`].
    pub fn parse(content: &[u8]) -> Result<Self, CertificateFault> {
        let (certificate, der) = first(content).ok_or(CertificateFault::Malformed)?;
        let certified = certificate.tbs_certificate();
        Ok(Self {
            subject: certified.subject().to_string(),
            issuer: certified.issuer().to_string(),
            serial: hex::encode(certified.serial_number().as_bytes()),
            fingerprint: hex::encode(&Sha256::digest(der)),
            not_before: certified.validity().not_before.to_string(),
            not_after: certified.validity().not_after.to_string(),
            key: EndorsementKey::of_certificate(certified.subject_public_key_info()).ok_or(CertificateFault::Key)?,
            der: der.to_vec(),
            issuers: Vec::new(),
        })
    }

    /// With the authorities between it and its root, certificates one after the other as the TPM keeps them: some vendors
    /// have authorities of one machine only. They are not trusted for that; whatever is no certificate ends them.
    #[must_use]
    pub fn with_issuers(mut self, mut chain: &[u8]) -> Self {
        self.issuers.clear();
        while self.issuers.len() < MOST_ISSUERS
            && let Some(authority) = CertificateAuthority::parse(chain)
        {
            chain = &chain[authority.der().len()..];
            self.issuers.push(authority);
        }
        self
    }

    pub(super) fn issuers(&self) -> &[CertificateAuthority] {
        &self.issuers
    }

    /// The key that it is for.
    pub fn key(&self) -> &EndorsementKey {
        &self.key
    }

    /// Without what followed it.
    pub fn der(&self) -> &[u8] {
        &self.der
    }
}

impl fmt::Display for EkCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "serial {} of {}, valid {} to {}, SHA-256 {}",
            self.serial, self.issuer, self.not_before, self.not_after, self.fingerprint
        )
    }
}
