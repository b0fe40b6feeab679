use super::quote_signature::{Padding, QuoteSignature};
use crate::ima::pcr::PcrBank;
use p256::ecdsa::signature::hazmat::PrehashVerifier;
use p256::pkcs8::{DecodePublicKey, EncodePublicKey};
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha384, Sha512, digest::FixedOutputReset};
use std::fmt;

/// The public part of the key with which a TPM signs its quotes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AttestationKey {
    /// RSA.
    Rsa(rsa::PublicKey),
    /// ECDSA on NIST P-256.
    P256(p256::ecdsa::VerifyingKey),
    /// ECDSA on NIST P-384.
    P384(p384::ecdsa::VerifyingKey),
}

/// How a signature was made that fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scheme {
    name: &'static str,
    hash: PcrBank,
}

/// Not the public key of an attestation key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "it is no public key of RSA, P-256 or P-384 in PEM (`-----BEGIN PUBLIC KEY-----`); tpm2_readpublic -f pem writes one"
)]
pub struct KeyFault;

/// Hashes that a bare signature may be of, the usual first.
const HASHES: [PcrBank; 4] = [PcrBank::Sha256, PcrBank::Sha384, PcrBank::Sha512, PcrBank::Sha1];

impl AttestationKey {
    /// Reads a SubjectPublicKeyInfo (RFC 5280) in PEM.
    ///
    /// # Errors
    /// Anything else, and keys of other kinds.
    pub fn from_pem(text: &str) -> Result<Self, KeyFault> {
        rsa::PublicKey::from_public_key_pem(text)
            .map(Self::Rsa)
            .or_else(|_| p256::ecdsa::VerifyingKey::from_public_key_pem(text).map(Self::P256))
            .or_else(|_| p384::ecdsa::VerifyingKey::from_public_key_pem(text).map(Self::P384))
            .map_err(|_| KeyFault)
    }

    /// A point on P-256, as a TPM gives it.
    pub(super) fn from_point(x: &[u8], y: &[u8]) -> Option<Self> {
        let point = [&[4][..], &padded::<32>(x)?, &padded::<32>(y)?].concat();
        p256::ecdsa::VerifyingKey::from_sec1_bytes(&point).ok().map(Self::P256)
    }

    /// The same in PEM.
    pub fn to_pem(&self) -> Option<String> {
        let ending = p256::pkcs8::LineEnding::LF;
        match self {
            Self::Rsa(key) => key.to_public_key_pem(ending).ok(),
            Self::P256(key) => key.to_public_key_pem(ending).ok(),
            Self::P384(key) => key.to_public_key_pem(ending).ok(),
        }
    }

    /// How this key made the signature of the message; `None` where it did not.
    pub fn verify(&self, message: &[u8], signature: &QuoteSignature) -> Option<Scheme> {
        match (self, signature) {
            (Self::Rsa(key), QuoteSignature::Rsa { padding, hash, bytes }) => {
                rsa_scheme(key, *padding, *hash, message, bytes)
            }
            (Self::Rsa(key), QuoteSignature::Plain(bytes)) => HASHES.into_iter().find_map(|hash| {
                [Padding::Pkcs1, Padding::Pss]
                    .into_iter()
                    .find_map(|padding| rsa_scheme(key, padding, hash, message, bytes))
            }),
            (_, QuoteSignature::Ecdsa { hash, .. }) => self.ecdsa_scheme(*hash, message, signature),
            (_, QuoteSignature::Plain(_)) => HASHES
                .into_iter()
                .find_map(|hash| self.ecdsa_scheme(hash, message, signature)),
            _ => None,
        }
    }

    fn ecdsa_scheme(&self, hash: PcrBank, message: &[u8], signature: &QuoteSignature) -> Option<Scheme> {
        let prehash = hash.hash([message]);
        let fits = match self {
            Self::P256(key) => {
                let signature = match signature {
                    QuoteSignature::Ecdsa { r, s, .. } => {
                        p256::ecdsa::Signature::from_scalars(padded::<32>(r)?, padded::<32>(s)?)
                    }
                    QuoteSignature::Plain(der) => p256::ecdsa::Signature::from_der(der),
                    QuoteSignature::Rsa { .. } => return None,
                };
                key.verify_prehash(&prehash, &signature.ok()?).is_ok()
            }
            Self::P384(key) => {
                let signature = match signature {
                    QuoteSignature::Ecdsa { r, s, .. } => {
                        p384::ecdsa::Signature::from_scalars(padded::<48>(r)?, padded::<48>(s)?)
                    }
                    QuoteSignature::Plain(der) => p384::ecdsa::Signature::from_der(der),
                    QuoteSignature::Rsa { .. } => return None,
                };
                key.verify_prehash(&prehash, &signature.ok()?).is_ok()
            }
            Self::Rsa(_) => false,
        };
        fits.then_some(Scheme { name: "ECDSA", hash })
    }
}

