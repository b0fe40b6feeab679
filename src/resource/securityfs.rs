//! The mount of securityfs.

use super::{Findings, Observed, ScriptCall, Step, StepId};
use crate::{config::Stage, host::Script};

/// securityfs, through which the kernel takes a policy and shows its measurements.
pub fn plan(observed: &Observed) -> Findings {
    let id = StepId::new("securityfs", "mount");
    if observed.integrity.securityfs {
        return Findings::unchanged(&id, "the mount of securityfs");
    }
    Findings::step(Step::new(
        id,
        Stage::Prepare,
        "mount securityfs on /sys/kernel/security",
        "it is not mounted",
        ScriptCall::new(Script::MountSecurityfs, [""; 0], "").into(),
        "/proc/mounts",
    ))
}
