//! Consumers of the event stream. They tell people and decide nothing.

mod bars;
mod eta;
mod lines;
mod summary;

pub use bars::{Plain, for_person};
use lines::Lines;
pub use summary::summary;

use crate::rollout::Event;
use tokio::{sync::mpsc::UnboundedReceiver, task::JoinHandle};

/// Somebody who shows events to a person.
pub trait Reporter: Send + 'static {
    /// Shows one event.
    fn event(&mut self, event: &Event);
    /// Nothing more comes.
    fn end(&mut self) {}
}

/// Feeds a reporter until its channel closes.
pub fn spawn(mut reporter: Box<dyn Reporter>, mut events: UnboundedReceiver<Event>) -> JoinHandle<()> {
    tokio::spawn(async move {
        while let Some(event) = events.recv().await {
            reporter.event(&event);
        }
        reporter.end();
    })
}
