//! Native histograms as remote write sends them: the message, which both versions share, and the way to and from the
//! value.

use std::sync::Arc;

use lab_histogram::{Buckets, CUSTOM_SCHEMA, CounterReset, Flaw, Histogram as Value, Schema, SpanError};
use lab_metrics::model::histogram_sample::HistogramSample;

/// Floats hold every whole number below.
const MOST_EXACT: f64 = 9_007_199_254_740_992.0;

/// A native histogram; counts are whole numbers or floats, buckets differences or absolute counts.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Histogram {
    #[prost(oneof = "Count", tags = "1, 2")]
    pub count: Option<Count>,
    /// The sum of all observations.
    #[prost(double, tag = "3")]
    pub sum: f64,
    /// The resolution; -53 for custom bounds.
    #[prost(sint32, tag = "4")]
    pub schema: i32,
    /// The width of the zero bucket.
    #[prost(double, tag = "5")]
    pub zero_threshold: f64,
    #[prost(oneof = "ZeroCount", tags = "6, 7")]
    pub zero_count: Option<ZeroCount>,
    #[prost(message, repeated, tag = "8")]
    pub negative_spans: Vec<BucketSpan>,
    #[prost(sint64, repeated, tag = "9")]
    pub negative_deltas: Vec<i64>,
    #[prost(double, repeated, tag = "10")]
    pub negative_counts: Vec<f64>,
    #[prost(message, repeated, tag = "11")]
    pub positive_spans: Vec<BucketSpan>,
    #[prost(sint64, repeated, tag = "12")]
    pub positive_deltas: Vec<i64>,
    #[prost(double, repeated, tag = "13")]
    pub positive_counts: Vec<f64>,
    /// What is known about a reset: 0 nothing, 1 there was one, 2 there was none, 3 it is a gauge.
    #[prost(int32, tag = "14")]
    pub reset_hint: i32,
    /// Milliseconds since the epoch.
    #[prost(int64, tag = "15")]
    pub timestamp: i64,
    /// The bounds of custom buckets.
    #[prost(double, repeated, tag = "16")]
    pub custom_values: Vec<f64>,
}

/// How many observations there were in all.
#[derive(Clone, Copy, PartialEq, prost::Oneof)]
pub enum Count {
    /// As a whole number.
    #[prost(uint64, tag = "1")]
    Int(u64),
    /// As a float.
    #[prost(double, tag = "2")]
    Float(f64),
}

/// Observations in the zero bucket.
#[derive(Clone, Copy, PartialEq, prost::Oneof)]
pub enum ZeroCount {
    /// As a whole number.
    #[prost(uint64, tag = "6")]
    Int(u64),
    /// As a float.
    #[prost(double, tag = "7")]
    Float(f64),
}

/// A run of neighbouring buckets.
#[derive(Clone, Copy, PartialEq, prost::Message)]
pub struct BucketSpan {
    /// How many buckets lie before it.
    #[prost(sint32, tag = "1")]
    pub offset: i32,
    /// How many buckets it has.
    #[prost(uint32, tag = "2")]
    pub length: u32,
}

