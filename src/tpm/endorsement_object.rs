use super::{EndorsementFault, EndorsementKey, certificate_index::handles_from};
use tss_esapi::{
    Context, Error,
    abstraction::{DefaultKey, ek},
    handles::{KeyHandle, ObjectHandle, TpmHandle},
    interface_types::{algorithm::AsymmetricAlgorithm, resource_handles::Hierarchy, session_handles::AuthSession},
};

/// The endorsement key as an object of the TPM.
#[derive(Debug, Clone, Copy)]
pub(super) enum EndorsementObject {
    /// Somebody made it persistent, as most distributors' set-up does; it is let go, and stays.
    Persistent(KeyHandle),
    /// Made for this, which takes a chip seconds for RSA; it is flushed.
    Transient(KeyHandle),
}

/// Persistent keys of the endorsement hierarchy (TCG Registry of Reserved TPM 2.0 Handles, 2.3.1).
const FIRST_PERSISTENT: u32 = 0x8101_0000;
const LAST_PERSISTENT: u32 = 0x8101_ffff;
/// More would be no endorsement keys, and each costs two answers.
const MOST_PERSISTENT: u32 = 16;

impl EndorsementObject {
    /// Finds the object with this public key, or makes it with the default template of its algorithm. `None` where the
    /// TPM's key is another one.
    ///
    /// # Errors
    /// A TPM that does not answer, or cannot make the key.
    pub(super) fn find(
        context: &mut Context,
        key: &EndorsementKey,
        algorithm: AsymmetricAlgorithm,
    ) -> Result<Option<Self>, EndorsementFault> {
        let fault = |error| EndorsementFault::Tpm {
            doing: "looking for the endorsement key",
            error,
        };
        for handle in handles_from(context, FIRST_PERSISTENT, MOST_PERSISTENT).map_err(fault)? {
            let is_endorsement = (FIRST_PERSISTENT..=LAST_PERSISTENT).contains(&u32::from(handle));
            if is_endorsement && let Some(found) = Self::persistent(context, key, handle).map_err(fault)? {
                return Ok(Some(found));
            }
        }
        Self::create(context, key, algorithm).map_err(|error| EndorsementFault::Tpm {
            doing: "making the endorsement key",
            error,
        })
    }

    fn persistent(context: &mut Context, key: &EndorsementKey, handle: TpmHandle) -> Result<Option<Self>, Error> {
        let object = context.execute_without_session(|context| context.tr_from_tpm_public(handle))?;
        let found = Self::Persistent(object.into());
        let public = context.execute_without_session(|context| context.read_public(object.into()));
        match public {
            Ok((public, ..)) if EndorsementKey::of_object(&public).as_ref() == Some(key) => Ok(Some(found)),
            // A kind of key that tss-esapi does not know is another one, too.
            Ok(_) | Err(Error::WrapperError(_)) => found.release(context).map(|()| None),
            Err(error) => found.release(context).and(Err(error)),
        }
    }

    fn create(
        context: &mut Context,
        key: &EndorsementKey,
        algorithm: AsymmetricAlgorithm,
    ) -> Result<Option<Self>, Error> {
        let template = ek::create_ek_public_from_default_template(algorithm, DefaultKey)?;
        let created = context.execute_with_session(Some(AuthSession::Password), |context| {
            context.create_primary(Hierarchy::Endorsement, template, None, None, None, None)
        })?;
        let object = Self::Transient(created.key_handle);
        if EndorsementKey::of_object(&created.out_public).as_ref() == Some(key) {
            return Ok(Some(object));
        }
        object.release(context).map(|()| None)
    }

    pub(super) fn handle(self) -> KeyHandle {
        match self {
            Self::Persistent(handle) | Self::Transient(handle) => handle,
        }
    }

    /// Leaves the TPM as it was.
    ///
    /// # Errors
    /// A TPM that does not answer.
    pub(super) fn release(self, context: &mut Context) -> Result<(), Error> {
        match self {
            Self::Persistent(handle) => context.tr_close(&mut ObjectHandle::from(handle)),
            Self::Transient(handle) => context.flush_context(handle.into()),
        }
    }
}
