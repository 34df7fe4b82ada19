//! OTLP in: one receiver for spans, log records and metrics, over HTTP and gRPC.
//!
//! | Transport | Endpoints | |
//! |---|---|---|
//! | HTTP | `POST /v1/traces`, `/v1/logs`, `/v1/metrics` | protobuf or JSON; gzip, deflate, zstd, snappy |
//! | gRPC | `…TraceService/Export`, `…LogsService/Export`, `…MetricsService/Export` | gzip, deflate, zstd, snappy |
//!
//! The ports 4317 and 4318 serve both ([`otlp_router`]); what was meant for another place is told where to go.
//! Spans of Zipkin and Jaeger and what the Faro SDK sends come beside them ([`transport`]).
//! JSON becomes protobuf at the door ([`json`]). Spans go to the trace store as the bytes that came, log records to the log store by the rules of
//! Loki's OTLP endpoint, metrics to the metric store by OpenTelemetry's Prometheus compatibility rules.
//! Loki's and Prometheus' own OTLP endpoints call [`OtlpReceiver::receive`] too.
//!
//! [`otlp_router`]: transport::router::otlp_router
//! [`OtlpReceiver::receive`]: receiver::OtlpReceiver::receive

pub mod counters;
pub(crate) mod json;
pub mod limits;
pub mod outcome;
pub mod receiver;
pub mod refusal;
pub mod request;
pub mod signals;
pub mod transport;

#[cfg(test)]
mod tests;
