//! Measurement lists: what the kernel measured, entry by entry, and whether a TPM says the same.
//!
//! [`List`] reads `ascii_runtime_measurements` and `binary_runtime_measurements`, of every template, as they come.
//! [`verify`] recomputes every template hash and replays the registers.

mod ascii;
mod batch;
mod binary;
mod boot_aggregate;
mod composite;
pub mod diff;
mod entry;
mod extends;
mod fault;
mod field;
mod form;
mod layout;
mod list;
mod replay;
mod verification;
mod verify;

pub use batch::Batch;
pub use boot_aggregate::BootAggregate;
pub use composite::Composite;
pub use entry::{Endian, Entry};
pub use extends::Extends;
pub use fault::{BadHash, FieldFault, ListError, ListFault};
pub use field::{Field, FileDigest};
pub use form::Form;
pub use layout::Layout;
pub use list::List;
pub use verification::{CompositeProof, RegisterProof, Verification, Violations};
pub use verify::{Evidence, verify};
