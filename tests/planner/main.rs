//! The planner alone, over what was observed of a host.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod bounds;
mod graph;
mod hosts;
mod invariants;
mod kernels;
mod nodes;
mod rendering;
mod reviews;
mod routes;
mod signatures;
#[path = "../support/mod.rs"]
mod support;
