use super::{Chain, EkCertificate, certificate::first};
use openssl::{
    error::ErrorStack,
    stack::Stack,
    x509::{X509, X509Ref, X509StoreContext, X509VerifyResult, store::X509StoreBuilder, verify::X509VerifyParam},
};
use std::time::{Duration, SystemTime};
use x509_cert::{
    certificate::{Raw, TbsCertificateInner},
    ext::pkix::BasicConstraints,
    name::Name,
};

/// The authorities of vendors that the user trusts: roots, and what is between them and endorsement certificates.
#[derive(Debug, Clone, Default)]
pub struct TrustedRoots {
    authorities: Vec<X509>,
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

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";

/// What RSA with 2048 bits has (NIST SP 800-57, Part 1, 5.6.1).
const SECURITY_BITS: u32 = 112;

/// X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, DEPTH_ZERO_SELF_SIGNED_CERT, SELF_SIGNED_CERT_IN_CHAIN,
/// UNABLE_TO_GET_ISSUER_CERT_LOCALLY and UNABLE_TO_VERIFY_LEAF_SIGNATURE.
const NO_ISSUER: [i32; 5] = [2, 18, 19, 20, 21];

/// Authorities between a certificate and its root. Intel's have five, the longest that is known.
const DEEPEST: i32 = 8;

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
        for rest in text.split(BEGIN).skip(1) {
            let certificate = X509::from_pem(format!("{BEGIN}{rest}").as_bytes());
            authorities.push(certificate.map_err(|_| RootsFault::Malformed(authorities.len() + 1))?);
        }
        if authorities.is_empty() {
            return Err(RootsFault::Empty);
        }
        if !authorities.iter().any(|authority| is_root(authority)) {
            return Err(RootsFault::NoRoot);
        }
        Ok(Self { authorities })
    }

    /// Whether they vouch for a certificate at that time; the TPM may have brought what is between. OpenSSL finds the path
    /// and checks it (RFC 5280, 6): signatures, names, validity, who may sign and how deep, name constraints, policies, and
    /// that no critical extension is unknown. For a TPM without a certificate nobody vouches.
    pub fn vouch(&self, certificate: Option<&EkCertificate>, now: SystemTime) -> Chain {
        if self.is_none() {
            return Chain::NotAsked;
        }
        let untrusted = |why: &str| Chain::Untrusted { why: why.to_owned() };
        let Some(certificate) = certificate else {
            return untrusted("there is no certificate");
        };
        if let Some(why) = certificate.unfit() {
            return untrusted(why);
        }
        let now = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        self.path(certificate, now)
            .unwrap_or_else(|_| untrusted("OpenSSL cannot read it"))
    }

    fn path(&self, certificate: &EkCertificate, now: Duration) -> Result<Chain, ErrorStack> {
        let mut store = X509StoreBuilder::new()?;
        let mut between = Stack::new()?;
        for authority in &self.authorities {
            if is_root(authority) {
                store.add_cert(authority.clone())?;
            } else {
                between.push(authority.clone())?;
            }
        }
        // Roots of the TPM's own are in no store, and trusted by nobody.
        let brought = certificate.issuers().iter();
        for issuer in brought.filter_map(|issuer| X509::from_der(issuer).ok()) {
            between.push(issuer)?;
        }
        let mut param = X509VerifyParam::new()?;
        param.set_time(now.as_secs().try_into().unwrap_or_default());
        param.set_depth(DEEPEST);
        store.set_param(&param)?;
        let end = X509::from_der(certificate.der())?;
        X509StoreContext::new()?.init(&store.build(), &end, &between, |context| {
            let is_verified = context.verify_cert()?;
            let path: Vec<&X509Ref> = context.chain().into_iter().flatten().collect();
            let weak = (path.iter().skip(1)).find_map(|authority| Some((authority, lack(authority)?)));
            Ok(match (is_verified, weak, path.last()) {
                (true, None, Some(root)) => Chain::Trusted { root: subject(root) },
                (true, Some((authority, lack)), _) => Chain::Untrusted {
                    why: format!("{}: {lack}", subject(authority)),
                },
                _ => Chain::Untrusted {
                    why: in_words(context.error(), context.error_depth(), context.current_cert()),
                },
            })
        })
    }
}

fn is_root(certificate: &X509Ref) -> bool {
    let (subject, issuer) = (certificate.subject_name().to_der(), certificate.issuer_name().to_der());
    subject
        .ok()
        .zip(issuer.ok())
        .is_some_and(|(subject, issuer)| subject == issuer)
}

/// What OpenSSL lets pass: an authority of the time before basicConstraints, and a key that can be broken.
fn lack(authority: &X509Ref) -> Option<&'static str> {
    let der = authority.to_der().unwrap_or_default();
    let constraints = first(&der)
        .and_then(|(certificate, _)| certificate.tbs_certificate().get_extension::<BasicConstraints>().ok()?);
    if !constraints.is_some_and(|(_, constraints)| constraints.ca) {
        return Some("it is no authority (basicConstraints)");
    }
    let strength = authority.public_key().map_or(0, |key| key.security_bits());
    (strength < SECURITY_BITS).then_some("its key is too short")
}

fn subject(certificate: &X509Ref) -> String {
    named(certificate, TbsCertificateInner::subject)
}

fn named(certificate: &X509Ref, name: impl Fn(&TbsCertificateInner<Raw>) -> &Name) -> String {
    let der = certificate.to_der().unwrap_or_default();
    first(&der).map_or_else(String::new, |(certificate, _)| {
        name(certificate.tbs_certificate()).to_string()
    })
}

/// What is wrong, and with which certificate: itself, or one above it.
fn in_words(error: X509VerifyResult, depth: u32, certificate: Option<&X509Ref>) -> String {
    let Some(certificate) = certificate else {
        return error.error_string().to_owned();
    };
    if NO_ISSUER.contains(&error.as_raw()) {
        let issuer = named(certificate, TbsCertificateInner::issuer);
        return format!("no chain leads to a root that is given, which needs the certificate of {issuer} that signed");
    }
    match depth {
        0 => error.error_string().to_owned(),
        _ => format!("{}: {}", subject(certificate), error.error_string()),
    }
}
