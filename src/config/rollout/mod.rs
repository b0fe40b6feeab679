//! How the hosts of a group are taken: `rollout:` in the inventory.

mod read;
mod share;
mod window;

pub(super) use read::{KEY, read};
pub use share::Share;
pub use window::Window;

use std::time::Duration;

/// The rules of a rollout, as the inventory says them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rollout {
    /// Hosts of the first wave; `None` where it is a batch as any other.
    pub canary: Option<Share>,
    /// Hosts of each further wave.
    pub batch: Share,
    /// So many may fail, unreachable ones among them; with the next one no further host begins.
    pub max_failures: Share,
    /// So many may be out of service at the same time; `None` where that is not limited.
    pub max_unavailable: Option<Share>,
    /// What follows a wave in which a host has failed, where `max_failures` allows it.
    pub failed_wave: FailedWave,
    /// In which order the waves take the hosts.
    pub order: Order,
    /// How long nothing is done between two waves. Then the hosts of the wave are looked at again.
    pub soak: Duration,
    /// How long one host may take: no step of it begins later.
    pub deadline: Duration,
    /// When hosts may begin; empty where they always may.
    pub windows: Vec<Window>,
}

impl Default for Rollout {
    fn default() -> Self {
        Self {
            canary: None,
            batch: Share::Percent(100),
            max_failures: Share::Hosts(0),
            max_unavailable: None,
            failed_wave: FailedWave::Stop,
            order: Order::Inventory,
            soak: Duration::ZERO,
            deadline: Self::DEADLINE,
            windows: Vec::new(),
        }
    }
}

impl Rollout {
    /// The deadline of a host for which none is given.
    pub const DEADLINE: Duration = Duration::from_secs(4 * 3600);
}

/// What follows a wave in which a host has failed (`failed_wave:`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailedWave {
    /// Nothing.
    Stop,
    /// The next wave.
    Continue,
}

/// In which order hosts are taken (`order:`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// As the inventory has them.
    Inventory,
    /// The last one of the inventory first.
    Reverse,
    /// By name.
    Name,
}
