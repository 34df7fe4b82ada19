//! What every service links: JSON log lines, OTLP spans, Prometheus metrics, HTTP layers and shutdown.
//!
//! A service is a router and a few metrics; everything around it is here. [`service::run`] tells the whole
//! story in order: configuration, telemetry, socket, router, serve, drain, flush. Inside there are four rooms:
//!
//! | Room | What is in it |
//! |---|---|
//! | `signals` | what a service says: log lines, metrics, spans, and how they leave the process |
//! | `web` | what it stands on: server and drain, the frame around each request, client, error bodies, readiness |
//! | `process` | what asks it to stop, and the orders of its supervisor |
//! | [`faults`] | what goes wrong on purpose |
//!
//! This file is the face of the crate: everything that other crates may use is listed here, by theme.
//!
//! Log with `tracing::info!(die_type = …, "Roll completed")`, open spans with `tracing::info_span!`; spans and
//! events of other crates than the service's own are not recorded as spans, and are logged from WARN up.

pub mod faults;
mod process;
pub mod service;
mod signals;
mod web;

/// How a batch takes failing rolls. It stands here because services share this crate alone.
pub use lab_model::strategy::{Strategy, UnknownStrategy};

pub use signals::config;
pub use signals::identity::Identity;
pub use signals::logs::json as logs;
pub use signals::recorder;
pub use signals::setup::{Flushed, InitError, Telemetry};
pub use web::{problem, query, readiness, server};

pub use process::{lifeline, shutdown};

/// The HTTP client for calls to other services: spans, `traceparent`, typed errors.
pub mod client {
    pub use crate::web::client::url::{BaseUrl, UrlError};
    pub use crate::web::client::{Client, ClientError, Reply};
}

/// The frame around a service's router, and the extractor that tells a handler that its client is gone.
pub mod http {
    pub use crate::web::app::App;
    pub use crate::web::app::client_gone::ClientGone;
    pub use crate::web::app::requests::Requests;
}

/// Histograms whose exemplars name the current trace, and what `/metrics` answers.
pub mod metrics {
    pub use crate::signals::metrics::exposition::{Exposition, Rendered};
    pub use crate::signals::metrics::histogram::TracedHistogram;
    pub use crate::signals::metrics::process::{ProcessCollector, build_info};
    pub use prometheus_client::registry::Registry;
}

/// Attributes and failures of the current span, its ids, and W3C Trace Context in and out.
pub mod traces {
    pub use crate::signals::traces::annotate::{fail, ints, set};
    pub use crate::signals::traces::context::{Hex, SpanIds, extract, inject};
}
