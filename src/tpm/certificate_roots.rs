use super::{EkCertificate, certificate_signature};
use rustls_pki_types::{CertificateDer, TrustAnchor, UnixTime, pem::PemObject};
use std::{
    fmt,
    time::{Duration, SystemTime},
};
use webpki::{EndEntityCert, KeyUsage, anchor_from_trusted_cert};
use x509_cert::{
    certificate::{CertificateInner, Raw},
    der::Decode,
    ext::pkix::{self, BasicConstraints},
};

/// The authorities of vendors that the user trusts: roots, and what is between them and endorsement certificates.
#[derive(Debug, Clone, Default)]
pub struct TrustedRoots {
    authorities: Vec<Authority>,
}

/// Whether a chain of signatures leads from an endorsement certificate to a root that is trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Chain {
    /// No roots are given.
    NotAsked,
    /// It does.
    Trusted {
        /// The root's subject (RFC 4514).
        root: String,
    },
    /// It does not, or something is wrong with it.
    Untrusted {
        /// What.
        why: String,
    },
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

#[derive(Debug, Clone)]
struct Authority {
    der: CertificateDer<'static>,
    certificate: CertificateInner<Raw>,
}

/// id-kp tcg-kp-EKCertificate, 2.23.133.8.1 (TCG EK Credential Profile, 3.2.16).
const EK_CERTIFICATE: &[u8] = &[0x67, 0x81, 0x05, 0x08, 0x01];

impl TrustedRoots {
    /// Nothing is asked of chains.
    pub fn none() -> Self {
        Self::default()
    }

    /// Reads certificates in PEM, whatever is written between them. One that is its own issuer is a root, and trusted
    /// because it is given; others must be signed by a root, through others.
    ///
    /// # Errors
    /// [`RootsFault`].
    pub fn from_pem(text: &str) -> Result<Self, RootsFault> {
        let mut authorities = Vec::new();
        for der in CertificateDer::pem_slice_iter(text.as_bytes()) {
            let malformed = RootsFault::Malformed(authorities.len() + 1);
            let der = der.map_err(|_| malformed.clone())?;
            let certificate = CertificateInner::from_der(&der).map_err(|_| malformed)?;
            authorities.push(Authority { der, certificate });
        }
        if authorities.is_empty() {
            return Err(RootsFault::Empty);
        }
        if !authorities.iter().any(Authority::is_root) {
            return Err(RootsFault::NoRoot);
        }
        Ok(Self { authorities })
    }

    /// Whether they vouch for a certificate at that time. [`webpki`] finds the path, and checks signatures, names,
    /// validity, basicConstraints, path lengths, name constraints, extended key usage and that no critical extension is
    /// unknown. It does not look at keyUsage, nor at a root beyond its name and key: such authorities are left out before.
    /// For a TPM without a certificate they cannot.
    pub fn vouch(&self, certificate: Option<&EkCertificate>, now: SystemTime) -> Chain {
        if self.authorities.is_empty() {
            return Chain::NotAsked;
        }
        let Some(certificate) = certificate else {
            let why = "there is no certificate".to_owned();
            return Chain::Untrusted { why };
        };
        match self.path(
            certificate,
            now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default(),
        ) {
            Ok(root) => Chain::Trusted { root },
            Err(why) => Chain::Untrusted { why },
        }
    }

