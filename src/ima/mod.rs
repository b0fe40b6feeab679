//! The IMA domain: pure, without I/O, usable as a library.

mod appraisal;

pub use appraisal::Appraisal;
