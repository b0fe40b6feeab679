//! The plan of one host: its steps, their order, and how people see them. Pure: the same input gives the same bytes.

mod along;
mod boots;
mod bound;
mod build;
mod drift;
mod error;
mod graph;
mod kernel;
mod maintain;
mod mend;
mod node;
#[expect(clippy::module_inception, reason = "the room is named after its type")]
mod plan;
mod review;
mod rollback;
mod route;
mod unknown;

pub use bound::HostBound;
pub use drift::{Drift, Left};
pub use error::PlanError;
pub use graph::Graph;
pub use maintain::{Afterwards, Maintenance};
pub use plan::Plan;
pub use review::{
    Alike, Counts, Detail, HostPlan, HostWay, Outlook, Review, ReviewedHost, ReviewedStep, markdown, names,
    summary_line, text,
};
pub use route::Route;
