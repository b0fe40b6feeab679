//! The mount of securityfs.

use super::{Findings, Observed, ScriptCall, Step, StepId};
use crate::{config::Stage, host::Script};

/// securityfs, through which the kernel takes a policy and shows its measurements.
pub fn plan(observed: &Observed) -> Findings {
    if observed.integrity.securityfs {
        return Findings::default();
    }
    Findings::step(Step::new(
        StepId::new("securityfs", "mount"),
        Stage::Prepare,
        "mount securityfs on /sys/kernel/security",
        "it is not mounted",
        ScriptCall::new(Script::MountSecurityfs, [""; 0], "").into(),
        "/proc/mounts",
    ))
}
