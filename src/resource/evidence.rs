//! The kernel's own evidence of what was done.

use super::{Action, Observed, Step, StepId, policy};
use crate::config::{Desired, Stage};

/// Proves the measurement list, once everything else is done.
pub fn prove(desired: &Desired, observed: &Observed) -> Step {
    let registers = desired.policy.iter().flat_map(policy::registers).collect();
    let (reason, verification) = match !observed.integrity.tpm.is_empty() {
        true => (
            "what the kernel measured is the evidence of this boot",
            "every template hash computed anew; the list replayed to the registers that the TPM quotes over a new nonce",
        ),
        false => (
            "what the kernel measured is the evidence of this boot; the host has no TPM that vouches for it",
            "every template hash computed anew; without a TPM the list stays unproven",
        ),
    };
    Step::new(
        StepId::new("evidence", "list"),
        Stage::Verify,
        "prove the measurement list",
        reason,
        Action::Attest(registers),
        verification,
    )
}