    fn path(&self, certificate: &EkCertificate, now: Duration) -> Result<String, String> {
        let der = CertificateDer::from(certificate.der());
        let end = EndEntityCert::try_from(&der).map_err(|error| in_words(&error).to_owned())?;
        let fit = || {
            self.authorities
                .iter()
                .filter(|authority| authority.unfit(now).is_none())
        };
        let roots: Vec<(&Authority, TrustAnchor<'_>)> = fit()
            .filter(|authority| authority.is_root())
            .filter_map(|root| Some((root, anchor_from_trusted_cert(&root.der).ok()?)))
            .collect();
        let anchors: Vec<TrustAnchor<'_>> = roots.iter().map(|(_, anchor)| anchor.clone()).collect();
        let between: Vec<CertificateDer<'_>> = fit()
            .filter(|authority| !authority.is_root())
            .map(|authority| authority.der.clone())
            .collect();
        let usage = KeyUsage::required_if_present(EK_CERTIFICATE);
        let time = UnixTime::since_unix_epoch(now);
        let path = end
            .verify_for_usage(&certificate_signature::ALL, &anchors, &between, time, usage, None, None)
            .map_err(|error| match self.left_out(certificate, now) {
                Some(left_out) => format!("{}; {left_out}", in_words(&error)),
                None => in_words(&error).to_owned(),
            })?;
        let root = roots.iter().find(|(_, anchor)| anchor == path.anchor());
        let (root, _) = root.ok_or_else(|| in_words(&webpki::Error::UnknownIssuer).to_owned())?;
        let limit = root
            .constraints()
            .and_then(|constraints| constraints.path_len_constraint);
        if limit.is_some_and(|limit| path.intermediate_certificates().count() > usize::from(limit)) {
            return Err(in_words(&webpki::Error::PathLenConstraintViolated).to_owned());
        }
        Ok(root.subject())
    }

    /// The first authority on the way up by name that is given and cannot be used.
    fn left_out(&self, certificate: &EkCertificate, now: Duration) -> Option<String> {
        let mut issuer = certificate.issuer.clone();
        // No way is longer than all of them; names may run in a circle.
        for _ in &self.authorities {
            let authority = self
                .authorities
                .iter()
                .find(|authority| authority.subject() == issuer)?;
            if let Some(reason) = authority.unfit(now) {
                return Some(format!("{issuer} is given, but {reason}"));
            }
            issuer = authority.certificate.tbs_certificate().issuer().to_string();
        }
        None
    }
}

impl Authority {
    fn subject(&self) -> String {
        self.certificate.tbs_certificate().subject().to_string()
    }

    fn is_root(&self) -> bool {
        let certified = self.certificate.tbs_certificate();
        certified.subject() == certified.issuer()
    }

    fn constraints(&self) -> Option<BasicConstraints> {
        let extension = self.certificate.tbs_certificate().get_extension::<BasicConstraints>();
        extension.ok().flatten().map(|(_, constraints)| constraints)
    }

    /// Why it cannot vouch for others (RFC 5280, 6.1.4).
    fn unfit(&self, now: Duration) -> Option<String> {
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
        match certified.get_extension::<pkix::KeyUsage>() {
            Ok(None) => None,
            Ok(Some((_, usage))) if usage.key_cert_sign() => None,
            _ => Some("may not sign certificates (keyUsage)".to_owned()),
        }
    }
}

fn in_words(error: &webpki::Error) -> &'static str {
    use webpki::Error;
    match error {
        Error::UnknownIssuer => "no chain leads from it to a root that is given",
        Error::InvalidSignatureForPublicKey => {
            "a signature is not that of the issuer's key: an authority of this name is given, with another key or a short one"
        }
        Error::CertExpired { .. } => "it has expired",
        Error::CertNotValidYet { .. } => "it is not valid yet",
        Error::RequiredEkuNotFoundContext(_) | Error::EmptyEkuExtension => {
            "its extended key usage, or an authority's, is not that of endorsement certificates (2.23.133.8.1)"
        }
        Error::CaUsedAsEndEntity => "it is the certificate of an authority",
        Error::EndEntityUsedAsCa => "the certificate that signed it is not an authority's",
        Error::PathLenConstraintViolated => "an authority allows fewer authorities below it (pathLenConstraint)",
        Error::NameConstraintViolation => "an authority may not sign for its name (nameConstraints)",
        Error::UnsupportedCriticalExtension => "it, or an authority, has a critical extension that is not known",
        Error::UnsupportedSignatureAlgorithmContext(_) | Error::UnsupportedSignatureAlgorithmForPublicKeyContext(_) => {
            "it, or an authority, is signed in a way that is not known here"
        }
        Error::MaximumPathDepthExceeded
        | Error::MaximumPathBuildCallsExceeded
        | Error::MaximumSignatureChecksExceeded
        | Error::MaximumNameConstraintComparisonsExceeded => "the chain is too long, or there are too many to try",
        _ => "it, or an authority, is no certificate as RFC 5280 has them",
    }
}

impl fmt::Display for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAsked => f.write_str("no roots are given to check it against"),
            Self::Trusted { root } => write!(f, "trusted by {root}"),
            Self::Untrusted { why } => write!(f, "not trusted by any of the given roots: {why}"),
        }
    }
}
