//! The only door to a host: constant scripts with data on standard input, over SSH or locally.

mod answer_lines;
mod call;
mod call_stream;
mod dialogue;
mod error;
mod held;
mod local;
mod script;
mod ssh;
mod transport;

pub use call::{Answer, Call, Progress};
pub use dialogue::{Asker, Dialogue};
pub use error::HostError;
pub use held::HeldTransport;
pub use local::LocalTransport;
pub use script::Script;
pub use ssh::SshTransport;
pub use transport::{BoxFuture, Transport, open};
