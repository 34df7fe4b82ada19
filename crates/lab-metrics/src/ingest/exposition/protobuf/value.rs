//! A histogram message as a value.

use lab_histogram::{Buckets, Classic, ClassicError, CounterReset, Flaw, Histogram as Value, Schema, SpanError};

use crate::ingest::exposition::protobuf::messages::{BucketSpan, Histogram};

/// Why a message is no histogram.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub(crate) enum HistogramError {
    /// Spans and counts do not go together.
    #[error(transparent)]
    Spans(#[from] SpanError),
    /// The values make no sense.
    #[error(transparent)]
    Flaw(#[from] Flaw),
    /// The classic buckets make no native histogram.
    #[error(transparent)]
    Classic(#[from] ClassicError),
}

/// Whether the message has a native form. Without observations and with a zero bucket of no width only an empty span
/// tells it from a classic one.
pub(crate) fn is_native(message: &Histogram) -> bool {
    !message.positive_span.is_empty()
        || !message.negative_span.is_empty()
        || message.zero_threshold > 0.0
        || message.zero_count > 0
}

/// The native form of a message, without empty buckets.
pub(crate) fn native(message: &Histogram, is_gauge: bool) -> Result<Value, HistogramError> {
    let is_whole = message.sample_count_float <= 0.0 && message.zero_count_float <= 0.0;
    let side = |spans: &[BucketSpan], deltas: &[i64], counts: &[f64]| {
        let spans: Vec<_> = spans.iter().map(|span| (span.offset, span.length)).collect();
        if is_whole { Buckets::from_deltas(&spans, deltas) } else { Buckets::from_spans(&spans, counts.to_vec()) }
    };
    let mut value = Value {
        zero_threshold: message.zero_threshold,
        zero_count: if is_whole { message.zero_count as f64 } else { message.zero_count_float },
        count: if is_whole { message.sample_count as f64 } else { message.sample_count_float },
        sum: message.sample_sum,
        positive: side(&message.positive_span, &message.positive_delta, &message.positive_count)?,
        negative: side(&message.negative_span, &message.negative_delta, &message.negative_count)?,
        reset: if is_gauge { CounterReset::Gauge } else { CounterReset::Unknown },
        ..Value::empty(Schema::Exponential(message.schema))
    };
    if is_whole {
        value.check_whole()?;
    } else {
        value.check()?;
    }
    value.compact();
    Ok(value)
}

/// The classic form of a message as a native histogram with custom bounds.
pub(crate) fn converted(message: &Histogram, is_gauge: bool) -> Result<Value, HistogramError> {
    let mut classic = Classic::default();
    for bucket in &message.bucket {
        classic.bucket(bucket.upper_bound, either(bucket.cumulative_count_float, bucket.cumulative_count));
    }
    classic.count(either(message.sample_count_float, message.sample_count));
    classic.sum(message.sample_sum);
    let mut value = classic.convert()?;
    value.check()?;
    if is_gauge {
        value.reset = CounterReset::Gauge;
    }
    Ok(value)
}

/// The count of two fields, of which the float goes first.
pub(crate) fn either(float: f64, whole: u64) -> f64 {
    if float == 0.0 { whole as f64 } else { float }
}
