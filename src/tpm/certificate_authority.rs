use rustls_pki_types::CertificateDer;
use std::time::Duration;
use webpki::EndEntityCert;
use x509_cert::{
    certificate::{CertificateInner, Raw},
    der::{Decode, Reader, SliceReader},
    ext::pkix::{BasicConstraints, KeyUsage},
};

/// The certificate of one that signs certificates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CertificateAuthority {
    der: CertificateDer<'static>,
    certificate: CertificateInner<Raw>,
}

impl CertificateAuthority {
    /// Reads the certificate at the beginning; the rest is left alone.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let (certificate, der) = first(bytes)?;
        Some(Self {
            der: CertificateDer::from(der.to_vec()),
            certificate,
        })
    }

    pub(super) fn der(&self) -> &CertificateDer<'static> {
        &self.der
    }

    pub(super) fn subject(&self) -> String {
        self.certificate.tbs_certificate().subject().to_string()
    }

    pub(super) fn issuer(&self) -> String {
        self.certificate.tbs_certificate().issuer().to_string()
    }

    /// It names nobody else as its issuer.
    pub(super) fn is_root(&self) -> bool {
        let certified = self.certificate.tbs_certificate();
        certified.subject() == certified.issuer()
    }

    /// How many authorities it allows below it; `None` for any number.
    pub(super) fn path_limit(&self) -> Option<usize> {
        self.constraints()?.path_len_constraint.map(usize::from)
    }

    /// Why it cannot vouch for others at that time (RFC 5280, 6.1.4).
    pub(super) fn unfit(&self, now: Duration) -> Option<String> {
        let certified = self.certificate.tbs_certificate();
        let validity = certified.validity();
        if now < validity.not_before.to_unix_duration() {
            return Some(format!("is valid from {} on", validity.not_before));
        }
        if now > validity.not_after.to_unix_duration() {
            return Some(format!("has expired at {}", validity.not_after));
        }
        if !self.constraints().is_some_and(|constraints| constraints.ca) {
            return Some("is no authority (basicConstraints)".to_owned());
        }
        match certified.get_extension::<KeyUsage>() {
            Ok(None) => {}
            Ok(Some((_, usage))) if usage.key_cert_sign() => {}
            _ => return Some("may not sign certificates (keyUsage)".to_owned()),
        }
        let readable = EndEntityCert::try_from(&self.der).is_ok();
        (!readable).then(|| "has a critical extension that is not known, or breaks RFC 5280".to_owned())
    }

    fn constraints(&self) -> Option<BasicConstraints> {
        let extension = self.certificate.tbs_certificate().get_extension::<BasicConstraints>();
        extension.ok().flatten().map(|(_, constraints)| constraints)
    }
}

/// The certificate at the beginning, read without the rules of RFC 5280 that vendors break (serial numbers that are
/// negative or too long), and its bytes.
pub(super) fn first(bytes: &[u8]) -> Option<(CertificateInner<Raw>, &[u8])> {
    let mut reader = SliceReader::new(bytes).ok()?;
    let certificate = CertificateInner::decode(&mut reader).ok()?;
    let len = usize::try_from(reader.position()).ok()?;
    Some((certificate, bytes.get(..len)?))
}
