//! The wire: Prometheus, Loki, Tempo and OTLP over HTTP and gRPC.

pub mod otlp;
pub mod tempo;
