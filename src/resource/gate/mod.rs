//! The gate before enforce: what the rules of the enforce boot would deny on a host, worked out while nothing is denied.
//!
//! `gate.sh` collects, [`Question::judge`] judges with the evaluator behind `imaform policy explain`.

mod acceptance;
mod answer;
mod answer_reader;
mod faults;
mod finding;
mod listing;
mod mounts;
mod nature;
mod question;
mod rules;
mod verdict;

pub use acceptance::{Acceptance, Accepted};
pub use answer::{Answer, FileFacts};
pub use finding::{Finding, Kind};
pub use listing::listing;
pub use mounts::{Mount, Mounts};
pub use nature::Nature;
pub use question::{Moment, Question};
pub use verdict::Verdict;
