//! The `http_*` metrics.

use std::sync::Arc;
use std::time::Instant;

use http::{Method, StatusCode};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use crate::faults::times_counted;
use crate::signals::metrics::histogram::TracedHistogram;
use crate::signals::traces::context::SpanIds;

/// The counter of requests.
const REQUESTS: &str = "http_requests_total";
/// Seconds. They begin far below the fastest answer: within the first bucket a quantile is a guess.
const DURATION_BOUNDS: [f64; 21] = [
    0.000_025, 0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 0.75,
    1.0, 1.5, 2.0, 3.0, 5.0, 10.0,
];

/// All three families.
#[derive(Debug, Clone)]
pub(crate) struct HttpMetrics {
    requests: Family<RequestLabels, Counter>,
    durations: Family<DurationLabels, TracedHistogram>,
    in_progress: Family<HandlerLabels, Gauge>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    handler: Arc<str>,
    method: &'static str,
    status: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct DurationLabels {
    handler: Arc<str>,
    method: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct HandlerLabels {
    handler: Arc<str>,
}

/// One request being measured. Ended by [`Measured::end`]; if the task is torn down instead, the gauge still falls.
pub(crate) struct Measured {
    metrics: HttpMetrics,
    handler: Arc<str>,
    method: &'static str,
    started: Instant,
    in_progress: Gauge,
}

impl HttpMetrics {
    pub(crate) fn register(registry: &mut Registry) -> Self {
        let metrics = Self {
            requests: Family::default(),
            durations: Family::new_with_constructor(|| TracedHistogram::with_native(&DURATION_BOUNDS)),
            in_progress: Family::default(),
        };
        registry.register("http_requests", "HTTP requests answered", metrics.requests.clone());
        let help = "Seconds from the request to its answer";
        registry.register("http_request_duration_seconds", help, metrics.durations.clone());
        registry.register("http_requests_in_progress", "HTTP requests being handled", metrics.in_progress.clone());
        metrics
    }

    /// A request begins; `handler` is its route, `None` if nothing matched.
    pub(crate) fn begin(&self, handler: Option<&str>, method: &Method) -> Measured {
        let handler = Arc::<str>::from(handler.unwrap_or("none"));
        let in_progress = self.in_progress.get_or_create_owned(&HandlerLabels { handler: handler.clone() });
        in_progress.inc();
        Measured { metrics: self.clone(), handler, method: known_method(method), started: Instant::now(), in_progress }
    }
}

impl Measured {
    /// The answer is `status`, or nobody is there to take it (`None`).
    pub(crate) fn end(self, status: Option<StatusCode>, span: Option<SpanIds>) {
        let (handler, method) = (self.handler.clone(), self.method);
        let duration = self.started.elapsed().as_secs_f64();
        let durations = &self.metrics.durations;
        durations.get_or_create(&DurationLabels { handler: handler.clone(), method }).observe_in(span, duration);
        let status = status_class(status);
        self.metrics.requests.get_or_create(&RequestLabels { handler, method, status }).inc_by(times_counted(REQUESTS));
    }
}

impl Drop for Measured {
    fn drop(&mut self) {
        self.in_progress.dec();
    }
}

fn status_class(status: Option<StatusCode>) -> &'static str {
    match status.map(|status| status.as_u16() / 100) {
        None => "cancelled",
        Some(1) => "1xx",
        Some(2) => "2xx",
        Some(3) => "3xx",
        Some(4) => "4xx",
        _ => "5xx",
    }
}

/// The methods of RFC 9110 and PATCH; anything else would let clients make series.
pub(crate) fn known_method(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "DELETE" => "DELETE",
        "CONNECT" => "CONNECT",
        "OPTIONS" => "OPTIONS",
        "TRACE" => "TRACE",
        "PATCH" => "PATCH",
        _ => "_OTHER",
    }
}
