//! Metrics that are computed from spans as they arrive, under the names that Tempo's metrics generator gives them: calls,
//! latencies and sizes by service and span name ([`registry`]), and who calls whom ([`edges`]).
//!
//! | Name | Type | Labels |
//! |---|---|---|
//! | `traces_spanmetrics_calls_total`, `…_size_total` | counter | `service`, `span_name`, `span_kind`, `status_code` |
//! | `traces_spanmetrics_latency` | histogram | the same |
//! | `traces_service_graph_request_total`, `…_failed_total` | counter | `client`, `server`, `connection_type` |
//! | `traces_service_graph_request_server_seconds`, `…_client_seconds` | histogram | the same |
//! | `dicelab_span_metrics_overflow_total` | counter | spans and edges whose series would have been too many |
//! | `dicelab_span_edges_dropped_total` | counter | sides of edges for which there was no room |
//! | `dicelab_span_edges_unpaired_total` | counter | sides of edges whose other side did not come |
//!
//! A span that is sent again is not kept a second time, so it is not counted a second time either.

pub mod config;
pub(crate) mod edges;
pub(crate) mod observed;
pub mod registry;

use parking_lot::Mutex;

use crate::span_metrics::config::Config;
use crate::span_metrics::edges::{Edge, Edges};
use crate::span_metrics::observed::{Observed, Taken};
use crate::span_metrics::registry::{Family, Observation, Reading, Registry};

/// The metrics of all spans since the start.
#[derive(Debug)]
pub struct SpanMetrics {
    config: Config,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    registry: Registry,
    edges: Edges,
}

impl SpanMetrics {
    /// Nothing counted yet.
    pub fn new(config: Config) -> Self {
        let state = State { registry: Registry::new(&config), edges: Edges::new(&config) };
        Self { config, state: Mutex::new(state) }
    }

    /// Counts spans that the store has taken in.
    pub(crate) fn observe(&self, taken: &[Taken], now_ns: i64) {
        let mut state = self.state.lock();
        for span in taken {
            let Some(observed) = Observed::read(span) else { continue };
            let labels = self.labels(&observed);
            let (latency, size) = (observed.seconds(), observed.size() as f64);
            let calls = Observation { family: Family::Calls, labels, counts: [1.0, size], seconds: [latency, 0.0] };
            state.registry.observe(calls, observed.trace_id, now_ns);
            if let Some(edge) = state.edges.add(&observed, now_ns) {
                state.registry.observe(of_edge(&edge), edge.trace_id, now_ns);
            }
        }
    }

    /// What there is to write now, after edges that waited long enough have been decided.
    pub fn collect(&self, now_ns: i64) -> Vec<Reading> {
        let mut state = self.state.lock();
        for edge in state.edges.expire(now_ns) {
            state.registry.observe(of_edge(&edge), edge.trace_id, now_ns);
        }
        let mut readings = state.registry.collect();
        for (name, value) in [
            ("dicelab_span_metrics_overflow_total", state.registry.overflowed()),
            ("dicelab_span_edges_dropped_total", state.edges.dropped()),
            ("dicelab_span_edges_unpaired_total", state.edges.unpaired()),
        ] {
            readings.push(Reading::plain(name, value as f64));
        }
        readings
    }

    fn labels(&self, span: &Observed<'_>) -> Vec<(String, String)> {
        let mut labels = vec![
            ("service".to_owned(), span.service().to_owned()),
            ("span_name".to_owned(), span.name.to_owned()),
            ("span_kind".to_owned(), span.kind_name().to_owned()),
            ("status_code".to_owned(), span.status_name().to_owned()),
        ];
        labels.extend(
            self.config
                .dimensions
                .iter()
                .map(|dimension| (dimension.label.clone(), span.attribute(&dimension.attribute).unwrap_or_default())),
        );
        labels
    }
}

fn of_edge(edge: &Edge) -> Observation {
    let label = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    Observation {
        family: Family::Edges,
        labels: vec![
            label("client", &edge.client),
            label("server", &edge.server),
            label("connection_type", edge.connection.as_str()),
        ],
        counts: [1.0, f64::from(u8::from(edge.failed))],
        seconds: [edge.server_seconds, edge.client_seconds],
    }
}

#[cfg(test)]
mod tests;
