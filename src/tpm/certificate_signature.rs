use p256::ecdsa::signature::hazmat::PrehashVerifier;
use rsa::{pkcs1::DecodeRsaPublicKey, traits::PublicKeyParts};
use rustls_pki_types::{AlgorithmIdentifier, InvalidSignature, SignatureVerificationAlgorithm, alg_id};
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha384, Sha512};
use std::fmt;
use x509_cert::der::oid::AssociatedOid;

/// One way in which a certificate is signed, as [`webpki`] asks for it.
pub(super) struct CertificateSignature {
    key: AlgorithmIdentifier,
    signature: AlgorithmIdentifier,
    is_valid: fn(&[u8], &[u8], &[u8]) -> bool,
}

/// All that vendors of TPMs use. SHA-1 is among them: the chips of that time are in use, and a forger would need a second
/// preimage of a certificate that is signed already.
pub(super) static ALL: [&dyn SignatureVerificationAlgorithm; 8] = [
    &of(alg_id::RSA_ENCRYPTION, alg_id::RSA_PKCS1_SHA256, rsa::<Sha256>),
    &of(alg_id::RSA_ENCRYPTION, alg_id::RSA_PKCS1_SHA384, rsa::<Sha384>),
    &of(alg_id::RSA_ENCRYPTION, alg_id::RSA_PKCS1_SHA512, rsa::<Sha512>),
    &of(alg_id::RSA_ENCRYPTION, RSA_PKCS1_SHA1, rsa::<Sha1>),
    &of(alg_id::ECDSA_P256, alg_id::ECDSA_SHA256, p256::<Sha256>),
    &of(alg_id::ECDSA_P256, alg_id::ECDSA_SHA384, p256::<Sha384>),
    &of(alg_id::ECDSA_P384, alg_id::ECDSA_SHA256, p384::<Sha256>),
    &of(alg_id::ECDSA_P384, alg_id::ECDSA_SHA384, p384::<Sha384>),
];

/// sha1WithRSAEncryption (RFC 3279) with NULL as its parameter.
const RSA_PKCS1_SHA1: AlgorithmIdentifier = AlgorithmIdentifier::from_slice(&[
    0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x05, 0x05, 0x00,
]);

/// Bytes. A shorter modulus can be factored.
const SHORTEST_MODULUS: usize = 256;

const fn of(
    key: AlgorithmIdentifier,
    signature: AlgorithmIdentifier,
    is_valid: fn(&[u8], &[u8], &[u8]) -> bool,
) -> CertificateSignature {
    CertificateSignature {
        key,
        signature,
        is_valid,
    }
}

fn rsa<D: Digest + AssociatedOid>(key: &[u8], message: &[u8], signature: &[u8]) -> bool {
    rsa::PublicKey::from_pkcs1_der(key)
        .is_ok_and(|key| key.size() >= SHORTEST_MODULUS && key.pkcs1v15_verify::<D>(message, signature).is_ok())
}

fn p256<D: Digest>(key: &[u8], message: &[u8], signature: &[u8]) -> bool {
    let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(key);
    let signature = p256::ecdsa::Signature::from_der(signature);
    (key.ok().zip(signature.ok()))
        .is_some_and(|(key, signature)| key.verify_prehash(&D::digest(message), &signature).is_ok())
}

fn p384<D: Digest>(key: &[u8], message: &[u8], signature: &[u8]) -> bool {
    let key = p384::ecdsa::VerifyingKey::from_sec1_bytes(key);
    let signature = p384::ecdsa::Signature::from_der(signature);
    (key.ok().zip(signature.ok()))
        .is_some_and(|(key, signature)| key.verify_prehash(&D::digest(message), &signature).is_ok())
}

impl SignatureVerificationAlgorithm for CertificateSignature {
    fn verify_signature(&self, key: &[u8], message: &[u8], signature: &[u8]) -> Result<(), InvalidSignature> {
        (self.is_valid)(key, message, signature)
            .then_some(())
            .ok_or(InvalidSignature)
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        self.key
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        self.signature
    }
}

impl fmt::Debug for CertificateSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CertificateSignature")
            .field("key", &self.key)
            .field("signature", &self.signature)
            .finish_non_exhaustive()
    }
}
