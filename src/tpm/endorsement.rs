use super::{
    CertificateFault, CertificateIndex, Chain, Credential, CredentialFault, EkCertificate, KeyName, TrustedRoots,
    certificate_index::read_chain, endorsement_object::EndorsementObject,
};
use crate::words;
use std::{fmt, time::SystemTime};
use tss_esapi::{
    Context, Error,
    constants::{SessionType, Tss2ResponseCode},
    handles::{AuthHandle, KeyHandle, SessionHandle},
    interface_types::{
        algorithm::HashingAlgorithm,
        session_handles::{AuthSession, PolicySession},
    },
    structures::{Digest, Public, SymmetricDefinition},
};

/// What vouches for an attestation key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endorsement {
    /// The key for which all this holds: compare it with the one that signs quotes.
    pub name: KeyName,
    /// The vendor's certificate, where the TPM has one.
    pub certificate: Option<EkCertificate>,
    /// The TPM for whose endorsement key the certificate was issued has the attestation key, and lets nobody else sign
    /// with it. Without a certificate nothing is tried: any program can make two keys and say that a TPM holds them.
    pub activated: bool,
    /// Whether somebody whom the user trusts issued the certificate.
    pub chain: Chain,
}

/// Why nothing can vouch for a key, or something speaks against it.
#[derive(Debug, thiserror::Error)]
pub enum EndorsementFault {
    /// The TPM, or the way to it.
    #[error("{doing}: {error}")]
    Tpm {
        /// What was asked of it.
        doing: &'static str,
        /// What came back.
        error: Error,
    },
    /// Anybody could have signed with it, or anything.
    #[error("the key is no attestation key: {0}")]
    NotAttestationKey(&'static str),
    /// Bytes that are none.
    #[error("the TPM's endorsement certificate (NV index {0}): {1}")]
    Certificate(CertificateIndex, CertificateFault),
    /// A certificate of another TPM.
    #[error(
        "the endorsement certificate (NV index {0}) is for another key than the TPM's: it is another TPM's certificate, \
         or the TPM was given a new seed"
    )]
    OtherKey(CertificateIndex),
    /// No secret.
    #[error(transparent)]
    Credential(#[from] CredentialFault),
    /// The key and the endorsement key are not in one TPM.
    #[error(
        "the TPM of the endorsement certificate does not know the attestation key: it refuses the credential ({0})"
    )]
    Refused(Error),
    /// Whatever answers has no endorsement key.
    #[error("the credential's secret came back wrong: what answers is not the TPM of the endorsement certificate")]
    WrongSecret,
}

/// Checks what vouches for an attestation key that the TPM has loaded. The key's own authorization is empty, as is the
/// endorsement hierarchy's. Nothing stays in the TPM.
///
/// # Errors
/// [`EndorsementFault`].
pub fn endorse(
    context: &mut Context,
    ak: KeyHandle,
    roots: &TrustedRoots,
    now: SystemTime,
) -> Result<Endorsement, EndorsementFault> {
    let read = context.execute_without_session(|context| context.read_public(ak));
    let (public, ..) = read.map_err(|error| EndorsementFault::Tpm {
        doing: "reading the attestation key's public part",
        error,
    })?;
    let name = attestation_name(&public)?;
    let Some((index, content)) = CertificateIndex::read_first(context)? else {
        return Ok(Endorsement {
            name,
            certificate: None,
            activated: false,
            chain: roots.vouch(None, now),
        });
    };
    let certificate = EkCertificate::parse(&content).map_err(|fault| EndorsementFault::Certificate(index, fault))?;
    // Each answer takes its time, and only roots ask for these.
    let certificate = match roots.is_none() {
        true => certificate,
        false => certificate.with_issuers(&read_chain(context)?),
    };
    let credential_secret = Credential::secret()?;
    let credential = Credential::wrap(&credential_secret, certificate.key(), &name)?;
    let ek = EndorsementObject::find(context, certificate.key(), index.algorithm())?
        .ok_or(EndorsementFault::OtherKey(index))?;
    let secret = activate(context, ak, ek.handle(), credential);
    let released = ek.release(context);
    let secret = secret?;
    released.map_err(activating)?;
    if secret.as_slice() != credential_secret {
        return Err(EndorsementFault::WrongSecret);
    }
    Ok(Endorsement {
        name,
        chain: roots.vouch(Some(&certificate), now),
        certificate: Some(certificate),
        activated: true,
    })
}

