use super::{EndorsementKey, KeyName};
use aes::{Aes128, cipher::KeyIvInit};
use getrandom::{SysRng, rand_core::TryRng};
use hmac::{Hmac, KeyInit, Mac};
use p256::elliptic_curve::{Generate, sec1::ToSec1Point};
use rsa::traits::RandomizedEncryptor;
use sha2::{Digest, Sha256};
use tss_esapi::structures::{EncryptedSecret, IdObject};

/// A secret, wrapped so that only the TPM with an endorsement key reads it, and only while it holds the object with a
/// Name (TPM 2.0 Library, Part 1, 24 'Credential Protection'): what TPM2_MakeCredential makes, made without a TPM.
#[derive(Debug, Clone)]
pub struct Credential {
    /// The secret, encrypted and authenticated (Part 2, TPMS_ID_OBJECT).
    pub id_object: IdObject,
    /// The seed of both keys, encrypted to the endorsement key (Part 2, TPM2B_ENCRYPTED_SECRET).
    pub seed: EncryptedSecret,
}

/// Why a secret cannot be wrapped.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CredentialFault {
    /// No entropy.
    #[error("this machine gives no random numbers: {0}")]
    Random(#[from] getrandom::Error),
    /// RSA with numbers that are none of a key.
    #[error("nothing can be encrypted to the public key of its endorsement certificate")]
    Key,
}

/// Both default templates hash with SHA-256: seeds, keys and the longest secret are as long.
const HASH_LEN: usize = 32;
const IDENTITY: &[u8] = b"IDENTITY\0";

impl Credential {
    /// A secret that nobody can guess.
    ///
    /// # Errors
    /// No entropy.
    pub fn secret() -> Result<[u8; HASH_LEN], CredentialFault> {
        let mut secret = [0; HASH_LEN];
        SysRng.try_fill_bytes(&mut secret)?;
        Ok(secret)
    }

    /// Wraps a secret for the endorsement key of a default template: each has SHA-256 and AES-128 (TCG EK Credential
    /// Profile, B.3.3 and B.3.4).
    ///
    /// # Errors
    /// [`CredentialFault`].
    pub fn wrap(secret: &[u8; HASH_LEN], key: &EndorsementKey, name: &KeyName) -> Result<Self, CredentialFault> {
        let (seed, encrypted_seed) = match key {
            EndorsementKey::Rsa(key) => share_by_rsa(key)?,
            EndorsementKey::P256(key) => share_by_ecdh(key)?,
        };
        let storage_key: [u8; 16] = kdfa(&seed, b"STORAGE\0", name.as_bytes());
        let mut identity = counted(secret);
        cfb_mode::Encryptor::<Aes128>::new(&storage_key.into(), &[0; 16].into()).encrypt(&mut identity);
        let hmac_key: [u8; HASH_LEN] = kdfa(&seed, b"INTEGRITY\0", &[]);
        let integrity = hmac(&hmac_key, &[&identity, name.as_bytes()]);
        let id_object = [counted(&integrity), identity].concat();
        Ok(Self {
            id_object: IdObject::try_from(id_object).map_err(|_| CredentialFault::Key)?,
            seed: EncryptedSecret::try_from(encrypted_seed).map_err(|_| CredentialFault::Key)?,
        })
    }
}

/// A new seed, and the same encrypted with OAEP (Part 1, B.10.4).
fn share_by_rsa(key: &rsa::PublicKey) -> Result<([u8; HASH_LEN], Vec<u8>), CredentialFault> {
    let seed = Credential::secret()?;
    let encrypted = rsa::oaep::EncryptingKey::<Sha256>::new_with_label(key.clone(), IDENTITY)
        .encrypt_with_rng(&mut SysRng, &seed)
        .map_err(|_| CredentialFault::Key)?;
    Ok((seed, encrypted))
}

/// A new seed, and the point from which the TPM derives it (Part 1, C.6.4 and 11.4.10.3 'KDFe').
fn share_by_ecdh(key: &p256::PublicKey) -> Result<([u8; HASH_LEN], Vec<u8>), CredentialFault> {
    let ephemeral = p256::SecretKey::try_generate_from_rng(&mut SysRng)?;
    let point = ephemeral.public_key().to_sec1_point(false);
    let theirs = key.to_sec1_point(false);
    let (Some(x), Some(y), Some(their_x)) = (point.x(), point.y(), theirs.x()) else {
        return Err(CredentialFault::Key);
    };
    let shared = p256::ecdh::diffie_hellman(ephemeral.to_nonzero_scalar(), key.as_affine());
    let seed = Sha256::new()
        .chain_update(1_u32.to_be_bytes())
        .chain_update(shared.raw_secret_bytes())
        .chain_update(IDENTITY)
        .chain_update(x)
        .chain_update(their_x)
        .finalize();
    Ok((seed.into(), [counted(x), counted(y)].concat()))
}

/// KDFa (Part 1, 11.4.10.2) with SHA-256, of which the first block is enough here. The label ends in a zero; there is
/// no second party.
fn kdfa<const LEN: usize>(key: &[u8; HASH_LEN], label: &[u8], party: &[u8]) -> [u8; LEN] {
    let bits = u32::try_from(LEN * 8).unwrap_or(u32::MAX).to_be_bytes();
    let block = hmac(key, &[&1_u32.to_be_bytes(), label, party, &bits]);
    let mut derived = [0; LEN];
    derived
        .iter_mut()
        .zip(block)
        .for_each(|(derived, byte)| *derived = byte);
    derived
}

fn hmac(key: &[u8; HASH_LEN], parts: &[&[u8]]) -> [u8; HASH_LEN] {
    // Zeros behind a key are what HMAC itself puts there.
    let mut block = [0; 64];
    block[..HASH_LEN].copy_from_slice(key);
    let mut hmac = Hmac::<Sha256>::new(&block.into());
    parts.iter().for_each(|part| hmac.update(part));
    hmac.finalize().into_bytes().into()
}

/// With the length before it, as Part 2 has all sized buffers.
fn counted(bytes: &[u8]) -> Vec<u8> {
    let len = u16::try_from(bytes.len()).unwrap_or(u16::MAX);
    [len.to_be_bytes().as_slice(), bytes].concat()
}
