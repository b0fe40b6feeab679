use super::certificate_signature;
use super::{Chain, EkCertificate, certificate_authority::CertificateAuthority, certificate_chain::in_words};
use rustls_pki_types::{CertificateDer, TrustAnchor, UnixTime, pem::PemObject};
use std::time::{Duration, SystemTime};
use webpki::{EndEntityCert, KeyUsage, anchor_from_trusted_cert};

/// The authorities of vendors that the user trusts: roots, and what is between them and endorsement certificates.
#[derive(Debug, Clone, Default)]
pub struct TrustedRoots {
    authorities: Vec<CertificateAuthority>,
}

/// Why a file names no roots.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RootsFault {
    /// Nothing to read.
    #[error("it holds no certificate in PEM (`-----BEGIN CERTIFICATE-----`)")]
    Empty,
    /// A broken one.
    #[error("its certificate {0} cannot be read: PEM or DER is broken")]
    Malformed(usize),
    /// Only certificates that others signed.
    #[error("it holds no root: every certificate in it names another one as its issuer; add the vendor's root")]
    NoRoot,
}

/// id-kp tcg-kp-EKCertificate, 2.23.133.8.1 (TCG EK Credential Profile, 3.2.16).
const EK_CERTIFICATE: &[u8] = &[0x67, 0x81, 0x05, 0x08, 0x01];

impl TrustedRoots {
    /// Nothing is asked of chains.
    pub fn none() -> Self {
        Self::default()
    }

    /// Whether nothing is asked of chains.
    pub fn is_none(&self) -> bool {
        self.authorities.is_empty()
    }

    /// Reads certificates in PEM, whatever is written between them. One that is its own issuer is a root, and trusted
    /// because it is given; others must be signed by a root, through others.
    ///
    /// # Errors
    /// [`RootsFault`].
    pub fn from_pem(text: &str) -> Result<Self, RootsFault> {
        let mut authorities = Vec::new();
        for der in CertificateDer::pem_slice_iter(text.as_bytes()) {
            let authority = der.ok().and_then(|der| CertificateAuthority::parse(&der));
            authorities.push(authority.ok_or(RootsFault::Malformed(authorities.len() + 1))?);
        }
        if authorities.is_empty() {
            return Err(RootsFault::Empty);
        }
        if !authorities.iter().any(CertificateAuthority::is_root) {
            return Err(RootsFault::NoRoot);
        }
        Ok(Self { authorities })
    }

    /// Whether they vouch for a certificate at that time; the TPM may have brought what is between. [`webpki`] finds the
    /// path, and checks signatures, names, validity, basicConstraints, path lengths, name constraints, extended key usage
    /// and that no critical extension is unknown. It does not look at keyUsage, nor at a root beyond its name and key:
    /// authorities that are not fit are left out before. For a TPM without a certificate nobody vouches.
    pub fn vouch(&self, certificate: Option<&EkCertificate>, now: SystemTime) -> Chain {
        if self.is_none() {
            return Chain::NotAsked;
        }
        let Some(certificate) = certificate else {
            let why = "there is no certificate".to_owned();
            return Chain::Untrusted { why };
        };
        let now = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        match self.root_of(certificate, now) {
            Ok(root) => Chain::Trusted { root: root.subject() },
            Err(error) => {
                let words = in_words(&error);
                let why = match self.left_out(certificate, now) {
                    Some(left_out) => format!("{words}; {left_out}"),
                    None => words.to_owned(),
                };
                Chain::Untrusted { why }
            }
        }
    }

    fn root_of(&self, certificate: &EkCertificate, now: Duration) -> Result<&CertificateAuthority, webpki::Error> {
        let der = CertificateDer::from(certificate.der());
        let end = EndEntityCert::try_from(&der)?;
        let is_fit = |authority: &&CertificateAuthority| authority.unfit(now).is_none();
        let given = self.authorities.iter().filter(is_fit);
        let roots: Vec<(&CertificateAuthority, TrustAnchor<'_>)> = given
            .filter(|authority| authority.is_root())
            .filter_map(|root| Some((root, anchor_from_trusted_cert(root.der()).ok()?)))
            .collect();
        let anchors: Vec<TrustAnchor<'_>> = roots.iter().map(|(_, anchor)| anchor.clone()).collect();
        let between: Vec<CertificateDer<'_>> = self
            .with_issuers_of(certificate)
            .filter(|authority| !authority.is_root())
            .filter(is_fit)
            .map(|authority| authority.der().clone())
            .collect();
        let usage = KeyUsage::required_if_present(EK_CERTIFICATE);
        let time = UnixTime::since_unix_epoch(now);
        let path = end.verify_for_usage(&certificate_signature::ALL, &anchors, &between, time, usage, None, None)?;
        let root = roots.iter().find(|(_, anchor)| anchor == path.anchor());
        let (root, _) = root.ok_or(webpki::Error::UnknownIssuer)?;
        let len = path.intermediate_certificates().count();
        if root.path_limit().is_some_and(|limit| len > limit) {
            return Err(webpki::Error::PathLenConstraintViolated);
        }
        Ok(root)
    }

    fn with_issuers_of<'a>(&'a self, certificate: &'a EkCertificate) -> impl Iterator<Item = &'a CertificateAuthority> {
        self.authorities.iter().chain(certificate.issuers())
    }

    /// The first authority on the way up by name that is there and cannot be used.
    fn left_out(&self, certificate: &EkCertificate, now: Duration) -> Option<String> {
        let mut name = certificate.issuer.clone();
        // No way is longer than all of them; names may run in a circle.
        for _ in self.with_issuers_of(certificate) {
            let mut authorities = self.with_issuers_of(certificate);
            let authority = authorities.find(|authority| authority.subject() == name)?;
            if let Some(reason) = authority.unfit(now) {
                return Some(format!("{name} is there, but {reason}"));
            }
            name = authority.issuer();
        }
        None
    }
}
