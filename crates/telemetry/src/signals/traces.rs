//! Spans: `tracing` spans become OpenTelemetry spans, are encoded to OTLP the moment they end and leave in
//! batches, over HTTP/protobuf or gRPC. Nothing here ever waits for the backend.

pub(crate) mod annotate;
pub(crate) mod context;
pub(crate) mod encode;
pub(crate) mod export;
pub(crate) mod layer;
pub(crate) mod processor;
pub(crate) mod protobuf;
pub(crate) mod transport;
