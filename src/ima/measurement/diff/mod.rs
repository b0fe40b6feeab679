//! What changed between two measurement lists of a host.
//!
//! A [`Snapshot`] is what one list says of each name in it: it grows with the names, not with the entries, and can be kept
//! in a file. [`Diff`] compares two. Only digests are compared: signatures, owners and modes are not.

mod changed;
mod compared;
mod content;
mod coverage;
mod order;
mod package_manager;
mod parting;
mod recorder;
mod relation;
mod snapshot;
mod state;
mod stored;
#[cfg(test)]
mod tests;
mod trace;

pub use changed::{Changed, Explanation, Way};
pub use compared::{Diff, MoreViolations};
pub use content::{BadContent, Content};
pub use coverage::Coverage;
pub use order::Order;
pub use package_manager::{PackageManager, Start};
pub use parting::{Parting, parting};
pub use recorder::Recorder;
pub use relation::{Relation, Restart};
pub use snapshot::{MeasuredFile, Seen, Snapshot, Stage, Violated};
pub use state::changes_by_itself;
