use std::fmt;

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

impl fmt::Display for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAsked => f.write_str("not checked against any roots: none are given"),
            Self::Trusted { root } => write!(f, "trusted by {root}"),
            Self::Untrusted { why } => write!(f, "not trusted by any of the given roots: {why}"),
        }
    }
}

/// Why [`webpki`] finds no path; its own words are for its programmers.
pub(super) fn in_words(error: &webpki::Error) -> &'static str {
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
        Error::UnsupportedCriticalExtension => "it has a critical extension that is not known",
        Error::UnsupportedSignatureAlgorithmContext(_) | Error::UnsupportedSignatureAlgorithmForPublicKeyContext(_) => {
            "it, or an authority, is signed in a way that is not known here"
        }
        Error::MaximumPathDepthExceeded
        | Error::MaximumPathBuildCallsExceeded
        | Error::MaximumSignatureChecksExceeded
        | Error::MaximumNameConstraintComparisonsExceeded => "the chain is too long, or there are too many to try",
        _ => "it is no certificate as RFC 5280 has them",
    }
}