/// Why a message is no histogram.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum HistogramError {
    /// Spans and counts do not go together.
    #[error(transparent)]
    Spans(#[from] SpanError),
    /// The values make no sense.
    #[error(transparent)]
    Flaw(#[from] Flaw),
}

impl Histogram {
    /// The histogram and its time.
    pub fn sample(&self) -> Result<HistogramSample, HistogramError> {
        let is_whole = matches!(self.count, Some(Count::Int(_)));
        let side = |spans: &[BucketSpan], deltas: &[i64], counts: &[f64]| {
            let spans: Vec<(i32, u32)> = spans.iter().map(|span| (span.offset, span.length)).collect();
            if is_whole { Buckets::from_deltas(&spans, deltas) } else { Buckets::from_spans(&spans, counts.to_vec()) }
        };
        let schema = if self.schema == CUSTOM_SCHEMA {
            Schema::Custom(self.custom_values.as_slice().into())
        } else {
            Schema::Exponential(self.schema)
        };
        let mut value = Value {
            zero_threshold: self.zero_threshold,
            zero_count: match self.zero_count {
                Some(ZeroCount::Int(count)) => count as f64,
                Some(ZeroCount::Float(count)) => count,
                None => 0.0,
            },
            count: match self.count {
                Some(Count::Int(count)) => count as f64,
                Some(Count::Float(count)) => count,
                None => 0.0,
            },
            sum: self.sum,
            positive: side(&self.positive_spans, &self.positive_deltas, &self.positive_counts)?,
            negative: side(&self.negative_spans, &self.negative_deltas, &self.negative_counts)?,
            reset: match self.reset_hint {
                1 => CounterReset::Reset,
                2 => CounterReset::NotReset,
                3 => CounterReset::Gauge,
                _ => CounterReset::Unknown,
            },
            ..Value::empty(schema)
        };
        value.fit();
        if !value.is_stale() {
            if is_whole { value.check_whole()? } else { value.check()? }
        }
        Ok(HistogramSample { timestamp: self.timestamp, histogram: Arc::new(value) })
    }

    /// The message of a histogram: in whole numbers if all its counts are, as it came from whoever counted.
    pub fn of(sample: &HistogramSample) -> Self {
        let value = &*sample.histogram;
        let spans = |buckets: &Buckets| {
            buckets.spans().into_iter().map(|(offset, length)| BucketSpan { offset, length }).collect()
        };
        let message = Self {
            sum: value.sum,
            schema: value.schema.number(),
            zero_threshold: value.zero_threshold,
            negative_spans: spans(&value.negative),
            positive_spans: spans(&value.positive),
            reset_hint: match value.reset {
                CounterReset::Unknown => 0,
                CounterReset::Reset => 1,
                CounterReset::NotReset => 2,
                CounterReset::Gauge => 3,
            },
            timestamp: sample.timestamp,
            custom_values: if let Schema::Custom(bounds) = &value.schema { bounds.to_vec() } else { Vec::new() },
            ..Self::default()
        };
        match whole(value) {
            Some(([count, zero_count], [positive_deltas, negative_deltas])) => Self {
                count: Some(Count::Int(count)),
                zero_count: Some(ZeroCount::Int(zero_count)),
                positive_deltas,
                negative_deltas,
                ..message
            },
            None => Self {
                count: Some(Count::Float(value.count)),
                zero_count: Some(ZeroCount::Float(value.zero_count)),
                positive_counts: value.positive.counts().to_vec(),
                negative_counts: value.negative.counts().to_vec(),
                ..message
            },
        }
    }
}

/// Count, zero count and the differences between buckets, if all are whole numbers that fit together.
fn whole(value: &Value) -> Option<([u64; 2], [Vec<i64>; 2])> {
    value.check_whole().ok()?;
    let number = |count: f64| (count.fract() == 0.0 && count < MOST_EXACT).then_some(count as u64);
    let totals = [number(value.count)?, number(value.zero_count)?];
    Some((totals, [value.positive.deltas()?, value.negative.deltas()?]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_come_as_differences_and_must_add_up() {
        let sent = Histogram {
            count: Some(Count::Int(8)),
            sum: 18.4,
            zero_threshold: 0.001,
            zero_count: Some(ZeroCount::Int(2)),
            positive_spans: vec![BucketSpan { offset: 0, length: 2 }, BucketSpan { offset: 1, length: 1 }],
            positive_deltas: vec![1, 1, 1],
            timestamp: 1000,
            ..Histogram::default()
        };
        let sample = sent.sample().expect("good");
        assert_eq!(sample.histogram.to_string(), "{count:8, sum:18.4, [-0.001,0.001]:2, (0.5,1]:1, (1,2]:2, (4,8]:3}");
        assert_eq!(Histogram::of(&sample), sent, "whole numbers stay whole");
        let floats = Histogram {
            count: Some(Count::Float(8.5)),
            zero_count: Some(ZeroCount::Float(2.5)),
            positive_counts: vec![1.0, 2.0, 3.0],
            positive_deltas: Vec::new(),
            ..sent.clone()
        };
        assert_eq!(Histogram::of(&floats.sample().expect("good")), floats);
        let short = Histogram { count: Some(Count::Int(9)), ..sent.clone() };
        assert!(matches!(short.sample(), Err(HistogramError::Flaw(Flaw::Count { .. }))));
        let torn = Histogram { positive_deltas: vec![1], ..sent };
        assert!(matches!(torn.sample(), Err(HistogramError::Spans(SpanError::Mismatch { .. }))));
    }
}
