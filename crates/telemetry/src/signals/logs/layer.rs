//! Events on their way out: written as lines into the queue, or counted as dropped.

use std::cell::RefCell;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use prometheus_client::metrics::counter::Counter;
use tracing::dispatcher::WeakDispatch;
use tracing::{Dispatch, Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer};
use tracing_subscriber::registry::LookupSpan;

use super::line::{LineBuffer, quoted};
use crate::faults;
use crate::signals::clock;
use crate::signals::queue::ByteQueue;
use crate::signals::traces::context::SpanIds;

/// A line that is repeated by fault says so little later that stores take it for another one.
const REPEATED_AFTER: Duration = Duration::from_micros(1);

thread_local! {
    static BUFFER: RefCell<LineBuffer> = RefCell::default();
}

/// See the module.
#[derive(Debug)]
pub(crate) struct LogLayer {
    service: Vec<u8>,
    queue: Arc<ByteQueue>,
    dropped: Counter,
    dispatch: OnceLock<WeakDispatch>,
}

impl LogLayer {
    /// Lines of `service` go to `queue`; those that find it full are counted in `dropped`.
    pub(crate) fn new(service: &str, queue: Arc<ByteQueue>, dropped: Counter) -> Self {
        Self { service: quoted(service), queue, dropped, dispatch: OnceLock::new() }
    }

    fn ids<S: Subscriber + for<'a> LookupSpan<'a>>(
        &self,
        event: &Event<'_>,
        context: &Context<'_, S>,
    ) -> Option<SpanIds> {
        let id = context.event_span(event)?.id();
        SpanIds::lookup(&id, &self.dispatch.get()?.upgrade()?)
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for LogLayer {
    fn on_register_dispatch(&self, dispatch: &Dispatch) {
        // Registered once per subscriber.
        let _ = self.dispatch.set(dispatch.downgrade());
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        if faults::loses_line() {
            return;
        }
        let ids = self.ids(event, &context);
        let queued = BUFFER.with(|buffer| {
            // Formatting a field may itself log; that inner line gets a buffer of its own.
            let mut fresh = LineBuffer::default();
            let mut shared = buffer.try_borrow_mut();
            let buffer = shared.as_deref_mut().unwrap_or(&mut fresh);
            let mut queue = |now| {
                let line = buffer.write(event, now, &self.service, ids);
                self.queue.push(|out| out.extend_from_slice(line))
            };
            let now = clock::now();
            queue(now) && (!faults::repeats_line() || queue(now + REPEATED_AFTER))
        });
        if !queued {
            self.dropped.inc();
        }
    }
}
