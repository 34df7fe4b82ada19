//! OTLP in: one receiver for spans, log records and metrics, over HTTP and gRPC.
//!
//! | Transport | Endpoints | |
//! |---|---|---|
//! | HTTP (4318) | `POST /v1/traces`, `/v1/logs`, `/v1/metrics` | protobuf or JSON, gzip; [`http_router`] |
//! | gRPC (4317) | `…TraceService/Export`, `…LogsService/Export`, `…MetricsService/Export` | gzip; [`grpc_router`] |
//!
//! Spans go to the trace store as the bytes that came, log records to the log store by the rules of
//! Loki's OTLP endpoint, metrics to the metric store by OpenTelemetry's Prometheus compatibility rules.
//! Loki's and Prometheus' own OTLP endpoints call [`OtlpReceiver::receive`] too.
//!
//! [`http_router`]: transport::http::http_router
//! [`grpc_router`]: transport::grpc::grpc_router
//! [`OtlpReceiver::receive`]: receiver::OtlpReceiver::receive

pub mod counters;
pub mod limits;
pub mod outcome;
pub mod receiver;
pub mod refusal;
pub mod request;
pub(crate) mod signals;
pub mod transport;

#[cfg(test)]
mod tests;
