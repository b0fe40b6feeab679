use super::EndorsementKey;
use crate::ima::hex;
use sha2::{Digest, Sha256};
use std::fmt;
use x509_cert::{
    certificate::{CertificateInner, Raw, TbsCertificateInner},
    der::{Decode, Reader, SliceReader, oid::ObjectIdentifier},
    ext::pkix::{BasicConstraints, ExtendedKeyUsage},
};

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
    unfit: Option<&'static str>,
    issuers: Vec<Vec<u8>>,
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

/// tcg-kp-EKCertificate.
const EK_CERTIFICATE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.23.133.8.1");

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
            unfit: unfit(certified),
            issuers: Vec::new(),
        })
    }

    /// With the authorities between it and its root, certificates one after the other as the TPM keeps them: some vendors
    /// have authorities of one machine only. They are not trusted for that; whatever is no certificate ends them.
    #[must_use]
    pub fn with_issuers(mut self, mut chain: &[u8]) -> Self {
        self.issuers.clear();
        while self.issuers.len() < MOST_ISSUERS
            && let Some((_, der)) = first(chain)
        {
            self.issuers.push(der.to_vec());
            chain = &chain[der.len()..];
        }
        self
    }

    /// What [`Self::with_issuers`] found, in DER.
    pub(super) fn issuers(&self) -> &[Vec<u8>] {
        &self.issuers
    }

    /// Why it endorses no TPM, whoever signed it.
    pub(super) fn unfit(&self) -> Option<&'static str> {
        self.unfit
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

/// What the profile demands of extensions, where they are there (TCG EK Credential Profile, 3.2.9 and 3.2.16).
fn unfit(certified: &TbsCertificateInner<Raw>) -> Option<&'static str> {
    let constraints = certified.get_extension::<BasicConstraints>();
    let usage = certified.get_extension::<ExtendedKeyUsage>();
    let (Ok(constraints), Ok(usage)) = (constraints, usage) else {
        return Some("its basicConstraints or its extended key usage cannot be read");
    };
    if constraints.is_some_and(|(_, constraints)| constraints.ca) {
        return Some("it is the certificate of an authority");
    }
    usage
        .is_some_and(|(_, usage)| !usage.0.contains(&EK_CERTIFICATE))
        .then_some("its extended key usage is not that of endorsement certificates (2.23.133.8.1)")
}

/// The certificate at the beginning, read without the rules of RFC 5280 that vendors break (serial numbers that are
/// negative or too long), and its bytes.
pub(super) fn first(bytes: &[u8]) -> Option<(CertificateInner<Raw>, &[u8])> {
    let mut reader = SliceReader::new(bytes).ok()?;
    let certificate = CertificateInner::decode(&mut reader).ok()?;
    let len = usize::try_from(reader.position()).ok()?;
    Some((certificate, bytes.get(..len)?))
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
