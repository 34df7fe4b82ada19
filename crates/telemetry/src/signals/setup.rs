//! Setting telemetry up and ending it: the `tracing` subscriber, the export thread and the log writer.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};
use prometheus_client::registry::Registry;
use tracing::Subscriber;
use tracing_subscriber::layer::SubscriberExt;

use crate::signals::config::Config;
use crate::signals::identity::Identity;
use crate::signals::logs::filter::CallsiteFilter;
use crate::signals::logs::layer::LogLayer;
use crate::signals::logs::writer::LogWriter;
use crate::signals::metrics::signal::SignalCounters;
use crate::signals::queue::ByteQueue;
use crate::signals::traces::encode::resource_prefix;
use crate::signals::traces::export::Exporter;
use crate::signals::traces::layer::span_layer;
use crate::signals::traces::processor::EncodingProcessor;
use crate::signals::traces::transport::Transport;

/// Log lines are written in blocks of this size at most.
const LOG_BATCH_BYTES: usize = 256 * 1024;
/// Spans waiting in a batch are sent at this size at the latest; receivers take 4 MiB by default.
const SPAN_BATCH_BYTES: usize = 512 * 1024;

/// Why telemetry cannot start.
#[derive(Debug, thiserror::Error)]
pub enum InitError {
    /// The process has a subscriber already.
    #[error("telemetry is already set up in this process")]
    AlreadySet,
    /// The client for the OTLP endpoint cannot be built.
    #[error("the OTLP client cannot be set up: {0}")]
    Exporter(String),
    /// A thread cannot be started.
    #[error("a telemetry thread cannot be started: {0}")]
    Thread(#[from] io::Error),
}

/// Running telemetry; ended by [`Telemetry::shutdown`].
#[derive(Debug)]
pub struct Telemetry {
    exporter: Option<Exporter>,
    writer: LogWriter,
}

/// What could not be handed over at the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flushed {
    /// Spans that the backend had not taken within the grace.
    pub spans_dropped: u64,
    /// Log lines that standard output had not taken within the grace.
    pub lines_dropped: u64,
}

impl Telemetry {
    /// Starts telemetry for the whole process: log lines go to standard output, spans to the configured
    /// endpoint, and what becomes of both is counted in `registry`.
    pub fn init(identity: Identity, config: &Config, registry: &mut Registry) -> Result<Self, InitError> {
        let spans = SignalCounters::register(registry, "telemetry_spans", "Spans by what became of them");
        let lines = SignalCounters::register(registry, "telemetry_log_lines", "Log lines by what became of them");

        let mut provider = SdkTracerProvider::builder().with_sampler(config.sampler.clone());
        let mut exporter = None;
        if let Some(endpoint) = &config.exporter {
            let queue = Arc::new(ByteQueue::new(config.span_queue_bytes, SPAN_BATCH_BYTES));
            let transport = Transport::new(endpoint.clone()).map_err(|e| InitError::Exporter(e.to_string()))?;
            let prefix = resource_prefix(&config.resource, env!("CARGO_PKG_VERSION"));
            provider = provider.with_span_processor(EncodingProcessor::new(queue.clone(), spans.dropped.clone()));
            exporter = Some(Exporter::start(queue, transport, prefix, config.schedule_delay, spans)?);
        }

        let queue = Arc::new(ByteQueue::new(config.log_queue_bytes, LOG_BATCH_BYTES));
        let service = config.resource.iter().find(|(key, _)| key == "service.name").map_or(identity.name, |(_, v)| v);
        let layer = LogLayer::new(service, queue.clone(), lines.dropped.clone());
        let writer = LogWriter::start(queue, Box::new(io::stdout()), lines)?;

        let filter = CallsiteFilter::new(config.log_filter.clone(), identity.targets);
        tracing::subscriber::set_global_default(subscriber(filter, tracer(&provider.build()), layer))
            .map_err(|_| InitError::AlreadySet)?;
        Ok(Self { exporter, writer })
    }

    /// Sends and writes what is queued, in at most `grace`, and says what was left over.
    pub fn shutdown(self, grace: Duration) -> Flushed {
        let deadline = Instant::now() + grace;
        let spans_dropped = self.exporter.map_or(0, |exporter| exporter.shutdown(grace));
        let left = deadline.saturating_duration_since(Instant::now()).max(Duration::from_millis(100));
        Flushed { spans_dropped, lines_dropped: self.writer.shutdown(left) }
    }
}

/// The tracer that spans are opened with.
pub(crate) fn tracer(provider: &SdkTracerProvider) -> SdkTracer {
    provider.tracer("dicelab.telemetry")
}

/// The stack of layers: which callsites count, spans to OpenTelemetry, events to log lines.
pub(crate) fn subscriber(filter: CallsiteFilter, tracer: SdkTracer, logs: LogLayer) -> impl Subscriber + Send + Sync {
    tracing_subscriber::registry().with(span_layer(tracer)).with(logs).with(filter)
}
