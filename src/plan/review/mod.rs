//! Plans as people review them: one value that is shown as text or Markdown, kept as JSON, and compared before it is applied.

mod counts;
mod host_plan;
mod markdown;
mod names;
#[expect(clippy::module_inception, reason = "the room is named after its type")]
mod review;
mod seen;
mod shape;
mod step;
mod text;

pub use counts::Counts;
pub use host_plan::{HostPlan, HostWay, Outlook};
pub use markdown::markdown;
pub use names::names;
pub use review::{Alike, Review, ReviewedHost};
pub use step::ReviewedStep;
pub use text::{Detail, summary_line, text};
