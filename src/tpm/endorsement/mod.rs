//! What vouches for an attestation key: the certificate that the TPM's vendor gave, and a credential that only the TPM of
//! that certificate can open.

mod certificate;
mod certificate_chain;
mod certificate_index;
mod certificate_roots;
mod credential;
mod credential_name;
mod endorse;
mod endorsement_key;
mod endorsement_object;

pub use certificate::{CertificateFault, EkCertificate};
pub use certificate_chain::Chain;
pub use certificate_index::CertificateIndex;
pub use certificate_roots::{RootsFault, TrustedRoots};
pub use credential::{Credential, CredentialFault};
pub use credential_name::KeyName;
pub use endorse::{Endorsement, EndorsementFault, endorse};
pub use endorsement_key::EndorsementKey;
