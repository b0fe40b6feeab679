//! Consumers of the event stream. They tell people and decide nothing.

mod bars;
mod eta;
mod json_lines;
mod junit;
mod lines;
mod summary;

pub use bars::{Plain, for_person};
pub use json_lines::JsonLines;
pub use junit::Junit;
use lines::Lines;
pub use lines::seconds;
pub use summary::summary;

use crate::rollout::Event;
use tokio::{sync::mpsc::UnboundedReceiver, task::JoinHandle};

/// Somebody who shows events to a person.
pub trait Reporter: Send + 'static {
    /// Shows one event.
    fn event(&mut self, event: &Event);
    /// What was shown must not wait any longer.
    fn flush(&mut self) {}
    /// Nothing more comes.
    fn end(&mut self) {}
}

/// Feeds a reporter until its channel closes.
pub fn spawn(mut reporter: Box<dyn Reporter>, mut events: UnboundedReceiver<Event>) -> JoinHandle<()> {
    tokio::spawn(async move {
        let mut batch = Vec::new();
        while events.recv_many(&mut batch, 1024).await > 0 {
            for event in batch.drain(..) {
                reporter.event(&event);
            }
            reporter.flush();
        }
        reporter.end();
    })
}
