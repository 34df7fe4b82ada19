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

use std::borrow::Cow;

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
            let (counts, seconds) = ([1.0, size], [latency, 0.0]);
            let calls = Observation { family: Family::Calls, labels: &labels, counts, seconds };
            state.registry.observe(calls, observed.trace_id, now_ns);
            if let Some(edge) = state.edges.add(&observed, now_ns) {
                state.registry.count(&edge, now_ns);
            }
        }
    }

    /// What there is to write now, after edges that waited long enough have been decided.
    pub fn collect(&self, now_ns: i64) -> Vec<Reading> {
        let mut state = self.state.lock();
        for edge in state.edges.expire(now_ns) {
            state.registry.count(&edge, now_ns);
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

    fn labels<'a>(&'a self, span: &Observed<'a>) -> Vec<(&'a str, Cow<'a, str>)> {
        let mut labels = vec![
            ("service", span.service()),
            ("span_name", span.name.into()),
            ("span_kind", span.kind_name().into()),
            ("status_code", span.status_name().into()),
        ];
        labels.extend(self.config.dimensions.iter().map(|dimension| {
            (dimension.label.as_str(), span.attribute(&dimension.attribute).unwrap_or_default().into())
        }));
        labels
    }
}

impl Registry {
    /// Counts a call between two services.
    fn count(&mut self, edge: &Edge, now_ns: i64) {
        let labels = [
            ("client", Cow::from(&edge.client)),
            ("server", Cow::from(&edge.server)),
            ("connection_type", edge.connection.as_str().into()),
        ];
        let observation = Observation {
            family: Family::Edges,
            labels: &labels,
            counts: [1.0, f64::from(u8::from(edge.failed))],
            seconds: [edge.server_seconds, edge.client_seconds],
        };
        self.observe(observation, edge.trace_id, now_ns);
    }
}

#[cfg(test)]
mod tests;
