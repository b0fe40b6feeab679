use super::selection::registers;
use crate::ima::{
    measurement::Composite,
    pcr::{Pcr, PcrBank},
};
use tss_esapi::{
    structures::{Attest, AttestInfo},
    traits::{Marshall, UnMarshall},
};

/// What a TPM says of its registers: the part of a quote that is signed (TPM 2.0 Library, Part 2, TPMS_ATTEST with
/// TPMS_QUOTE_INFO).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quote {
    message: Vec<u8>,
    nonce: Vec<u8>,
    selection: Vec<Pcr>,
    digest: Vec<u8>,
}

/// Why bytes are no quote.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QuoteFault {
    /// Another magic number: not made inside a TPM.
    #[error("it does not begin with TPM_GENERATED (ff544347): no TPM made it, or it was changed")]
    NotGenerated,
    /// A statement of another kind.
    #[error("the TPM attests something else than registers: its type is {0:#06x}, a quote's is 0x8018")]
    OtherType(u16),
    /// Not the structure.
    #[error("it is no TPMS_ATTEST: cut off, with bytes to spare, or changed")]
    Malformed,
    /// Registers of a bank that IMA never extends.
    #[error("it is over registers of the algorithm {0:#06x}, which IMA does not extend")]
    Bank(u16),
    /// No hash has so many bytes.
    #[error("its digest over the registers has {0} bytes, which no hash of a TPM has")]
    Digest(usize),
}

const GENERATED: [u8; 4] = [0xff, b'T', b'C', b'G'];
const TYPE_QUOTE: u16 = 0x8018;

impl Quote {
    /// Reads what `tpm2_quote -m` writes; the two bytes of a length before it may be there.
    ///
    /// # Errors
    /// [`QuoteFault`].
    pub fn parse(bytes: &[u8]) -> Result<Self, QuoteFault> {
        let message = match bytes.split_first_chunk() {
            Some((len, rest)) if usize::from(u16::from_be_bytes(*len)) == rest.len() => rest,
            _ => bytes,
        };
        let rest = message.strip_prefix(&GENERATED).ok_or(QuoteFault::NotGenerated)?;
        let kind = rest.first_chunk().map(|kind| u16::from_be_bytes(*kind));
        if kind != Some(TYPE_QUOTE) {
            return Err(kind.map_or(QuoteFault::Malformed, QuoteFault::OtherType));
        }
        let attest = Attest::unmarshall(message).map_err(|_| QuoteFault::Malformed)?;
        if attest.marshall().ok().as_deref() != Some(message) {
            return Err(QuoteFault::Malformed);
        }
        let AttestInfo::Quote { info } = attest.attested() else {
            return Err(QuoteFault::Malformed);
        };
        Ok(Self {
            message: message.to_vec(),
            nonce: attest.extra_data().to_vec(),
            selection: registers(info.pcr_selection())?,
            digest: info.pcr_digest().to_vec(),
        })
    }

    /// What is signed.
    pub fn message(&self) -> &[u8] {
        &self.message
    }

    /// What the asker gave (`extraData`): it proves that the quote was made after the question.
    pub fn nonce(&self) -> &[u8] {
        &self.nonce
    }

    /// The registers, in the order in which their values were hashed.
    pub fn selection(&self) -> &[Pcr] {
        &self.selection
    }

    /// The digest over the registers. Its hash is the signature's, which the length tells: no TPM signs with SM3 and RSA
    /// or NIST curves.
    ///
    /// # Errors
    /// A length that no hash has.
    pub fn composite(&self) -> Result<Composite, QuoteFault> {
        let hash = [PcrBank::Sha1, PcrBank::Sha256, PcrBank::Sha384, PcrBank::Sha512]
            .into_iter()
            .find(|hash| hash.digest_len() == self.digest.len())
            .ok_or(QuoteFault::Digest(self.digest.len()))?;
        Ok(Composite {
            hash,
            selection: self.selection.clone(),
            digest: self.digest.clone(),
        })
    }
}
