use super::{Answer, BoxFuture, Call, HostError, Transport};
use std::sync::Arc;

/// The way to a host whose lock a run holds: every script begins by looking whether it still does.
pub struct HeldTransport {
    inner: Arc<dyn Transport>,
    run: String,
}

impl HeldTransport {
    /// The same way, for this run.
    pub fn new(inner: Arc<dyn Transport>, run: impl Into<String>) -> Self {
        Self { inner, run: run.into() }
    }
}

impl Transport for HeldTransport {
    fn run(&self, mut call: Call) -> BoxFuture<'_, Result<Answer, HostError>> {
        call.holder = Some(self.run.clone());
        self.inner.run(call)
    }

    fn disconnect(&self) -> BoxFuture<'_, ()> {
        self.inner.disconnect()
    }
}
