//! Carries plans out: every host side by side, every step once what it needs is done.

mod aftermath;
mod apply;
mod assignment;
mod clock;
mod drive;
mod event;
mod failure;
mod fleet;
pub mod gate;
mod hold;
pub mod journal;
mod limits;
mod outcome;
mod perform;
mod run;
pub mod schedule;
mod sign;
mod work;

pub use clock::Clock;
pub use drive::apply;
pub use event::{Event, EventKind, Events, RolloutEvent, What};
pub use failure::Failure;
pub use fleet::{Fleet, Member};
pub use limits::{Check, Limits};
pub use outcome::{Outcome, Place};
pub use run::{NoRunId, Run, RunId};
pub use work::{Way, Work};
