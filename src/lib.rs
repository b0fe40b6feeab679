//! imaform: declarative, safe roll-out of the Linux Integrity Measurement Architecture (IMA).
//!
//! The rooms, from the pure core to the edge: [`ima`] is the domain, [`config`] what is wanted, [`resource`] turns
//! wanted × observed into steps, [`plan`] orders and shows them, [`host`] is the only door to a machine, [`boot`] proves
//! reboots, [`rollout`] carries plans out and [`report`] tells people. ARCHITECTURE.md is the map.

pub mod boot;
#[doc(hidden)]
pub mod cli;
pub mod config;
pub mod host;
pub mod ima;
pub mod kubernetes;
mod pattern;
pub mod plan;
pub mod report;
pub mod resource;
pub mod rollout;
pub mod signing;
pub mod tpm;
mod words;
