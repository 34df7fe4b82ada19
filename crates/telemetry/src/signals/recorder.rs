//! Log lines and spans caught in memory, for tests: what a service would have written and exported.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use opentelemetry_proto::tonic::common::v1::any_value::Value as AnyValue;
use opentelemetry_proto::tonic::trace::v1::{ScopeSpans, Span as ProtoSpan, status::StatusCode};
use opentelemetry_sdk::trace::SdkTracerProvider;
use prometheus_client::metrics::counter::Counter;
use prost::Message;
use serde_json::{Map, Value};
use tracing::Dispatch;
use tracing::subscriber::{DefaultGuard, NoSubscriber};
use tracing_subscriber::filter::{LevelFilter, Targets};

use crate::signals::logs::filter::CallsiteFilter;
use crate::signals::logs::layer::LogLayer;
use crate::signals::queue::ByteQueue;
use crate::signals::setup::{subscriber, tracer};
use crate::signals::traces::processor::EncodingProcessor;

const LIMIT: usize = 16 * 1024 * 1024;

/// Telemetry of the current thread, from [`Recorder::install`] until it is dropped. Tasks of a
/// `#[tokio::test]` run on that thread.
#[derive(Debug)]
pub struct Recorder {
    spans: Arc<ByteQueue>,
    lines: Arc<ByteQueue>,
    _default: DefaultGuard,
    _provider: SdkTracerProvider,
}

/// A finished span as it would have been exported.
#[derive(Debug, Clone)]
pub struct RecordedSpan {
    /// 32 hexadecimal digits.
    pub trace_id: String,
    /// 16 hexadecimal digits.
    pub span_id: String,
    /// Empty for a root.
    pub parent_span_id: String,
    /// For example `GET /roll`.
    pub name: String,
    /// 1 INTERNAL, 2 SERVER, 3 CLIENT.
    pub kind: i32,
    /// Nanoseconds since 1970.
    pub start: u64,
    /// Nanoseconds since 1970.
    pub end: u64,
    /// By key; arrays are JSON arrays.
    pub attributes: Map<String, Value>,
    /// Names of the events.
    pub events: Vec<String>,
    /// Whether the status is ERROR.
    pub error: bool,
}

impl Recorder {
    /// Records as the service `name`: spans of the crate that `name` belongs to (`die-service` is `die_service`)
    /// and of this one, lines from DEBUG up.
    pub fn install(name: &str) -> Self {
        keep_company();
        let (spans, lines) = (Arc::new(ByteQueue::new(LIMIT, LIMIT)), Arc::new(ByteQueue::new(LIMIT, LIMIT)));
        let processor = EncodingProcessor::new(spans.clone(), Counter::default());
        let provider = SdkTracerProvider::builder().with_span_processor(processor).build();
        let target = name.replace('-', "_");
        let own = [target.as_str(), env!("CARGO_PKG_NAME")].map(|target| (target.to_owned(), LevelFilter::DEBUG));
        let filter = CallsiteFilter::new(Targets::new().with_targets(own), &[&target]);
        let layer = LogLayer::new(name, lines.clone(), Counter::default());
        let default = tracing::subscriber::set_default(subscriber(filter, tracer(&provider), layer));
        Self { spans, lines, _default: default, _provider: provider }
    }

    /// The lines since the last call.
    pub fn lines(&self) -> Vec<Value> {
        let bytes = drain(&self.lines);
        let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        lines.map(|line| serde_json::from_slice(line).unwrap_or(Value::Null)).collect()
    }

    /// The spans that have ended since the last call.
    pub fn spans(&self) -> Vec<RecordedSpan> {
        let scope = ScopeSpans::decode(drain(&self.spans).as_slice()).unwrap_or_default();
        scope.spans.into_iter().map(RecordedSpan::from).collect()
    }
}

impl From<ProtoSpan> for RecordedSpan {
    fn from(span: ProtoSpan) -> Self {
        Self {
            trace_id: hex(&span.trace_id),
            span_id: hex(&span.span_id),
            parent_span_id: hex(&span.parent_span_id),
            name: span.name,
            kind: span.kind,
            start: span.start_time_unix_nano,
            end: span.end_time_unix_nano,
            attributes: span
                .attributes
                .into_iter()
                .map(|attribute| {
                    (attribute.key, attribute.value.and_then(|value| value.value).map_or(Value::Null, json))
                })
                .collect(),
            events: span.events.into_iter().map(|event| event.name).collect(),
            error: span.status.is_some_and(|status| status.code == StatusCode::Error as i32),
        }
    }
}

/// Keeps one more subscriber alive for good. With a single one, `tracing` asks only the subscriber of the thread
/// that reaches a callsite first; a test without a recorder would then switch that callsite off for all others.
fn keep_company() {
    static COMPANY: OnceLock<Dispatch> = OnceLock::new();
    COMPANY.get_or_init(|| Dispatch::new(NoSubscriber::default()));
}

fn drain(queue: &ByteQueue) -> Vec<u8> {
    // Something has to be there, or taking would wait for it.
    queue.push(|_| {});
    let batch = queue.take(Duration::ZERO).unwrap_or_default();
    queue.release(batch.bytes.len());
    batch.bytes
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}

fn json(value: AnyValue) -> Value {
    match value {
        AnyValue::StringValue(text) => text.into(),
        AnyValue::BoolValue(value) => value.into(),
        AnyValue::IntValue(value) => value.into(),
        AnyValue::DoubleValue(value) => value.into(),
        AnyValue::ArrayValue(array) => {
            array.values.into_iter().map(|item| item.value.map_or(Value::Null, json)).collect()
        }
        _ => Value::Null,
    }
}
