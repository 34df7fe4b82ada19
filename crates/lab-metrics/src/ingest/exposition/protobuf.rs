//! The protobuf exposition: messages `MetricFamily`, each after its length. It is the only format with native histograms.
//!
//! Each family becomes the lines that it would have in text, so that a series is the same one in every format. A metric is
//! decoded when its lines are due: a small body may hold many metrics, and who reads may stop before.

pub mod messages;
mod value;

#[cfg(test)]
mod tests;

use std::collections::VecDeque;

use prost::Message;
use prost::encoding::{self, DecodeContext, WireType};

use self::messages::{Exemplar, FamilyHead, Histogram, LabelPair, Metric, MetricType};
use crate::ingest::exposition::format::{ExpositionError, HistogramForms, Place};
use crate::ingest::exposition::line::{ExemplarText, Line, LineValue, SampleLine};
use crate::ingest::exposition::{number, series_text};
use crate::model::metadata::MetricKind;

/// The field of a family that holds its metrics.
const METRICS: u32 = 4;
/// Most bytes of one metric: decoded it takes up to a hundred times as much.
const MAX_METRIC: usize = 1 << 20;
/// Most bytes of the series of a body as they are written in text, where each bucket repeats the labels.
const MAX_TEXT: usize = 256 << 20;

/// Reads a body family by family; an error ends the reading.
#[derive(Debug)]
pub struct Families<'a> {
    rest: &'a [u8],
    forms: HistogramForms,
    /// The fields of the family at hand that were not read yet.
    fields: &'a [u8],
    kind: MetricType,
    /// The lines of the metric at hand that were not given yet.
    lines: VecDeque<Line<'a>>,
    /// The family at hand, from 1.
    number: usize,
    name: String,
    /// Bytes of all series so far.
    text: usize,
}

impl<'a> Families<'a> {
    /// Begins with `body`.
    pub fn new(body: &'a [u8], forms: HistogramForms) -> Self {
        let (kind, name) = (MetricType::Untyped, String::new());
        Self { rest: body, forms, fields: &[], kind, lines: VecDeque::new(), number: 0, name, text: 0 }
    }

    /// The family at hand.
    pub fn place(&self) -> Place {
        Place::Family(self.number, self.name.clone())
    }

    /// Reads what a family says of itself, and its first metric.
    fn read_family(&mut self) -> Result<(), String> {
        self.number += 1;
        self.name.clear();
        self.fields = take_message(&mut self.rest)?;
        let head = FamilyHead::decode(self.fields).map_err(no_family)?;
        self.name.clone_from(&head.name);
        // A family without metrics says nothing, whatever it calls itself.
        let Some(first) = next_metric(&mut self.fields)? else { return Ok(()) };
        self.kind =
            MetricType::try_from(head.r#type).map_err(|_| format!("the metric type {} is unknown", head.r#type))?;
        if head.name.is_empty() {
            return Err("the metric family has no name".to_owned());
        }
        self.writer().describe(&head.help, &head.unit);
        self.read_metric(first)
    }

    fn read_metric(&mut self, message: &[u8]) -> Result<(), String> {
        if message.len() > MAX_METRIC {
            return Err(format!("a metric has {} bytes, and at most {MAX_METRIC} are read", message.len()));
        }
        let metric = Metric::decode(message).map_err(no_family)?;
        self.writer().metric(&metric)
    }

    /// Reads until there are lines; false at the end of the body.
    fn read_more(&mut self) -> Result<bool, String> {
        while self.lines.is_empty() {
            match next_metric(&mut self.fields)? {
                Some(metric) => self.read_metric(metric)?,
                None if self.rest.is_empty() => return Ok(false),
                None => self.read_family()?,
            }
        }
        Ok(true)
    }

    fn writer(&mut self) -> Writer<'_, 'a> {
        let Self { name, kind, forms, lines, text, .. } = self;
        Writer { name, kind: *kind, forms: *forms, lines, text }
    }
}

fn no_family(error: prost::DecodeError) -> String {
    format!("this is no message of a metric family: {error}")
}

/// Takes a message that stands after its length.
fn take_message<'a>(bytes: &mut &'a [u8]) -> Result<&'a [u8], String> {
    let length = prost::decode_length_delimiter(&mut *bytes).map_err(no_family)?;
    let (message, rest) = bytes
        .split_at_checked(length)
        .ok_or_else(|| "this is no message of a metric family: it is longer than the body".to_owned())?;
    *bytes = rest;
    Ok(message)
}

/// The next metric of a family's fields; all others are passed over.
fn next_metric<'a>(fields: &mut &'a [u8]) -> Result<Option<&'a [u8]>, String> {
    while !fields.is_empty() {
        let (tag, wire) = encoding::decode_key(fields).map_err(no_family)?;
        match (tag, wire) {
            (METRICS, WireType::LengthDelimited) => return take_message(fields).map(Some),
            (METRICS, _) => return Err("this is no message of a metric family: a metric is no message".to_owned()),
            _ => encoding::skip_field(wire, tag, fields, DecodeContext::default()).map_err(no_family)?,
        }
    }
    Ok(None)
}

