//! What a TPM says of its registers: quotes, their signatures, and whether a measurement list agrees.

mod ask;
mod attest_error;
mod attestation;
mod attestation_key;
mod attested;
mod bridge;
mod command_code;
mod endorsement;
mod pcr_file;
mod proof;
mod proof_words;
mod quote;
mod quote_proof;
mod quote_signature;
mod reference;
mod selection;

pub use attest_error::AttestError;
pub use attestation::{Attestation, KeyStanding, Standing};
pub use attestation_key::{AttestationKey, KeyFault, Scheme};
pub use attested::{Attested, Question, TpmAnswer};
pub use endorsement::{
    CertificateFault, CertificateIndex, Chain, Credential, CredentialFault, EkCertificate, Endorsement,
    EndorsementFault, EndorsementKey, KeyName, RootsFault, TrustedRoots, endorse,
};
pub use pcr_file::{PcrFileFault, parse as parse_pcrs};
pub use proof::{Proof, Verdict};
pub use quote::{Quote, QuoteFault};
pub use quote_proof::{Nonce, PcrDigest, QuoteProof};
pub use quote_signature::{Padding, QuoteSignature};
pub use reference::{Reference, ReferenceKey};
