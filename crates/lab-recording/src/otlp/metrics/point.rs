//! Samples as points, and the samples of a histogram or a summary as one point for each instant.

use std::collections::BTreeMap;

use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::metrics::v1::summary_data_point::ValueAtQuantile;
use opentelemetry_proto::tonic::metrics::v1::{
    Exemplar as WireExemplar, HistogramDataPoint, NumberDataPoint, SummaryDataPoint, exemplar, number_data_point,
};

use super::family::Role;
use crate::messages::metrics::{Exemplar, Series};
use crate::otlp::logs::{hex, text};

/// The value by which Prometheus marks the end of a series, and OTLP's flag for the same.
const STALE: u64 = 0x7ff0_0000_0000_0002;
const NO_VALUE: u32 = 1;

/// What is known of a histogram or a summary, instant by instant (ms).
#[derive(Default)]
pub(super) struct Parts {
    instants: BTreeMap<i64, Instant>,
    exemplars: Vec<Exemplar>,
}

#[derive(Default)]
struct Instant {
    bounds: Vec<(f64, f64)>,
    sum: Option<f64>,
    count: Option<f64>,
    stale: bool,
}

/// The points of a series of numbers.
pub(super) fn numbers(attributes: &[(String, String)], series: Series) -> Vec<NumberDataPoint> {
    let mut points: Vec<NumberDataPoint> = series
        .samples
        .iter()
        .map(|sample| {
            let stale = sample.value.to_bits() == STALE;
            NumberDataPoint {
                attributes: pairs(attributes),
                time_unix_nano: nanoseconds(sample.timestamp),
                value: (!stale).then_some(number_data_point::Value::AsDouble(sample.value)),
                flags: if stale { NO_VALUE } else { 0 },
                ..NumberDataPoint::default()
            }
        })
        .collect();
    for exemplar in series.exemplars {
        let time = nanoseconds(exemplar.timestamp);
        let at = points.iter().position(|point| point.time_unix_nano >= time).unwrap_or(points.len().saturating_sub(1));
        if let Some(point) = points.get_mut(at) {
            point.exemplars.push(wire(exemplar));
        }
    }
    points
}

impl Parts {
    /// Adds the samples of a part.
    pub(super) fn add(&mut self, role: Role, bound: f64, series: Series) {
        for sample in &series.samples {
            let instant = self.instants.entry(sample.timestamp).or_default();
            instant.stale |= sample.value.to_bits() == STALE;
            match role {
                Role::Bound => instant.bounds.push((bound, sample.value)),
                Role::Sum => instant.sum = Some(sample.value),
                Role::Count => instant.count = Some(sample.value),
            }
        }
        self.exemplars.extend(series.exemplars);
    }

    /// As histograms. The buckets of OTLP do not hold those below them.
    pub(super) fn histograms(self, attributes: &[(String, String)]) -> Vec<HistogramDataPoint> {
        let mut exemplars: Vec<WireExemplar> = self.exemplars.into_iter().map(wire).collect();
        let point = |(time, mut instant): (i64, Instant)| {
            instant.bounds.sort_by(|a, b| a.0.total_cmp(&b.0));
            let all = instant.bounds.last().map(|last| last.1);
            let (mut below, mut bucket_counts, mut explicit_bounds) = (0.0, Vec::new(), Vec::new());
            for (bound, count) in instant.bounds.iter().filter(|(_, count)| !count.is_nan()) {
                bucket_counts.push((count - below).max(0.0) as u64);
                below = *count;
                explicit_bounds.extend(bound.is_finite().then_some(*bound));
            }
            if bucket_counts.len() == explicit_bounds.len() && !bucket_counts.is_empty() {
                bucket_counts.push((instant.count.unwrap_or(below) - below).max(0.0) as u64);
            }
            HistogramDataPoint {
                attributes: pairs(attributes),
                time_unix_nano: nanoseconds(time),
                count: instant.count.or(all).filter(|count| !count.is_nan()).unwrap_or_default() as u64,
                sum: instant.sum.filter(|sum| !sum.is_nan()),
                bucket_counts,
                explicit_bounds,
                flags: if instant.stale { NO_VALUE } else { 0 },
                ..HistogramDataPoint::default()
            }
        };
        let mut points: Vec<HistogramDataPoint> = self.instants.into_iter().map(point).collect();
        if let Some(last) = points.last_mut() {
            last.exemplars.append(&mut exemplars);
        }
        points
    }

    /// As summaries, one for each instant.
    pub(super) fn summaries(self, attributes: &[(String, String)]) -> Vec<SummaryDataPoint> {
        let point = |(time, instant): (i64, Instant)| SummaryDataPoint {
            attributes: pairs(attributes),
            time_unix_nano: nanoseconds(time),
            count: instant.count.filter(|count| !count.is_nan()).unwrap_or_default() as u64,
            sum: instant.sum.filter(|sum| !sum.is_nan()).unwrap_or_default(),
            quantile_values: instant
                .bounds
                .iter()
                .map(|(quantile, value)| ValueAtQuantile { quantile: *quantile, value: *value })
                .collect(),
            flags: if instant.stale { NO_VALUE } else { 0 },
            ..SummaryDataPoint::default()
        };
        self.instants.into_iter().map(point).collect()
    }
}

fn wire(exemplar: Exemplar) -> WireExemplar {
    let mut wire = WireExemplar {
        time_unix_nano: nanoseconds(exemplar.timestamp),
        value: Some(exemplar::Value::AsDouble(exemplar.value)),
        ..WireExemplar::default()
    };
    for label in exemplar.labels {
        match (label.name.as_str(), hex(&label.value)) {
            ("trace_id", Some(id)) => wire.trace_id = id,
            ("span_id", Some(id)) => wire.span_id = id,
            _ => wire.filtered_attributes.push(text(label.name, label.value)),
        }
    }
    wire
}

fn pairs(attributes: &[(String, String)]) -> Vec<KeyValue> {
    attributes.iter().map(|(key, value)| text(key.clone(), value.clone())).collect()
}

fn nanoseconds(ms: i64) -> u64 {
    u64::try_from(ms.saturating_mul(1_000_000)).unwrap_or_default()
}
