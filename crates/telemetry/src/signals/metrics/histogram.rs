//! Histograms whose exemplars carry the trace they were observed in.

use std::fmt::Error;

use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue, EncodeMetric, LabelValueEncoder, MetricEncoder};
use prometheus_client::metrics::exemplar::HistogramWithExemplars;
use prometheus_client::metrics::{MetricType, TypedMetric};

use crate::signals::clock;
use crate::signals::metrics::native::Native;
use crate::signals::traces::context::{Hex, SpanIds};

/// A histogram that belongs to requests: an observation inside a sampled span leaves an exemplar with its
/// `trace_id` in the bucket. For families: `Family::new_with_constructor(|| TracedHistogram::new(&BUCKETS))`.
#[derive(Debug, Clone)]
pub struct TracedHistogram {
    classic: HistogramWithExemplars<TraceLabel>,
    native: Option<Native>,
}

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
        Self { classic: HistogramWithExemplars::new(bounds.iter().copied()), native: None }
    }

    /// The same, with a native form for scrapers that ask for protobuf. For what is never negative, durations above all.
    pub fn with_native(bounds: &[f64]) -> Self {
        Self { native: Some(Native::new()), ..Self::new(bounds) }
    }

    /// Observes `value`, with the current span's trace as exemplar.
    pub fn observe(&self, value: f64) {
        self.observe_in(SpanIds::current(), value);
    }

    /// Observes `value` with the trace of `span` as exemplar, if it is sampled.
    pub fn observe_in(&self, span: Option<SpanIds>, value: f64) {
        // First in the native form: a page takes that last, and its count must cover the classic buckets.
        if let Some(native) = &self.native {
            native.observe(value);
        }
        match span.filter(|span| span.sampled) {
            Some(span) => {
                let label = TraceLabel { trace_id: TraceIdValue(span.trace_id_hex()) };
                self.classic.observe(value, Some(label), Some(clock::now()));
            }
            None => self.classic.observe(value, None, None),
        }
    }
}

impl TypedMetric for TracedHistogram {
    const TYPE: MetricType = MetricType::Histogram;
}

impl EncodeMetric for TracedHistogram {
    fn encode(&self, mut encoder: MetricEncoder<'_>) -> Result<(), Error> {
        if let Some(number) = self.native.as_ref().and_then(Native::gather) {
            encoder.encode_gauge(&number)?;
        }
        self.classic.encode(encoder)
    }

    fn metric_type(&self) -> MetricType {
        Self::TYPE
    }
}
