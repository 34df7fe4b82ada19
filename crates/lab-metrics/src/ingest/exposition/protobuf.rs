//! The protobuf exposition: messages `MetricFamily`, each after its length. It is the only format with native histograms.
//!
//! Each family becomes the lines that it would have in text, so that a series is the same one in every format.

pub mod messages;
mod value;

#[cfg(test)]
mod tests;

use std::collections::VecDeque;

use prost::Message;

use self::messages::{Exemplar, Histogram, LabelPair, Metric, MetricFamily, MetricType};
use crate::ingest::exposition::format::{ExpositionError, HistogramForms, Place};
use crate::ingest::exposition::line::{ExemplarText, Line, LineValue, SampleLine};
use crate::ingest::exposition::{number, series_text};
use crate::model::metadata::MetricKind;

/// Reads a body family by family; an error ends the reading.
#[derive(Debug)]
pub struct Families<'a> {
    rest: &'a [u8],
    forms: HistogramForms,
    /// The lines of the family at hand that were not given yet.
    lines: VecDeque<Line<'a>>,
    /// The family at hand, from 1.
    number: usize,
    name: String,
}

impl<'a> Families<'a> {
    /// Begins with `body`.
    pub fn new(body: &'a [u8], forms: HistogramForms) -> Self {
        Self { rest: body, forms, lines: VecDeque::new(), number: 0, name: String::new() }
    }

    /// The family at hand.
    pub fn place(&self) -> Place {
        Place::Family(self.number, self.name.clone())
    }

    fn read_family(&mut self) -> Result<(), String> {
        self.number += 1;
        self.name.clear();
        let family = MetricFamily::decode_length_delimited(&mut self.rest)
            .map_err(|error| format!("this is no message of a metric family: {error}"))?;
        self.name.clone_from(&family.name);
        let kind =
            MetricType::try_from(family.r#type).map_err(|_| format!("the metric type {} is unknown", family.r#type))?;
        if family.metric.is_empty() {
            return Ok(());
        }
        if family.name.is_empty() {
            return Err("the metric family has no name".to_owned());
        }
        let mut writer = Writer { name: &family.name, kind, forms: self.forms, lines: &mut self.lines };
        writer.describe(&family.help, &family.unit);
        family.metric.iter().try_for_each(|metric| writer.metric(metric))
    }
}

impl<'a> Iterator for Families<'a> {
    type Item = Result<Line<'a>, ExpositionError>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.lines.is_empty() {
            if self.rest.is_empty() {
                return None;
            }
            if let Err(reason) = self.read_family() {
                self.rest = &[];
                self.lines.clear();
                return Some(Err(ExpositionError { place: self.place(), reason }));
            }
        }
        self.lines.pop_front().map(Ok)
    }
}

/// Writes the lines of a family.
struct Writer<'f, 'a> {
    name: &'f str,
    kind: MetricType,
    forms: HistogramForms,
    lines: &'f mut VecDeque<Line<'a>>,
}

impl Writer<'_, '_> {
    fn describe(&mut self, help: &str, unit: &str) {
        let name = self.name;
        self.lines.push_back(Line::Help { name: name.to_owned().into(), text: help.to_owned() });
        if !unit.is_empty() {
            self.lines.push_back(Line::Unit { name: name.to_owned().into(), unit: unit.to_owned().into() });
        }
        self.lines.push_back(Line::Type { name: name.to_owned().into(), kind: self.metric_kind() });
    }

    fn metric_kind(&self) -> MetricKind {
        match self.kind {
            MetricType::Counter => MetricKind::Counter,
            MetricType::Gauge => MetricKind::Gauge,
            MetricType::Summary => MetricKind::Summary,
            MetricType::Untyped => MetricKind::Unknown,
            MetricType::Histogram => MetricKind::Histogram,
            MetricType::GaugeHistogram => MetricKind::GaugeHistogram,
        }
    }

    fn metric(&mut self, metric: &Metric) -> Result<(), String> {
        match self.kind {
            MetricType::Counter => {
                let counter = metric.counter.clone().unwrap_or_default();
                self.number(metric, "", None, counter.value, counter.exemplar.as_ref());
            }
            MetricType::Gauge => self.number(metric, "", None, metric.gauge.unwrap_or_default().value, None),
            MetricType::Untyped => self.number(metric, "", None, metric.untyped.unwrap_or_default().value, None),
            MetricType::Summary => {
                let summary = metric.summary.clone().unwrap_or_default();
                self.number(metric, "_count", None, summary.sample_count as f64, None);
                self.number(metric, "_sum", None, summary.sample_sum, None);
                for one in &summary.quantile {
                    self.number(metric, "", Some(("quantile", one.quantile)), one.value, None);
                }
            }
            MetricType::Histogram | MetricType::GaugeHistogram => {
                self.histogram(metric, metric.histogram.as_ref().unwrap_or(&Histogram::default()))?;
            }
        }
        Ok(())
    }

