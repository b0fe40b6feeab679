use crate::ima::pcr::PcrBank;
use tss_esapi::{
    structures::{EccSignature, RsaSignature, Signature},
    traits::{Marshall, UnMarshall},
};

/// The signature over a quote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum QuoteSignature {
    /// As a TPM gives it (TPM 2.0 Library, Part 2, TPMT_SIGNATURE), with scheme and hash.
    Rsa {
        /// PKCS #1 v1.5, or PSS.
        padding: Padding,
        /// The hash that is signed.
        hash: PcrBank,
        /// As long as the key.
        bytes: Vec<u8>,
    },
    /// The same for ECDSA.
    Ecdsa {
        /// The hash that is signed.
        hash: PcrBank,
        /// Big-endian.
        r: Vec<u8>,
        /// Big-endian.
        s: Vec<u8>,
    },
    /// Bare, as `tpm2_quote -f plain` writes it: DER for ECDSA, the number for RSA. It does not say which hash was signed.
    Plain(Vec<u8>),
}

/// How an RSA signature is padded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Padding {
    /// RSASSA-PKCS1-v1_5 (RFC 8017, 8.2).
    Pkcs1,
    /// RSASSA-PSS (RFC 8017, 8.1), with a salt of any length.
    Pss,
}

const RSASSA: u16 = 0x0014;
const RSAPSS: u16 = 0x0016;
const ECDSA: u16 = 0x0018;

impl QuoteSignature {
    /// Takes what `tpm2_quote -s` writes. Bytes that are no TPMT_SIGNATURE are a bare signature.
    pub fn parse(bytes: &[u8]) -> Self {
        Self::structured(bytes).unwrap_or_else(|| Self::Plain(bytes.to_vec()))
    }

    fn structured(bytes: &[u8]) -> Option<Self> {
        let scheme = u16::from_be_bytes(*bytes.first_chunk()?);
        if ![RSASSA, RSAPSS, ECDSA].contains(&scheme) {
            return None;
        }
        let signature = Signature::unmarshall(bytes).ok()?;
        if signature.marshall().ok()? != bytes {
            return None;
        }
        match signature {
            Signature::RsaSsa(signature) => rsa(Padding::Pkcs1, &signature),
            Signature::RsaPss(signature) => rsa(Padding::Pss, &signature),
            Signature::EcDsa(signature) => ecdsa(&signature),
            _ => None,
        }
    }
}

fn rsa(padding: Padding, signature: &RsaSignature) -> Option<QuoteSignature> {
    Some(QuoteSignature::Rsa {
        padding,
        hash: PcrBank::from_tpm_id(signature.hashing_algorithm().into())?,
        bytes: signature.signature().to_vec(),
    })
}

fn ecdsa(signature: &EccSignature) -> Option<QuoteSignature> {
    Some(QuoteSignature::Ecdsa {
        hash: PcrBank::from_tpm_id(signature.hashing_algorithm().into())?,
        r: signature.signature_r().to_vec(),
        s: signature.signature_s().to_vec(),
    })
}
