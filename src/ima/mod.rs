//! The IMA domain: pure, without I/O, usable as a library.

mod appraisal;
mod built_in_policies;
mod certificate;
mod cmdline;
mod denial;
mod hash_algorithm;
pub mod hex;
mod kernel_config;
mod kernel_version;
mod label;
pub mod measurement;
pub mod pcr;
pub mod policy;

pub use appraisal::Appraisal;
pub use built_in_policies::BuiltInPolicies;
pub use certificate::{Certificate, CertificateError};
pub(crate) use cmdline::same_name;
pub use cmdline::{KernelCmdline, Parameter};
pub use denial::Denial;
pub use hash_algorithm::HashAlgorithm;
pub(crate) use kernel_config::option_of as kernel_option;
#[cfg(test)]
pub(crate) use kernel_config::tests as kernel_config_tests;
pub use kernel_config::{KernelConfig, Mismatch};
pub use kernel_version::{KernelVersion, KernelVersionError};
pub use label::{Label, LabelError, Signature};
