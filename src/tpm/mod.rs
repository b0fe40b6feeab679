//! What a TPM says of its registers: quotes, their signatures, and whether a measurement list agrees.

mod attestation_key;
mod pcr_file;
mod proof;
mod quote;
mod quote_proof;
mod quote_signature;

pub use attestation_key::{AttestationKey, KeyFault, Scheme};
pub use pcr_file::{PcrFileFault, parse as parse_pcrs};
pub use proof::{Proof, Verdict};
pub use quote::{Quote, QuoteFault};
pub use quote_proof::{Nonce, PcrDigest, QuoteProof};
pub use quote_signature::{Padding, QuoteSignature};
