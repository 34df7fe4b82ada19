//! Data points: each becomes one sample, or the samples of a histogram or summary.

use std::collections::BTreeMap;

use lab_metrics::model::exemplar::Exemplar;
use lab_model::value::stale_nan;
use lab_model::{Labels, LabelsBuilder, Sample, format_float, labels::METRIC_NAME};
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::{
    DataPointFlags, Exemplar as OtlpExemplar, HistogramDataPoint, NumberDataPoint, SummaryDataPoint, exemplar,
    number_data_point,
};

use crate::otlp::signals::attribute::{hex, label_name, value_text};
use crate::otlp::signals::metrics::exponential;

/// Labels of the resource and scope.
#[derive(Clone, Debug)]
pub(crate) struct BaseLabels(pub(crate) LabelsBuilder);

/// A metric whose points are being read.
#[derive(Debug)]
pub(crate) struct Family<'a> {
    pub(crate) name: &'a str,
    pub(crate) labels: &'a BaseLabels,
    /// The time of points that have none.
    pub(crate) now_ms: i64,
}

/// What one data point becomes.
#[derive(Debug)]
pub(crate) struct Point {
    pub(crate) series: Vec<Series>,
}

/// One sample and whose it is.
#[derive(Debug)]
pub(crate) struct Series {
    pub(crate) labels: Labels,
    pub(crate) sample: Sample,
    pub(crate) exemplars: Vec<Exemplar>,
}

impl Family<'_> {
    /// The points of a metric.
    pub(crate) fn points(&self, data: Data) -> Vec<Point> {
        match data {
            Data::Gauge(gauge) => gauge.data_points.iter().map(|point| self.number(point)).collect(),
            Data::Sum(sum) => sum.data_points.iter().map(|point| self.number(point)).collect(),
            Data::Histogram(histogram) => histogram.data_points.iter().map(|point| self.histogram(point)).collect(),
            Data::ExponentialHistogram(histogram) => {
                histogram.data_points.iter().map(|point| self.histogram(&exponential::to_classic(point))).collect()
            }
            Data::Summary(summary) => summary.data_points.iter().map(|point| self.summary(point)).collect(),
        }
    }

    fn number(&self, point: &NumberDataPoint) -> Point {
        let value = match point.value {
            Some(number_data_point::Value::AsDouble(value)) => value,
            Some(number_data_point::Value::AsInt(value)) => value as f64,
            None => 0.0,
        };
        let at = At { timestamp: self.time(point.time_unix_nano), stale: is_stale(point.flags) };
        let exemplars = point.exemplars.iter().map(exemplar).collect();
        let labels = self.series_labels("", &point.attributes, None);
        Point { series: vec![Series { labels, sample: at.sample(value), exemplars }] }
    }

    fn histogram(&self, point: &HistogramDataPoint) -> Point {
        let at = At { timestamp: self.time(point.time_unix_nano), stale: is_stale(point.flags) };
        let mut exemplars: Vec<Exemplar> = point.exemplars.iter().map(exemplar).collect();
        let mut series = Vec::with_capacity(point.explicit_bounds.len() + 3);
        let bounds = point.explicit_bounds.iter().copied().chain([f64::INFINITY]);
        let mut counts = point.bucket_counts.iter();
        let mut cumulative = 0_u64;
        for bound in bounds {
            cumulative = cumulative.saturating_add(counts.next().copied().unwrap_or(0));
            // Without buckets the count alone is known.
            let value = if bound == f64::INFINITY { point.count } else { cumulative };
            let (here, higher) = exemplars.into_iter().partition(|exemplar| exemplar.value <= bound);
            exemplars = higher;
            let labels = self.series_labels("_bucket", &point.attributes, Some(("le", format_float(bound))));
            series.push(Series { labels, sample: at.sample(value as f64), exemplars: here });
        }
        if let Some(sum) = point.sum {
            series.push(self.plain("_sum", &point.attributes, at.sample(sum)));
        }
        series.push(self.plain("_count", &point.attributes, at.sample(point.count as f64)));
        Point { series }
    }

    fn summary(&self, point: &SummaryDataPoint) -> Point {
        let at = At { timestamp: self.time(point.time_unix_nano), stale: is_stale(point.flags) };
        let mut series: Vec<_> = point
            .quantile_values
            .iter()
            .map(|value| {
                let labels =
                    self.series_labels("", &point.attributes, Some(("quantile", format_float(value.quantile))));
                Series { labels, sample: at.sample(value.value), exemplars: Vec::new() }
            })
            .collect();
        series.push(self.plain("_sum", &point.attributes, at.sample(point.sum)));
        series.push(self.plain("_count", &point.attributes, at.sample(point.count as f64)));
        Point { series }
    }

    fn plain(&self, suffix: &str, attributes: &[KeyValue], sample: Sample) -> Series {
        Series { labels: self.series_labels(suffix, attributes, None), sample, exemplars: Vec::new() }
    }

    pub(crate) fn series_labels(
        &self,
        suffix: &str,
        attributes: &[KeyValue],
        extra: Option<(&'static str, String)>,
    ) -> Labels {
        let mut labels = self.labels.0.clone();
        for (name, value) in point_labels(attributes) {
            labels.set(name, value);
        }
        labels.set(METRIC_NAME, format!("{}{suffix}", self.name));
        if let Some((name, value)) = extra {
            labels.set(name, value);
        }
        labels.build()
    }

    fn time(&self, unix_nano: u64) -> i64 {
        if unix_nano == 0 { self.now_ms } else { (unix_nano / 1_000_000) as i64 }
    }
}

/// When, and whether the series ends there.
#[derive(Clone, Copy)]
struct At {
    timestamp: i64,
    stale: bool,
}

impl At {
    fn sample(self, value: f64) -> Sample {
        Sample { timestamp: self.timestamp, value: if self.stale { stale_nan() } else { value } }
    }
}

/// The labels of a point; values of attributes whose names become the same label are joined by `;`, in
/// the order of the names.
fn point_labels(attributes: &[KeyValue]) -> BTreeMap<String, String> {
    let mut sorted: Vec<_> = attributes.iter().collect();
    sorted.sort_by(|a, b| a.key.cmp(&b.key));
    let mut labels: BTreeMap<String, String> = BTreeMap::new();
    for attribute in sorted {
        let value = value_text(attribute.value.as_ref());
        labels
            .entry(label_name(&attribute.key))
            .and_modify(|joined| {
                joined.push(';');
                joined.push_str(&value);
            })
            .or_insert(value);
    }
    labels
}

fn exemplar(exemplar: &OtlpExemplar) -> Exemplar {
    let mut labels = LabelsBuilder::default();
    for (name, value) in point_labels(&exemplar.filtered_attributes) {
        labels.set(name, value);
    }
    labels.set("trace_id", hex(&exemplar.trace_id)).set("span_id", hex(&exemplar.span_id));
    let value = match exemplar.value {
        Some(exemplar::Value::AsDouble(value)) => value,
        Some(exemplar::Value::AsInt(value)) => value as f64,
        None => 0.0,
    };
    Exemplar { labels: labels.build(), value, timestamp: (exemplar.time_unix_nano / 1_000_000) as i64 }
}

/// True of a point that says that its series ended.
pub(crate) fn is_stale(flags: u32) -> bool {
    flags & DataPointFlags::NoRecordedValueMask as u32 != 0
}
