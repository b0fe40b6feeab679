//! Kept plans on a real host: refused when anything has moved, and otherwise exactly what is done.

mod snapshot;
mod stale;
mod states;