/// The Name of a key whose attributes (TPM 2.0 Library, Part 2, 8.3) say that it was made in a TPM, never leaves it, and
/// signs nothing that looks like a statement of the TPM's and is none. The Name holds the attributes, so that the TPM
/// that activates a credential for it vouches for them.
fn attestation_name(public: &Public) -> Result<KeyName, EndorsementFault> {
    let attributes = public.object_attributes();
    let demands = [
        (attributes.sign_encrypt(), "it does not sign"),
        (
            attributes.restricted(),
            "it signs whatever it is given (not restricted)",
        ),
        (attributes.fixed_tpm(), "it can be copied to another TPM (not fixedTPM)"),
        (attributes.fixed_parent(), "it can be copied (not fixedParent)"),
        (
            attributes.sensitive_data_origin(),
            "it was made outside of the TPM (not sensitiveDataOrigin)",
        ),
        (!attributes.decrypt(), "it decrypts, too"),
    ];
    if let Some((_, lack)) = demands.into_iter().find(|(is_met, _)| !is_met) {
        return Err(EndorsementFault::NotAttestationKey(lack));
    }
    KeyName::of(public).ok_or(EndorsementFault::NotAttestationKey(
        "its Name has a hash that is not known",
    ))
}

/// TPM2_ActivateCredential, under the policy of the default templates: whoever may use the endorsement hierarchy.
fn activate(
    context: &mut Context,
    ak: KeyHandle,
    ek: KeyHandle,
    credential: Credential,
) -> Result<Digest, EndorsementFault> {
    let session = context.execute_without_session(|context| {
        context.start_auth_session(
            None,
            None,
            None,
            SessionType::Policy,
            SymmetricDefinition::AES_128_CFB,
            HashingAlgorithm::Sha256,
        )
    });
    // Without an error there is always one.
    let session = session
        .and_then(|session| session.ok_or(Error::WrapperError(tss_esapi::WrapperErrorKind::WrongValueFromTpm)))
        .map_err(activating)?;
    let secret = activate_in(context, session, ak, ek, credential);
    let flushed = context.flush_context(SessionHandle::from(session).into());
    let secret = secret?;
    flushed.map_err(activating)?;
    Ok(secret)
}

fn activate_in(
    context: &mut Context,
    session: AuthSession,
    ak: KeyHandle,
    ek: KeyHandle,
    credential: Credential,
) -> Result<Digest, EndorsementFault> {
    let policy = PolicySession::try_from(session).map_err(activating)?;
    context
        .execute_with_session(Some(AuthSession::Password), |context| {
            context.policy_secret(
                policy,
                AuthHandle::Endorsement,
                Default::default(),
                Default::default(),
                Default::default(),
                None,
            )
        })
        .map_err(activating)?;
    context
        .execute_with_sessions((Some(AuthSession::Password), Some(session), None), |context| {
            context.activate_credential(ak, ek, credential.id_object, credential.seed)
        })
        .map_err(|error| match error {
            // Only a TPM itself finds fault with a parameter.
            Error::Tss2Error(Tss2ResponseCode::FormatOne(_)) => EndorsementFault::Refused(error),
            error => activating(error),
        })
}

fn activating(error: Error) -> EndorsementFault {
    EndorsementFault::Tpm {
        doing: "activating a credential",
        error,
    }
}

impl fmt::Display for Endorsement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(certificate) = &self.certificate else {
            return f.write_str("the TPM has no endorsement certificate: only the host says that its key is a TPM's");
        };
        let text = format!(
            "the key is in the TPM of the endorsement certificate {certificate}; it is {}",
            self.chain
        );
        f.write_str(&words::printable(&text))
    }
}
