//! Spans: `tracing` spans become OpenTelemetry spans, are encoded to OTLP the moment they end and leave in
//! batches, over HTTP/protobuf or gRPC. Nothing here ever waits for the backend.

mod annotate;
mod context;
mod encode;
mod export;
mod layer;
mod processor;
mod protobuf;
mod transport;

pub use annotate::{fail, ints, set};
pub use context::{Hex, SpanIds, extract, inject};
pub(crate) use encode::resource_prefix;
pub(crate) use export::Exporter;
pub(crate) use layer::span_layer;
pub(crate) use processor::EncodingProcessor;
pub(crate) use transport::Transport;