/// A number filled up with zeros in front, as a TPM may leave them away.
pub(super) fn padded<const LEN: usize>(number: &[u8]) -> Option<[u8; LEN]> {
    let mut bytes = [0; LEN];
    let from = LEN.checked_sub(number.len())?;
    bytes[from..].copy_from_slice(number);
    Some(bytes)
}

fn rsa_scheme(key: &rsa::PublicKey, padding: Padding, hash: PcrBank, message: &[u8], bytes: &[u8]) -> Option<Scheme> {
    let fits = match (padding, hash) {
        (Padding::Pkcs1, PcrBank::Sha1) => key.pkcs1v15_verify::<Sha1>(message, bytes).is_ok(),
        (Padding::Pkcs1, PcrBank::Sha256) => key.pkcs1v15_verify::<Sha256>(message, bytes).is_ok(),
        (Padding::Pkcs1, PcrBank::Sha384) => key.pkcs1v15_verify::<Sha384>(message, bytes).is_ok(),
        (Padding::Pkcs1, PcrBank::Sha512) => key.pkcs1v15_verify::<Sha512>(message, bytes).is_ok(),
        (Padding::Pss, PcrBank::Sha1) => pss::<Sha1>(key, message, bytes),
        (Padding::Pss, PcrBank::Sha256) => pss::<Sha256>(key, message, bytes),
        (Padding::Pss, PcrBank::Sha384) => pss::<Sha384>(key, message, bytes),
        (Padding::Pss, PcrBank::Sha512) => pss::<Sha512>(key, message, bytes),
        (_, PcrBank::Sm3) => false,
    };
    let name = match padding {
        Padding::Pkcs1 => "RSASSA",
        Padding::Pss => "RSAPSS",
    };
    fits.then_some(Scheme { name, hash })
}

/// A TPM chooses the longest salt that fits, or one as long as the hash (Part 1, B.7).
fn pss<D: Digest + FixedOutputReset>(key: &rsa::PublicKey, message: &[u8], bytes: &[u8]) -> bool {
    let key = rsa::pss::VerifyingKey::<D>::new_with_auto_salt_len(key.clone());
    rsa::pss::Signature::try_from(bytes)
        .is_ok_and(|signature| key.verify_prehash(&D::digest(message), &signature).is_ok())
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} with {}", self.name, self.hash)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use p256::pkcs8::EncodePublicKey;
    use rsa::signature::{RandomizedSigner, SignatureEncoding};

    /// The samples of real TPMs (tests/quotes.rs) have RSASSA and P-256.
    #[test]
    fn pss_with_any_salt() {
        let private = rsa::PrivateKey::new(&mut getrandom::rand_core::UnwrapErr(getrandom::SysRng), 2048).unwrap();
        let pem = private
            .to_public_key()
            .to_public_key_pem(p256::pkcs8::LineEnding::LF)
            .unwrap();
        let key = AttestationKey::from_pem(&pem).unwrap();
        assert_eq!(key.to_pem().unwrap(), pem);
        for salt in [0, 32, 222] {
            let signer = rsa::pss::SigningKey::<Sha256>::new_with_salt_len(private.clone(), salt);
            let mut random = getrandom::rand_core::UnwrapErr(getrandom::SysRng);
            let bytes = signer.sign_with_rng(&mut random, b"message").to_vec();
            let plain = QuoteSignature::Plain(bytes.clone());
            assert_eq!(
                key.verify(b"message", &plain).unwrap().to_string(),
                "RSAPSS with sha256",
                "{salt}"
            );
            let (padding, hash) = (Padding::Pss, PcrBank::Sha256);
            let named = QuoteSignature::Rsa { padding, hash, bytes };
            assert!(key.verify(b"message", &named).is_some() && key.verify(b"massage", &named).is_none());
        }
    }

    #[test]
    fn p384() {
        use p384::ecdsa::signature::Signer;
        let private = p384::ecdsa::SigningKey::from_slice(&[7; 48]).unwrap();
        let pem = private
            .verifying_key()
            .to_public_key_pem(p256::pkcs8::LineEnding::LF)
            .unwrap();
        let key = AttestationKey::from_pem(&pem).unwrap();
        let signature: p384::ecdsa::Signature = private.sign(b"message");
        let plain = QuoteSignature::Plain(signature.to_der().as_bytes().to_vec());
        assert_eq!(key.verify(b"message", &plain).unwrap().to_string(), "ECDSA with sha384");
        let (r, s) = signature.split_bytes();
        let hash = PcrBank::Sha384;
        let named = QuoteSignature::Ecdsa {
            hash,
            r: r.to_vec(),
            s: s.to_vec(),
        };
        assert!(key.verify(b"message", &named).is_some() && key.verify(b"massage", &named).is_none());
    }
}
