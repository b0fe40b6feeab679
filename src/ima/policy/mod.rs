//! The policy language of IMA: what each kernel since 5.4 accepts, and what a policy means.
//!
//! A policy is a list of rules, a rule a line. For every access the kernel takes, of each [`Class`] on its own, the
//! first rule that matches. Where Documentation/ABI/testing/ima_policy and security/integrity/ima/ima_policy.c of the
//! kernel differ, the code counts; tests/verdicts holds what real kernels said.

mod access;
mod action;
mod advice;
mod apparmor;
mod built_in;
mod comparison;
mod cover;
mod demands;
mod diagnostic;
pub mod diff;
mod explain;
mod fault;
mod feature;
mod func;
mod kernel;
mod keyword;
pub mod lint;
mod lsm;
mod mask;
mod matching;
mod nearest;
mod number;
mod pages;
#[allow(clippy::module_inception)]
mod policy;
mod print;
mod reader;
mod rule;
mod stock;
mod template;
mod validator;
mod values;

pub use access::{Access, Credentials, usual_mask};
pub use action::{Action, Class};
pub use built_in::{BuiltIn, Origin, SecureBoot, assembled, lasting};
pub use comparison::{Comparison, Credential, Operator};
pub use diagnostic::{Diagnostic, Severity};
pub use explain::{Decision, Explanation};
pub use fault::{Fault, FaultAt};
pub use feature::Feature;
pub use func::Func;
pub use kernel::{Kernel, TooOld};
pub use keyword::{Keyword, LsmField};
pub use lsm::Lsm;
pub use mask::{Mask, MaskCondition};
pub use matching::{Match, Mismatch, matches};
use nearest::nearest;
pub use number::{hexadecimal as parse_fsmagic, uuid as parse_fsuuid};
pub use pages::{codes, page};
pub use policy::{Judgement, Policy, RuleLine, appraises, labels_new_files};
use reader::Reader;
pub use rule::{Conditions, Options, Rule, SignatureType};
pub use template::Template;

/// The most bytes a line may have: one write to the kernel takes one line, at most a page of 4096 bytes with its end
/// (`ima_write_policy()` in ima_fs.c).
pub const MAX_LINE: usize = 4095;

#[cfg(test)]
mod tests;
