//! What is kept of a run: who did what when, and enough to go on after the control machine has died. Nothing on a host depends
//! on it.

mod directory;
mod record;
mod story;

pub use directory::{Directory, JournalError};
pub use record::{Ending, Header, Kept, Line, Options, Planned, Record, opening};
pub use story::{Story, Verdict};
