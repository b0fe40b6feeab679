#![allow(clippy::unwrap_used)]

mod cases;
mod random;

use crate::ima::policy::{Kernel, Policy, Rule};

/// The rules in a text that the kernel takes.
fn rules(text: &str, kernel: &Kernel) -> Vec<Rule> {
    Policy::new(text).judge(kernel).rules().cloned().collect()
}
