//! The kernel that a package brings.

use super::{
    Observed,
    sections::{Sections, value_of},
};
use crate::config::Desired;
use serde::{Deserialize, Serialize};

/// What the package of `kernel.package` has put on the disk.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PackageKernel {
    /// The host has no dpkg, which alone tells what a package brings.
    pub unknown: bool,
    /// The kernel's release; empty while the package is not installed.
    pub release: String,
    /// The lines of its configuration that concern integrity.
    pub config: String,
}

impl PackageKernel {
    pub(super) fn parse(sections: &Sections<'_>) -> Self {
        let values = sections.values("package-kernel");
        Self {
            unknown: value_of(&values, "dpkg") == "absent",
            release: value_of(&values, "release"),
            config: sections.text("package-kernel-config"),
        }
    }
}

/// The package whose kernel is wanted and does not run.
pub fn pending<'d>(desired: &'d Desired, observed: &Observed) -> Option<&'d str> {
    let package = desired.kernel.package.as_deref()?;
    (observed.package_kernel.release != observed.kernel_release).then_some(package)
}

/// The host as it will say of itself when that kernel runs, as far as its disk tells; `None` while it tells nothing.
pub fn foreseen(observed: &Observed) -> Option<Observed> {
    let PackageKernel { release, config, .. } = &observed.package_kernel;
    let known = !release.is_empty() && !config.is_empty();
    known.then(|| Observed {
        kernel_release: release.clone(),
        kernel_config: config.clone(),
        ..observed.clone()
    })
}