    /// A histogram in the forms that are wanted of it.
    fn histogram(&mut self, metric: &Metric, histogram: &Histogram) -> Result<(), String> {
        let is_gauge = self.kind == MetricType::GaugeHistogram;
        let failed = |error: value::HistogramError| {
            let labels = series_text::write_exemplar(pairs(&metric.label));
            format!("the histogram with the labels {labels} is invalid: {error}")
        };
        if self.forms.native && value::is_native(histogram) {
            let native = value::native(histogram, is_gauge).map_err(failed)?;
            self.native(metric, histogram, native);
            if self.forms.classic_too && !histogram.bucket.is_empty() {
                self.classic(metric, histogram);
            }
        } else {
            if self.forms.classic_too || !self.forms.custom_bounds {
                self.classic(metric, histogram);
            }
            if self.forms.custom_bounds {
                let native = value::converted(histogram, is_gauge).map_err(failed)?;
                self.native(metric, histogram, native);
            }
        }
        Ok(())
    }

    fn native(&mut self, metric: &Metric, histogram: &Histogram, native: lab_histogram::Histogram) {
        let own = &histogram.exemplars;
        let of_buckets = histogram.bucket.iter().filter_map(|bucket| bucket.exemplar.as_ref());
        let of_buckets = of_buckets.filter(|_| own.is_empty());
        // One without a time cannot be told from one that was there before.
        let exemplars = own.iter().chain(of_buckets).filter(|one| one.timestamp.is_some()).map(exemplar).collect();
        let series = series_text::write(self.name, pairs(&metric.label));
        self.push(metric, series, LineValue::Histogram(native.into()), exemplars);
    }

    fn classic(&mut self, metric: &Metric, histogram: &Histogram) {
        let count = value::either(histogram.sample_count_float, histogram.sample_count);
        self.number(metric, "_count", None, count, None);
        self.number(metric, "_sum", None, histogram.sample_sum, None);
        for bucket in &histogram.bucket {
            let up_to = value::either(bucket.cumulative_count_float, bucket.cumulative_count);
            self.number(metric, "_bucket", Some(("le", bucket.upper_bound)), up_to, bucket.exemplar.as_ref());
            if bucket.upper_bound == f64::INFINITY {
                return;
            }
        }
        self.number(metric, "_bucket", Some(("le", f64::INFINITY)), count, None);
    }

    fn number(&mut self, metric: &Metric, suffix: &str, bound: Option<(&str, f64)>, value: f64, of: Option<&Exemplar>) {
        let spelled = bound.map(|(name, bound)| (name, number::spelled(bound)));
        let bound = spelled.as_ref().map(|(name, bound)| (*name, bound.as_str()));
        let series = series_text::write(&format!("{}{suffix}", self.name), pairs(&metric.label).chain(bound));
        // One NaN only: the staleness marker is not for targets to send.
        let value = if value.is_nan() { f64::NAN } else { value };
        self.push(metric, series, LineValue::Number(value), of.map(exemplar).into_iter().collect());
    }

    fn push(&mut self, metric: &Metric, series: String, value: LineValue, exemplars: Vec<ExemplarText<'static>>) {
        let timestamp = Some(metric.timestamp_ms).filter(|at| *at != 0);
        let kind = self.metric_kind();
        self.lines.push_back(Line::Sample(SampleLine { series: series.into(), kind, value, timestamp, exemplars }));
    }
}

fn pairs(labels: &[LabelPair]) -> impl Iterator<Item = (&str, &str)> {
    labels.iter().map(|label| (label.name.as_str(), label.value.as_str()))
}

fn exemplar(message: &Exemplar) -> ExemplarText<'static> {
    let time =
        |at: &messages::Timestamp| at.seconds.saturating_mul(1000).saturating_add(i64::from(at.nanos / 1_000_000));
    ExemplarText {
        labels: series_text::write_exemplar(pairs(&message.label)).into(),
        value: message.value,
        timestamp: message.timestamp.as_ref().map(time),
    }
}
