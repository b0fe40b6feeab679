//! The whole way on a real kernel: guests of `tests/lab`, and the built binary. `cargo test --test guest`.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod all_the_way;
mod attestation;
mod bad_hosts;
mod console;
mod explain;
mod guest;
mod guide_playbook;
mod imaform;
mod killed_at_any_stage;
mod labels_audit;
mod life_under_enforce;
mod matrix;
mod plans;
mod power_cuts;
mod safety;
mod signatures;
