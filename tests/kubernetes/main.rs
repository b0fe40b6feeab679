//! Nodes of a cluster, with the real kubectl and a small API server; the hosts behind the nodes are made of plain values.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[allow(dead_code)]
mod api;
mod bench;
mod commands;
mod control_plane;
mod drains;
mod reboots;
#[path = "../support/mod.rs"]
mod support;
