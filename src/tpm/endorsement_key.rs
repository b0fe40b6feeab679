use super::attestation_key::padded;
use p256::{elliptic_curve::sec1::Sec1Point, pkcs8::ObjectIdentifier};
use rsa::{BoxedUint, pkcs1::DecodeRsaPublicKey};
use tss_esapi::{interface_types::ecc::EccCurve, structures::Public};
use x509_cert::spki::SubjectPublicKeyInfoOwned;

/// The public part of the key that a TPM's vendor certifies. It only decrypts; that it does is what proves the TPM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EndorsementKey {
    /// RSA.
    Rsa(rsa::PublicKey),
    /// NIST P-256.
    P256(p256::PublicKey),
}

const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
/// What some vendors write instead, since the key is used with OAEP (RFC 4055).
const RSAES_OAEP: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.7");
const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");

impl EndorsementKey {
    /// The key of a certificate; `None` for other kinds, which the default templates do not make.
    pub fn of_certificate(info: &SubjectPublicKeyInfoOwned) -> Option<Self> {
        let bytes = info.subject_public_key.as_bytes()?;
        match info.algorithm.oid {
            RSA_ENCRYPTION | RSAES_OAEP => rsa::PublicKey::from_pkcs1_der(bytes).ok().map(Self::Rsa),
            EC_PUBLIC_KEY => p256::PublicKey::from_sec1_bytes(bytes).ok().map(Self::P256),
            _ => None,
        }
    }

    /// The key of a TPM's object; `None` for other kinds.
    pub fn of_object(public: &Public) -> Option<Self> {
        match public {
            Public::Rsa { parameters, unique, .. } => {
                // 0 stands for the usual one (Part 2, TPMS_RSA_PARMS).
                let exponent = match parameters.exponent().value() {
                    0 => 65537,
                    exponent => exponent,
                };
                let modulus = BoxedUint::from_be_slice_vartime(unique);
                rsa::PublicKey::new(modulus, BoxedUint::from(exponent))
                    .ok()
                    .map(Self::Rsa)
            }
            Public::Ecc { parameters, unique, .. } if parameters.ecc_curve() == EccCurve::NistP256 => {
                let (x, y) = (padded(unique.x())?, padded(unique.y())?);
                let point = Sec1Point::<p256::NistP256>::from_affine_coordinates(&x.into(), &y.into(), false);
                p256::PublicKey::from_sec1_bytes(point.as_bytes()).ok().map(Self::P256)
            }
            _ => None,
        }
    }
}
