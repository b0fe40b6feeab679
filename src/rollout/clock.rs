use jiff::Timestamp;
use tokio::time::Instant;

/// What time it is: windows are hours of the day, and a run may outlive a night's sleep of the machine.
#[derive(Debug, Clone, Copy)]
pub enum Clock {
    /// The system's.
    System,
    /// One that said `start` at `begin`, and goes as fast as tokio's time: with a paused one, days pass at once.
    Since {
        /// What it said.
        start: Timestamp,
        /// When.
        begin: Instant,
    },
}

impl Clock {
    /// What it says.
    pub fn now(&self) -> Timestamp {
        match self {
            Self::System => Timestamp::now(),
            Self::Since { start, begin } => start.saturating_add(begin.elapsed()).unwrap_or(Timestamp::MAX),
        }
    }
}
