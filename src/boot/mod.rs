//! Reboots, proven by the kernel's boot id.

mod boot_id;
mod reboot;

pub use boot_id::BootId;
pub use reboot::{BootError, REBOOT_DEADLINE, reboot};
