//! What changes in effect between two policies: which accesses are measured, appraised, audited or labelled otherwise.
//!
//! All accesses fall into finitely many sorts that the rules of both policies can tell apart. They are not all tried:
//! the search begins at each hook with an access of which nothing else is known, and settles an attribute only where a
//! rule that may still decide asks for it ([`super::Match::Open`] says which). Where the rules that are left are the
//! same in both policies, or all would do the same, nothing below can differ.
//!
//! Compared are the policies alone, without the rules that a kernel brings, and what is asked when a file is used. What
//! the kernel asks without an access, when attributes change (`POST_SETATTR`) or a file is made, is not.

mod attribute;
mod candidates;
mod change;
mod effect;
mod example;
mod groups;
mod ids;
mod partition;
mod region;
mod search;

pub use change::{Change, Coverage, Difference, Outcome, Trend};
pub use effect::Effect;
pub use example::Example;

use super::{Class, Func};

/// Whether anything comes of a decision of this class at this hook: buffers are only measured
/// (`process_buffer_measurement()` in ima_main.c), and `SETXATTR_CHECK` is a matter of appraisal
/// (`validate_hash_algo()` in ima_appraise.c).
fn concerns(func: Func, class: Class) -> bool {
    match func {
        Func::KexecCmdline | Func::KeyCheck | Func::CriticalData => class == Class::Measure,
        Func::SetxattrCheck => class == Class::Appraise,
        _ => true,
    }
}

#[cfg(test)]
mod tests;
