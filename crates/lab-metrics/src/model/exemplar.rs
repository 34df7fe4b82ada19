//! Exemplars: single observations that point from a metric to a trace.

use lab_model::Labels;

/// One observation behind a sample.
#[derive(Clone, Debug, PartialEq)]
pub struct Exemplar {
    /// Usually `trace_id` and perhaps `span_id`.
    pub labels: Labels,
    /// The observed value, in the metric's unit.
    pub value: f64,
    /// Milliseconds since the epoch.
    pub timestamp: i64,
}
