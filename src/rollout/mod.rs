//! Carries plans out: every host side by side, every step once what it needs is done.

mod aftermath;
mod apply;
mod event;
mod fleet;
pub mod gate;
mod hold;
mod outcome;
mod perform;
mod run;
mod sign;

pub use apply::{Check, Limits, apply};
pub use event::{Event, EventKind, Events};
pub use fleet::{Fleet, Member};
pub use outcome::{Failure, Outcome, Place};
pub use run::{NoRunId, Run, RunId};
