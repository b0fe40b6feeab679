//! Platform configuration registers: what a TPM holds of a measurement list.

mod bank;
mod values;

pub use bank::PcrBank;
pub use values::{Conflict, Pcr, PcrValues};
