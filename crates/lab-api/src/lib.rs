//! The wire: Prometheus, Loki, Tempo and OTLP over HTTP and gRPC, and Grafana's API for the page.

pub mod assets;
pub(crate) mod error;
pub mod grafana;
pub mod loki;
pub mod otlp;
pub(crate) mod params;
pub mod prometheus;
pub mod room;
pub mod tempo;
