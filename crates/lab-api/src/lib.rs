//! The wire: Prometheus, Loki, Tempo and OTLP over HTTP and gRPC.

pub mod assets;

pub mod error;

pub mod grafana;

pub mod loki;
pub mod otlp;

pub mod params;

pub mod prometheus;

pub mod tempo;
