//! The conversation with a TPM. Nothing stays in it: the key is made anew from the TPM's own seed each time, and is the same
//! each time.

use super::{
    AttestError, AttestationKey, KeyName,
    attested::{Question, TpmAnswer},
    endorsement::endorse,
    selection::{registers, selection},
};
use crate::ima::pcr::{Pcr, PcrBank, PcrValues};
use tss_esapi::{
    Context,
    attributes::ObjectAttributesBuilder,
    constants::CapabilityType,
    handles::KeyHandle,
    interface_types::{
        algorithm::{HashingAlgorithm, PublicAlgorithm},
        ecc::EccCurve,
        resource_handles::Hierarchy,
        session_handles::AuthSession,
    },
    structures::{
        CapabilityData, Data, EccPoint, EccScheme, HashScheme, KeyDerivationFunctionScheme, Public, PublicBuilder,
        PublicEccParametersBuilder, SignatureScheme, SymmetricDefinitionObject,
    },
    traits::Marshall,
};

/// IMA's own register.
const IMA: u32 = 10;

/// Looks at registers that move on before they are left to the list, which tells too what was quoted.
const ATTEMPTS: u32 = 5;

/// What is signed, and the signature.
type Quoted = (Vec<u8>, Vec<u8>);

/// Lets a TPM answer.
///
/// # Errors
/// A TPM that does not, or not as a TPM does.
pub(super) fn answer(context: &mut Context, question: &Question) -> Result<TpmAnswer, AttestError> {
    let banks = banks(context)?;
    let wanted: Vec<Pcr> = banks
        .iter()
        .flat_map(|bank| {
            question.registers.iter().map(|index| Pcr {
                bank: *bank,
                index: *index,
            })
        })
        .collect();
    let made = context.execute_with_session(Some(AuthSession::Password), |context| {
        context.create_primary(Hierarchy::Endorsement, template()?, None, None, None, None)
    })?;
    let (key, key_name) = key(&made.out_public)?;
    let endorsement = endorse(context, made.key_handle, &question.roots, question.now);
    let (values, (message, signature)) = settled(context, made.key_handle, question, &wanted)?;
    context.flush_context(made.key_handle.into())?;
    Ok(TpmAnswer {
        key,
        key_name,
        endorsement: endorsement.into(),
        values,
        message,
        signature,
    })
}

/// A quote with the values that were there before and after it: they are what was quoted.
fn settled(
    context: &mut Context,
    key: KeyHandle,
    question: &Question,
    wanted: &[Pcr],
) -> Result<(PcrValues, Quoted), AttestError> {
    let mut before = values(context, wanted)?;
    for _ in 0..ATTEMPTS {
        let quoted = quote(context, key, question, wanted)?;
        let after = values(context, wanted)?;
        if after == before {
            return Ok((after, quoted));
        }
        before = after;
    }
    let firmware: Vec<Pcr> = wanted.iter().copied().filter(|pcr| pcr.index < IMA).collect();
    Ok((values(context, &firmware)?, quote(context, key, question, wanted)?))
}

/// The banks in which IMA's register is kept.
fn banks(context: &mut Context) -> Result<Vec<PcrBank>, AttestError> {
    // Five banks at the most: the TPM need not be asked for more.
    let (capability, _) = context.get_capability(CapabilityType::AssignedPcr, 0, 16)?;
    let CapabilityData::AssignedPcr(assigned) = capability else {
        return Err(AttestError::NoBank);
    };
    let banks: Vec<PcrBank> = assigned
        .get_selections()
        .iter()
        .filter(|bank| bank.selected().into_iter().any(|slot| u32::from(slot) == 1 << IMA))
        .filter_map(|bank| PcrBank::from_tpm_id(bank.hashing_algorithm().into()))
        .collect();
    if banks.is_empty() {
        Err(AttestError::NoBank)
    } else {
        Ok(banks)
    }
}

/// A TPM gives a few values at a time.
fn values(context: &mut Context, wanted: &[Pcr]) -> Result<PcrValues, AttestError> {
    let (mut values, mut wanted) = (PcrValues::default(), wanted.to_vec());
    while !wanted.is_empty() {
        let (_, read, digests) = context.pcr_read(selection(wanted.iter().copied())?)?;
        let read = registers(&read)?;
        for (pcr, digest) in read.iter().zip(digests.value()) {
            values.insert(*pcr, digest.to_vec())?;
        }
        let left = wanted.len();
        wanted.retain(|pcr| !read.contains(pcr));
        if wanted.len() == left {
            return Err(AttestError::NoValues);
        }
    }
    Ok(values)
}

/// A signing key that signs nothing but what the TPM itself has made: ECDSA on P-256, which every TPM of a PC has (TCG PC
/// Client Platform TPM Profile). It comes from the endorsement hierarchy, whose seed stays when an owner clears the TPM.
fn template() -> Result<Public, tss_esapi::Error> {
    let attributes = ObjectAttributesBuilder::new()
        .with_fixed_tpm(true)
        .with_fixed_parent(true)
        .with_sensitive_data_origin(true)
        .with_user_with_auth(true)
        .with_restricted(true)
        .with_sign_encrypt(true)
        .build()?;
    let parameters = PublicEccParametersBuilder::new()
        .with_symmetric(SymmetricDefinitionObject::Null)
        .with_ecc_scheme(EccScheme::EcDsa(HashScheme::new(HashingAlgorithm::Sha256)))
        .with_curve(EccCurve::NistP256)
        .with_key_derivation_function_scheme(KeyDerivationFunctionScheme::Null)
        .build()?;
    PublicBuilder::new()
        .with_public_algorithm(PublicAlgorithm::Ecc)
        .with_name_hashing_algorithm(HashingAlgorithm::Sha256)
        .with_object_attributes(attributes)
        .with_ecc_parameters(parameters)
        .with_ecc_unique_identifier(EccPoint::default())
        .build()
}

/// The key and its name, of a public area that differs from the template in nothing but the point.
fn key(made: &Public) -> Result<(AttestationKey, KeyName), AttestError> {
    let Public::Ecc { unique, .. } = made else {
        return Err(AttestError::Key);
    };
    let mut asked = template()?;
    if let Public::Ecc { unique: point, .. } = &mut asked {
        *point = unique.clone();
    }
    if asked != *made {
        return Err(AttestError::Key);
    }
    let key = AttestationKey::from_point(unique.x().value(), unique.y().value()).ok_or(AttestError::Key)?;
    let name = KeyName::of(made).ok_or(AttestError::Key)?;
    Ok((key, name))
}

fn quote(context: &mut Context, key: KeyHandle, question: &Question, wanted: &[Pcr]) -> Result<Quoted, AttestError> {
    let nonce = Data::try_from(question.nonce.to_vec())?;
    let selection = selection(wanted.iter().copied())?;
    let (attest, signature) = context.execute_with_session(Some(AuthSession::Password), |context| {
        context.quote(key, nonce, SignatureScheme::Null, selection)
    })?;
    Ok((attest.marshall()?, signature.marshall()?))
}
