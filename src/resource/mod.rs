//! Desired × observed → steps: one file a resource. The editors of configuration text in here are pure.

pub mod audit;
mod boot_loader;
pub mod boot_mode;
pub mod evidence;
pub mod files;
mod findings;
pub mod fstab;
pub mod fstab_table;
pub mod grub;
pub mod grub_default;
mod integrity;
pub mod kernel_config;
pub mod kernel_record;
pub mod labels;
pub mod managed_file;
mod observed;
pub mod packages;
pub mod policy;
pub mod preflight;
mod probe_request;
mod running;
mod sections;
pub mod securityfs;
pub mod services;
mod step;

pub use boot_loader::Grub;
pub use boot_mode::BootMode;
pub use findings::Findings;
pub use integrity::{Door, Integrity};
pub use observed::{FileState, LabelCount, Observed};
pub use probe_request::probe_request;
pub use running::{Running, cmdline_missing, mode};
pub use step::{Action, BootExpectation, Change, ScriptCall, Step, StepId, install_file, sha256_hex};
