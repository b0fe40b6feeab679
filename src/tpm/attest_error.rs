use super::QuoteFault;
use crate::{host::HostError, ima::pcr::Conflict};
use std::io;

/// Why a host gave no evidence.
#[derive(Debug, thiserror::Error)]
pub enum AttestError {
    /// It could not be asked.
    #[error(transparent)]
    Host(#[from] HostError),
    /// No socket between libtss2 and the connection.
    #[error("no port on 127.0.0.1 for libtss2: {0}")]
    Loopback(#[source] io::Error),
    /// A control machine without random numbers.
    #[error("no random numbers: {0}")]
    Random(#[source] getrandom::Error),
    /// Its list, which is in memory.
    #[error("the list: {0}")]
    List(#[from] io::Error),
    /// Its TPM, or the way to it.
    #[error("the host's TPM: {0}")]
    Tpm(#[from] tss_esapi::Error),
    /// Answers that a TPM does not give.
    #[error("the host's TPM: {0}")]
    Answer(#[from] QuoteFault),
    /// A key that is not what was asked for.
    #[error("the key that the host's TPM gave is not a restricted signing key of its own as asked for")]
    Key,
    /// Nothing that IMA extends.
    #[error("the host's TPM has no bank of registers that IMA extends")]
    NoBank,
    /// It gives no value where it has said that it has the register.
    #[error("the host's TPM does not give the values of registers that it has")]
    NoValues,
    /// Two values for one register, or of another length.
    #[error("the host's TPM: {0}")]
    Values(#[from] Conflict),
    /// A fault of imaform's.
    #[error("the work with the host's TPM broke off")]
    Work,
}
