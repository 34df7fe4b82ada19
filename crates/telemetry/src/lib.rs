//! What every service links: JSON log lines, OTLP spans, Prometheus metrics, HTTP layers and shutdown.
//!
//! A service is a router and a few metrics; everything around it is here. [`service::run`] tells the whole
//! story in order: configuration, telemetry, socket, router, serve, drain, flush. The rooms:
//!
//! | Room | What it gives |
//! |---|---|
//! | [`service`] | `ServiceArgs` and `run`, shared by the `main` of every service |
//! | [`http`] | `App`: spans, metrics, probes and problem bodies around a router; the `ClientGone` extractor |
//! | [`client`] | the HTTP client for calls to other services: spans, `traceparent`, typed errors |
//! | [`problem`], [`query`] | RFC 9457 error bodies; query parameters that report all mistakes together |
//! | [`metrics`] | `TracedHistogram` (exemplars) and the exposition formats over `prometheus-client` |
//! | [`logs`] | one JSON object a line; [`logs::json`] for arrays |
//! | [`traces`] | spans to OTLP; [`traces::set`] and [`traces::fail`] on the current span, [`traces::SpanIds`] for its ids |
//! | [`readiness`], [`server`], [`shutdown`] | probes, the accept loop with its drain, signals |
//! | [`lifeline`] | what a child hears from its supervisor: orders, and that it is gone |
//! | [`config`] | the `OTEL_*` environment |
//! | [`faults`] | what goes wrong on purpose |
//! | [`recorder`] | log lines and spans caught in memory, for tests |
//!
//! Log with `tracing::info!(die_type = …, "Roll completed")`, open spans with `tracing::info_span!`; spans and
//! events of other crates than the service's own are not recorded as spans, and are logged from WARN up.

pub mod client;
pub mod clock;
pub mod config;
pub mod faults;
pub mod http;
pub mod lifeline;
pub mod logs;
pub mod metrics;
pub mod problem;
pub mod query;
mod queue;
pub mod readiness;
pub mod recorder;
pub mod server;
pub mod service;
pub mod shutdown;
mod subscriber;
pub mod traces;

pub use subscriber::{Flushed, Identity, InitError, Telemetry};
