use super::EndorsementFault;
use std::fmt;
use tss_esapi::{
    Context, Error,
    constants::{CapabilityType, PropertyTag},
    handles::{NvIndexHandle, TpmHandle},
    interface_types::{algorithm::AsymmetricAlgorithm, resource_handles::NvAuth, session_handles::AuthSession},
    structures::{CapabilityData, MaxNvBuffer},
};

/// Where a TPM keeps an endorsement certificate (TCG EK Credential Profile, 2.2.1.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CertificateIndex {
    /// Of the RSA 2048 key.
    Rsa2048,
    /// Of the ECC P-256 key.
    EccP256,
}

impl CertificateIndex {
    /// The number of the index.
    pub fn number(self) -> u32 {
        match self {
            Self::Rsa2048 => 0x01c0_0002,
            Self::EccP256 => 0x01c0_000a,
        }
    }

    /// Whose default template makes the key.
    pub(super) fn algorithm(self) -> AsymmetricAlgorithm {
        match self {
            Self::Rsa2048 => AsymmetricAlgorithm::Rsa,
            Self::EccP256 => AsymmetricAlgorithm::Ecc,
        }
    }

    /// The first index that holds something, and what it holds; RSA before ECC, as every TPM has it.
    ///
    /// # Errors
    /// A TPM that does not answer, or answers with less than was asked for.
    pub(super) fn read_first(context: &mut Context) -> Result<Option<(Self, Vec<u8>)>, EndorsementFault> {
        for index in [Self::Rsa2048, Self::EccP256] {
            // Asked for, since reading an index that is not there is an error like any other.
            let defined = handles_from(context, index.number(), 1).map_err(reading)?;
            let handle = (defined.into_iter()).find(|handle| u32::from(*handle) == index.number());
            if let Some(handle) = handle
                && let Some(content) = read(context, handle)?
            {
                return Ok(Some((index, content)));
            }
        }
        Ok(None)
    }
}

/// Where a TPM keeps the authorities above its certificates, in as many indices as they fill (2.2.1.5.2).
const CHAIN: std::ops::RangeInclusive<u32> = 0x01c0_0100..=0x01c0_01ff;
/// More would be no chain, and each costs answers.
const MOST_OF_CHAIN: u32 = 16;

/// The certificates of authorities, one after the other.
///
/// # Errors
/// A TPM that does not answer.
pub(super) fn read_chain(context: &mut Context) -> Result<Vec<u8>, EndorsementFault> {
    let mut chain = Vec::new();
    let defined = handles_from(context, *CHAIN.start(), MOST_OF_CHAIN).map_err(reading)?;
    for handle in defined {
        if CHAIN.contains(&u32::from(handle)) {
            chain.extend(read(context, handle)?.unwrap_or_default());
        }
    }
    Ok(chain)
}

/// What an index holds; `None` where nothing was ever written.
fn read(context: &mut Context, handle: TpmHandle) -> Result<Option<Vec<u8>>, EndorsementFault> {
    let mut object = context
        .execute_without_session(|context| context.tr_from_tpm_public(handle))
        .map_err(reading)?;
    let content = read_all(context, object.into());
    context.tr_close(&mut object).map_err(reading)?;
    content.map_err(reading)
}

fn reading(error: Error) -> EndorsementFault {
    EndorsementFault::Tpm {
        doing: "reading the endorsement certificate",
        error,
    }
}

impl fmt::Display for CertificateIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#010x}", self.number())
    }
}

/// The handles that the TPM knows, from this number on, at most so many.
pub(super) fn handles_from(context: &mut Context, from: u32, count: u32) -> Result<Vec<TpmHandle>, Error> {
    let (capability, _) =
        context.execute_without_session(|context| context.get_capability(CapabilityType::Handles, from, count))?;
    Ok(match capability {
        CapabilityData::Handles(handles) => handles.into(),
        _ => Vec::new(),
    })
}

/// `tss_esapi::abstraction::nv` panics over a TPM that gives fewer bytes than
/// were asked for, and any host can pretend to have one.
fn read_all(context: &mut Context, index: NvIndexHandle) -> Result<Option<Vec<u8>>, Error> {
    let (public, _) = context.execute_without_session(|context| context.nv_read_public(index))?;
    if !public.attributes().written() {
        return Ok(None);
    }
    let limit = context.get_tpm_property(PropertyTag::NvBufferMax)?;
    let limit = limit.and_then(|limit| usize::try_from(limit).ok());
    let block = limit.unwrap_or(MaxNvBuffer::MAX_SIZE).clamp(1, MaxNvBuffer::MAX_SIZE);
    let mut content = Vec::new();
    while content.len() < public.data_size() {
        let wanted = block.min(public.data_size() - content.len());
        let (Ok(wanted), Ok(offset)) = (u16::try_from(wanted), u16::try_from(content.len())) else {
            break;
        };
        let read = context.execute_with_session(Some(AuthSession::Password), |context| {
            context.nv_read(NvAuth::NvIndex(index), index, wanted, offset)
        })?;
        if read.is_empty() {
            break;
        }
        content.extend_from_slice(&read);
    }
    Ok(Some(content))
}
