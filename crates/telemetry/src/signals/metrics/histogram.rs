//! Histograms whose exemplars carry the trace they were observed in.

use std::fmt::Error;

use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue, EncodeMetric, LabelValueEncoder, MetricEncoder};
use prometheus_client::metrics::exemplar::HistogramWithExemplars;
use prometheus_client::metrics::{MetricType, TypedMetric};

use crate::signals::clock;
use crate::signals::traces::context::{Hex, SpanIds};

/// A histogram that belongs to requests: an observation inside a sampled span leaves an exemplar with its
/// `trace_id` in the bucket. For families: `Family::new_with_constructor(|| TracedHistogram::new(&BUCKETS))`.
#[derive(Debug, Clone)]
pub struct TracedHistogram(HistogramWithExemplars<TraceLabel>);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EncodeLabelSet)]
struct TraceLabel {
    trace_id: TraceIdValue,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct TraceIdValue(Hex<32>);

impl EncodeLabelValue for TraceIdValue {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> Result<(), Error> {
        EncodeLabelValue::encode(&self.0.as_str(), encoder)
    }
}

impl TracedHistogram {
    /// With these upper bounds, ascending; `+Inf` is added.
    pub fn new(bounds: &[f64]) -> Self {
        Self(HistogramWithExemplars::new(bounds.iter().copied()))
    }

    /// Observes `value`, with the current span's trace as exemplar.
    pub fn observe(&self, value: f64) {
        self.observe_in(SpanIds::current(), value);
    }

    /// Observes `value` with the trace of `span` as exemplar, if it is sampled.
    pub fn observe_in(&self, span: Option<SpanIds>, value: f64) {
        match span.filter(|span| span.sampled) {
            Some(span) => {
                let label = TraceLabel { trace_id: TraceIdValue(span.trace_id_hex()) };
                self.0.observe(value, Some(label), Some(clock::now()));
            }
            None => self.0.observe(value, None, None),
        }
    }
}

impl TypedMetric for TracedHistogram {
    const TYPE: MetricType = MetricType::Histogram;
}

impl EncodeMetric for TracedHistogram {
    fn encode(&self, encoder: MetricEncoder<'_>) -> Result<(), Error> {
        self.0.encode(encoder)
    }

    fn metric_type(&self) -> MetricType {
        Self::TYPE
    }
}
