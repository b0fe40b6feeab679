//! What a TPM says of its registers: quotes, their signatures, and whether a measurement list agrees.

mod attestation_key;
mod certificate;
mod certificate_chain;
mod certificate_index;
mod certificate_roots;
mod credential;
mod credential_name;
mod endorsement;
mod endorsement_key;
mod endorsement_object;
mod pcr_file;
mod proof;
mod quote;
mod quote_proof;
mod quote_signature;

pub use attestation_key::{AttestationKey, KeyFault, Scheme};
pub use certificate::{CertificateFault, EkCertificate};
pub use certificate_chain::Chain;
pub use certificate_index::CertificateIndex;
pub use certificate_roots::{RootsFault, TrustedRoots};
pub use credential::{Credential, CredentialFault};
pub use credential_name::KeyName;
pub use endorsement::{Endorsement, EndorsementFault, endorse};
pub use endorsement_key::EndorsementKey;
pub use pcr_file::{PcrFileFault, parse as parse_pcrs};
pub use proof::{Proof, Verdict};
pub use quote::{Quote, QuoteFault};
pub use quote_proof::{Nonce, PcrDigest, QuoteProof};
pub use quote_signature::{Padding, QuoteSignature};
