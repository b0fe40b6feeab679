//! Signing on the control side: the private key stays here.

mod key;

pub use key::{KeyError, SigningKey};