impl<'a> Iterator for Families<'a> {
    type Item = Result<Line<'a>, ExpositionError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.lines.is_empty() {
            match self.read_more() {
                Ok(true) => {}
                Ok(false) => return None,
                Err(reason) => {
                    (self.rest, self.fields) = (&[], &[]);
                    self.lines.clear();
                    return Some(Err(ExpositionError { place: self.place(), reason }));
                }
            }
        }
        self.lines.pop_front().map(Ok)
    }
}

/// Writes the lines of a metric.
struct Writer<'f, 'a> {
    name: &'f str,
    kind: MetricType,
    forms: HistogramForms,
    lines: &'f mut VecDeque<Line<'a>>,
    text: &'f mut usize,
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
                self.number(metric, "", None, counter.value, counter.exemplar.as_ref())?;
            }
            MetricType::Gauge => self.number(metric, "", None, metric.gauge.unwrap_or_default().value, None)?,
            MetricType::Untyped => self.number(metric, "", None, metric.untyped.unwrap_or_default().value, None)?,
            MetricType::Summary => {
                let summary = metric.summary.clone().unwrap_or_default();
                self.number(metric, "_count", None, summary.sample_count as f64, None)?;
                self.number(metric, "_sum", None, summary.sample_sum, None)?;
                for one in &summary.quantile {
                    self.number(metric, "", Some(("quantile", one.quantile)), one.value, None)?;
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
            self.native(metric, histogram, native)?;
            if self.forms.classic_too && !histogram.bucket.is_empty() {
                self.classic(metric, histogram)?;
            }
        } else {
            if self.forms.classic_too || !self.forms.custom_bounds {
                self.classic(metric, histogram)?;
            }
            if self.forms.custom_bounds {
                let native = value::converted(histogram, is_gauge).map_err(failed)?;
                self.native(metric, histogram, native)?;
            }
        }
        Ok(())
    }

    fn native(
        &mut self,
        metric: &Metric,
        histogram: &Histogram,
        native: lab_histogram::Histogram,
    ) -> Result<(), String> {
        let own = &histogram.exemplars;
        let of_buckets = histogram.bucket.iter().filter_map(|bucket| bucket.exemplar.as_ref());
        let of_buckets = of_buckets.filter(|_| own.is_empty());
        // One without a time cannot be told from one that was there before.
        let exemplars = own.iter().chain(of_buckets).filter(|one| one.timestamp.is_some()).map(exemplar).collect();
        let series = series_text::write(self.name, named(&metric.label));
        self.push(metric, series, LineValue::Histogram(native.into()), exemplars)
    }

    fn classic(&mut self, metric: &Metric, histogram: &Histogram) -> Result<(), String> {
        let count = value::either(histogram.sample_count_float, histogram.sample_count);
        self.number(metric, "_count", None, count, None)?;
        self.number(metric, "_sum", None, histogram.sample_sum, None)?;
        for bucket in &histogram.bucket {
            let up_to = value::either(bucket.cumulative_count_float, bucket.cumulative_count);
            self.number(metric, "_bucket", Some(("le", bucket.upper_bound)), up_to, bucket.exemplar.as_ref())?;
            if bucket.upper_bound == f64::INFINITY {
                return Ok(());
            }
        }
        self.number(metric, "_bucket", Some(("le", f64::INFINITY)), count, None)
    }

    fn number(
        &mut self,
        metric: &Metric,
        suffix: &str,
        bound: Option<(&str, f64)>,
        value: f64,
        of: Option<&Exemplar>,
    ) -> Result<(), String> {
        let spelled = bound.map(|(name, bound)| (name, number::spelled(bound)));
        let bound = spelled.as_ref().map(|(name, bound)| (*name, bound.as_str()));
        let series = series_text::write(&format!("{}{suffix}", self.name), named(&metric.label).chain(bound));
        // One NaN only: the staleness marker is not for targets to send.
        let value = if value.is_nan() { f64::NAN } else { value };
        self.push(metric, series, LineValue::Number(value), of.map(exemplar).into_iter().collect())
    }

    fn push(
        &mut self,
        metric: &Metric,
        series: String,
        value: LineValue,
        exemplars: Vec<ExemplarText<'static>>,
    ) -> Result<(), String> {
        *self.text += series.len();
        if *self.text > MAX_TEXT {
            return Err(format!("the series of the body have more than {MAX_TEXT} bytes when they are written out"));
        }
        let timestamp = Some(metric.timestamp_ms).filter(|at| *at != 0);
        let kind = self.metric_kind();
        self.lines.push_back(Line::Sample(SampleLine { series: series.into(), kind, value, timestamp, exemplars }));
        Ok(())
    }
}

fn pairs(labels: &[LabelPair]) -> impl Iterator<Item = (&str, &str)> {
    labels.iter().map(|label| (label.name.as_str(), label.value.as_str()))
}

/// The labels of a series: one without a value is no label, so that another one may have its name.
fn named(labels: &[LabelPair]) -> impl Iterator<Item = (&str, &str)> {
    pairs(labels).filter(|(name, value)| name.is_empty() || !value.is_empty())
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
