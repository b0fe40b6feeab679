//! Reboots, proven by the kernel's boot id, and what a trial boot left behind.

mod boot_id;
mod reboot;
mod recovery_card;
mod trial_evidence;

pub use boot_id::BootId;
pub use reboot::{BootError, NewBoot, REBOOT_DEADLINE, into_new_boot, reboot, running};
pub use recovery_card::recovery_card;
pub use trial_evidence::TrialEvidence;
