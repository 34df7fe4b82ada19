//! The guard that makes `received` the sum of all endings, whatever happens to a request.

use std::sync::Arc;

use telemetry::faults::times_counted;

use crate::metrics::families::{DieMetrics, Ending, Handler};

/// One validated request, from its arrival to its end; counts when it goes, also if the handler panics.
#[derive(Debug)]
pub struct RequestCount {
    die: Arc<DieMetrics>,
    handler: Handler,
    ending: Option<Ending>,
}

impl RequestCount {
    /// The request is valid: counts it as received.
    pub fn begin(die: Arc<DieMetrics>, handler: Handler) -> Self {
        die.handler(handler).received.inc();
        Self { die, handler, ending: None }
    }

    /// The request is over.
    pub fn end(mut self, ending: Ending) {
        self.ending = Some(ending);
    }
}

impl Drop for RequestCount {
    fn drop(&mut self) {
        let unfinished = if std::thread::panicking() { Ending::Error } else { Ending::Cancelled };
        let ended = self.die.handler(self.handler).ended(self.ending.unwrap_or(unfinished));
        ended.inc_by(times_counted("frontend_requests_total"));
    }
}
