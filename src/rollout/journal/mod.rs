//! What is kept of a run: who did what when, and enough to go on after the control machine has died. Nothing on a host depends
//! on it.

mod directory;
mod ending;
mod header;
mod record;
mod story;

pub use directory::{Directory, JournalError};
pub use ending::{Ending, Kept};
pub use header::{Header, Options, Planned, opening};
pub use record::{Line, Record};
pub use story::{Story, Verdict};
