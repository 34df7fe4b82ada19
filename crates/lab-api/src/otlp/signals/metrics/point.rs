//! Data points: each becomes one sample, or the samples of a histogram or summary.

use std::sync::Arc;

use lab_histogram::Histogram;
use lab_metrics::ingest::otlp::OtlpConfig;
use lab_metrics::model::exemplar::Exemplar;
use lab_metrics::model::histogram_sample::{HistogramSample, Samples};
use lab_model::value::stale_nan;
use lab_model::{Labels, Sample, format_float};
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::{
    DataPointFlags, ExponentialHistogramDataPoint, HistogramDataPoint, NumberDataPoint, SummaryDataPoint,
    number_data_point,
};

use crate::otlp::signals::metrics::custom;
use crate::otlp::signals::metrics::exemplar::exemplars;
use crate::otlp::signals::metrics::exponential::native;
use crate::otlp::signals::metrics::labels::{BaseLabels, PointLabels};
use crate::otlp::signals::metrics::naming::no_name::NoName;

/// A metric whose points are being read.
#[derive(Debug)]
pub(crate) struct Family<'a> {
    pub(crate) config: &'a OtlpConfig,
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
    pub(crate) value: Value,
    pub(crate) exemplars: Vec<Exemplar>,
}

/// A number or a histogram at an instant.
#[derive(Debug)]
pub(crate) enum Value {
    Number(Sample),
    Histogram(HistogramSample),
}

/// Why a point becomes nothing.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub(crate) enum NoPoint {
    /// One of its labels has no name.
    #[error(transparent)]
    Name(#[from] NoName),
    /// Its buckets contradict each other.
    #[error(transparent)]
    Flaw(#[from] lab_histogram::Flaw),
}

impl NoPoint {
    /// The reason in one word, for a metric's label.
    pub(crate) fn reason(&self) -> &'static str {
        match self {
            Self::Name(_) => "no_name",
            Self::Flaw(_) => "invalid_histogram",
        }
    }
}

impl Value {
    /// For the store.
    pub(crate) fn samples(&self) -> Samples<'_> {
        match self {
            Self::Number(sample) => std::slice::from_ref(sample).into(),
            Self::Histogram(sample) => std::slice::from_ref(sample).into(),
        }
    }
}

impl Family<'_> {
    /// The points of a metric.
    pub(crate) fn points(&self, data: &Data) -> Vec<Result<Point, NoPoint>> {
        match data {
            Data::Gauge(gauge) => gauge.data_points.iter().map(|point| self.number(point)).collect(),
            Data::Sum(sum) => sum.data_points.iter().map(|point| self.number(point)).collect(),
            Data::Histogram(histogram) => {
                let convert = self.config.convert_histograms_to_nhcb;
                let read = |point| if convert { self.custom(point) } else { self.histogram(point) };
                histogram.data_points.iter().map(read).collect()
            }
            Data::ExponentialHistogram(histogram) => {
                histogram.data_points.iter().map(|point| self.exponential(point)).collect()
            }
            Data::Summary(summary) => summary.data_points.iter().map(|point| self.summary(point)).collect(),
        }
    }

    fn number(&self, point: &NumberDataPoint) -> Result<Point, NoPoint> {
        let value = match point.value {
            Some(number_data_point::Value::AsDouble(value)) => value,
            Some(number_data_point::Value::AsInt(value)) => value as f64,
            None => 0.0,
        };
        let mut point_series = self.begin(&point.attributes, point.time_unix_nano, point.flags)?;
        point_series.add("", None, value, exemplars(&point.exemplars, point_series.timestamp));
        Ok(point_series.end())
    }

    fn histogram(&self, point: &HistogramDataPoint) -> Result<Point, NoPoint> {
        let mut all = self.begin(&point.attributes, point.time_unix_nano, point.flags)?;
        let mut exemplars = exemplars(&point.exemplars, all.timestamp);
        let mut cumulative = 0_u64;
        for (bound, count) in point.explicit_bounds.iter().zip(&point.bucket_counts) {
            cumulative = cumulative.saturating_add(*count);
            let (here, higher) = exemplars.into_iter().partition(|exemplar| exemplar.value <= *bound);
            exemplars = higher;
            all.add("_bucket", Some(("le", format_float(*bound))), cumulative as f64, here);
        }
        all.add("_bucket", Some(("le", "+Inf".to_owned())), point.count as f64, exemplars);
        if let Some(sum) = point.sum {
            all.add("_sum", None, sum, Vec::new());
        }
        all.add("_count", None, point.count as f64, Vec::new());
        Ok(all.end())
    }

    /// A histogram with explicit bounds as a native one.
    fn custom(&self, point: &HistogramDataPoint) -> Result<Point, NoPoint> {
        let mut series = self.begin(&point.attributes, point.time_unix_nano, point.flags)?;
        let histogram = if series.stale { Histogram::stale() } else { custom::to_custom(point)? };
        series.add_histogram(histogram, exemplars(&point.exemplars, series.timestamp));
        Ok(series.end())
    }

    fn exponential(&self, point: &ExponentialHistogramDataPoint) -> Result<Point, NoPoint> {
        let mut series = self.begin(&point.attributes, point.time_unix_nano, point.flags)?;
        let histogram = if series.stale { Histogram::stale() } else { native::to_native(point)? };
        series.add_histogram(histogram, exemplars(&point.exemplars, series.timestamp));
        Ok(series.end())
    }

    fn summary(&self, point: &SummaryDataPoint) -> Result<Point, NoPoint> {
        let mut all = self.begin(&point.attributes, point.time_unix_nano, point.flags)?;
        for value in &point.quantile_values {
            all.add("", Some(("quantile", format_float(value.quantile))), value.value, Vec::new());
        }
        all.add("_sum", None, point.sum, Vec::new());
        all.add("_count", None, point.count as f64, Vec::new());
        Ok(all.end())
    }

    fn begin(&self, attributes: &[KeyValue], unix_nano: u64, flags: u32) -> Result<PointSeries<'_>, NoName> {
        let labels = self.labels.with_point(self.config, attributes)?;
        let timestamp = if unix_nano == 0 { self.now_ms } else { (unix_nano / 1_000_000) as i64 };
        Ok(PointSeries { name: self.name, labels, timestamp, stale: is_stale(flags), series: Vec::new() })
    }
}

/// The series of one point in the making.
struct PointSeries<'a> {
    name: &'a str,
    labels: PointLabels,
    timestamp: i64,
    /// The series end here.
    stale: bool,
    series: Vec<Series>,
}

impl PointSeries<'_> {
    fn add(&mut self, suffix: &str, extra: Option<(&'static str, String)>, value: f64, exemplars: Vec<Exemplar>) {
        let labels = self.labels.series(format!("{}{suffix}", self.name), extra);
        let sample = Sample { timestamp: self.timestamp, value: if self.stale { stale_nan() } else { value } };
        self.series.push(Series { labels, value: Value::Number(sample), exemplars });
    }

    fn add_histogram(&mut self, histogram: Histogram, exemplars: Vec<Exemplar>) {
        let labels = self.labels.series(self.name.to_owned(), None);
        let sample = HistogramSample { timestamp: self.timestamp, histogram: Arc::new(histogram) };
        self.series.push(Series { labels, value: Value::Histogram(sample), exemplars });
    }

    fn end(self) -> Point {
        Point { series: self.series }
    }
}

/// True of a point that says that its series ended.
pub(crate) fn is_stale(flags: u32) -> bool {
    flags & DataPointFlags::NoRecordedValueMask as u32 != 0
}
