//! The end of a span on its way out: encoded at once, queued or counted as dropped.

use std::sync::Arc;
use std::time::Duration;

use opentelemetry::Context;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{Span, SpanData, SpanProcessor};
use prometheus_client::metrics::counter::Counter;

use super::encode;
use crate::faults;
use crate::signals::queue::ByteQueue;

/// Encodes finished spans into a queue. Sampled-out spans never get here.
#[derive(Debug)]
pub(crate) struct EncodingProcessor {
    queue: Arc<ByteQueue>,
    dropped: Counter,
}

impl EncodingProcessor {
    /// Spans go to `queue`; those that find it full are counted in `dropped`.
    pub(crate) fn new(queue: Arc<ByteQueue>, dropped: Counter) -> Self {
        Self { queue, dropped }
    }
}

impl SpanProcessor for EncodingProcessor {
    fn on_start(&self, _span: &mut Span, _cx: &Context) {}

    fn on_end(&self, span: SpanData) {
        if faults::loses_span() {
            return;
        }
        if !self.queue.push(|out| encode::span(out, &span)) {
            self.dropped.inc();
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    /// Flushing belongs to [`super::export::Exporter`], which knows the grace.
    fn shutdown_with_timeout(&self, _timeout: Duration) -> OTelSdkResult {
        Ok(())
    }
}
