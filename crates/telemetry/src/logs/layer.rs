//! Events on their way out: written as lines into the queue, or counted as dropped.

use std::cell::RefCell;
use std::sync::{Arc, OnceLock};

use prometheus_client::metrics::counter::Counter;
use tracing::dispatcher::WeakDispatch;
use tracing::{Dispatch, Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer};
use tracing_subscriber::registry::LookupSpan;

use super::line::{LineBuffer, quoted};
use crate::clock;
use crate::queue::ByteQueue;
use crate::traces::SpanIds;

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
        let ids = self.ids(event, &context);
        let queued = BUFFER.with(|buffer| {
            // Formatting a field may itself log; that inner line gets a buffer of its own.
            let mut fresh = LineBuffer::default();
            let mut shared = buffer.try_borrow_mut();
            let buffer = shared.as_deref_mut().unwrap_or(&mut fresh);
            let line = buffer.write(event, clock::now(), &self.service, ids);
            self.queue.push(|out| out.extend_from_slice(line))
        });
        if !queued {
            self.dropped.inc();
        }
    }
}
