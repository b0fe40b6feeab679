//! Kubernetes: a node leaves service before its host is rebooted, and comes back afterwards. Everything is done by kubectl,
//! here or on a host of the inventory.

mod api;
mod cluster;
mod control_plane;
mod cordon;
mod drain;
mod error;
mod node;
mod pod;
mod ready;
mod selector;

pub use api::ANNOTATION;
pub use cluster::Cluster;
pub use error::KubernetesError;
pub use node::Node;
