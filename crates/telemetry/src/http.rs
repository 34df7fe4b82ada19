//! What surrounds a service's router: spans, metrics, probes, problem bodies and structured concurrency.
//!
//! [`App::new`] adds to the router of a service
//! - `GET /metrics`, `GET /healthz`, `GET /readyz`, which appear in no `http_*` metric and in no span;
//! - per request a SERVER span with the stable HTTP semantic conventions, continuing the caller's trace, and
//!   `traceresponse` on every answer;
//! - `http_requests_total{handler,method,status}`, `http_request_duration_seconds{handler,method}` with exemplars,
//!   `http_requests_in_progress{handler}`;
//! - problem bodies for unknown paths (404), wrong methods (405 with `Allow`) and panics (500).
//!
//! **Structured concurrency.** A handler runs in a task of its own. When the client goes away, or the grace of a
//! shutdown runs out, its [`ClientGone`] fires; the handler ends its children, counts and returns. Only then is the
//! request's span closed and its gauge lowered, so no child outlives its parent and no gauge leaks.

mod app;
mod client_gone;
mod metrics;
mod probes;
mod requests;
mod span;

pub use app::App;
pub use client_gone::ClientGone;
pub use requests::Requests;
