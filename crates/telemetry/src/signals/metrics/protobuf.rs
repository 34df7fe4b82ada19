//! `OpenMetrics` text to the protobuf exposition: messages `io.prometheus.client.MetricFamily`, each after its length. It is
//! the one format with native histograms.
//! (<https://github.com/prometheus/client_model/blob/master/io/prometheus/client/metrics.proto>)

use crate::signals::metrics::native::{Native, Snapshot};
use crate::signals::metrics::open_metrics::{self, Exemplar, Labels, Line, Sample};
use crate::signals::traces::protobuf::{bytes, double, integer, message, varint};

/// The types of families by their numbers.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Counter = 0,
    Gauge = 1,
    Untyped = 3,
    Histogram = 4,
}

/// Translates a whole exposition. A line of a histogram without a suffix says which of `natives` is its native form.
pub(crate) fn from_open_metrics(page: &str, natives: &[Native]) -> Vec<u8> {
    let mut out = Vec::with_capacity(page.len() / 2);
    let mut family = Family::default();
    for line in page.lines().filter_map(open_metrics::read) {
        match line {
            Line::Help { name, text } => {
                family.end(&mut out);
                family = Family { name, help: text, ..Family::default() };
            }
            Line::Type { name, kind } => {
                if family.name != name {
                    family.end(&mut out);
                    family = Family { name, ..Family::default() };
                }
                (family.kind, family.suffix) = match kind {
                    "counter" => (Kind::Counter, "_total"),
                    "info" => (Kind::Gauge, "_info"),
                    "gauge" | "stateset" => (Kind::Gauge, ""),
                    "histogram" => (Kind::Histogram, ""),
                    _ => (Kind::Untyped, ""),
                };
            }
            Line::Unit { unit } => family.unit = unit,
            Line::Sample(sample) => family.sample(sample, natives),
        }
    }
    family.end(&mut out);
    out
}

/// A family that is being read.
struct Family<'a> {
    name: &'a str,
    help: &'a str,
    unit: &'a str,
    kind: Kind,
    /// What the names of its samples end with, and its own in this format.
    suffix: &'static str,
    /// The messages of its metrics.
    metrics: Vec<u8>,
    /// The histogram whose lines are being read.
    histogram: Option<Histogram<'a>>,
}

impl Default for Family<'_> {
    fn default() -> Self {
        let (kind, suffix) = (Kind::Untyped, "");
        Self { name: "", help: "", unit: "", kind, suffix, metrics: Vec::new(), histogram: None }
    }
}

impl<'a> Family<'a> {
    fn sample(&mut self, sample: Sample<'a>, natives: &[Native]) {
        if self.kind == Kind::Histogram {
            return self.line_of_histogram(sample, natives);
        }
        let field = match self.kind {
            Kind::Counter => 3,
            Kind::Gauge => 2,
            Kind::Untyped | Kind::Histogram => 5,
        };
        message(&mut self.metrics, 4, |out| {
            labels(out, 1, &sample.labels);
            message(out, field, |out| {
                double(out, 1, sample.value);
                if let (Kind::Counter, Some(of)) = (self.kind, &sample.exemplar) {
                    message(out, 2, |out| exemplar(out, of));
                }
            });
        });
    }

    /// The lines of a histogram follow each other: its native form, if there is one, the sum, the count, the buckets.
    fn line_of_histogram(&mut self, mut sample: Sample<'a>, natives: &[Native]) {
        let part = sample.name.strip_prefix(self.name).unwrap_or_default();
        let bound = sample.labels.iter().position(|(name, _)| *name == "le").map(|at| sample.labels.remove(at).1);
        if self.histogram.as_ref().is_some_and(|histogram| histogram.labels != sample.labels) {
            self.end_histogram();
        }
        let histogram = self.histogram.get_or_insert_with(|| Histogram {
            labels: sample.labels,
            native: None,
            sum: 0.0,
            count: 0,
            buckets: Vec::new(),
        });
        match part {
            "" => histogram.native = natives.get(sample.value as usize).cloned(),
            "_sum" => histogram.sum = sample.value,
            "_count" => histogram.count = sample.value as u64,
            "_bucket" => {
                let bound = bound.and_then(|bound| bound.parse().ok()).unwrap_or(f64::INFINITY);
                histogram.buckets.push((bound, sample.value as u64, sample.exemplar));
            }
            _ => {}
        }
    }

    fn end_histogram(&mut self) {
        if let Some(histogram) = self.histogram.take() {
            message(&mut self.metrics, 4, |out| histogram.write(out));
        }
    }

    fn end(&mut self, out: &mut Vec<u8>) {
        self.end_histogram();
        if self.metrics.is_empty() {
            return;
        }
        let mut family = Vec::with_capacity(self.metrics.len() + 128);
        bytes(&mut family, 1, format!("{}{}", self.name, self.suffix).as_bytes());
        bytes(&mut family, 2, self.help.as_bytes());
        integer(&mut family, 3, self.kind as u64);
        family.append(&mut self.metrics);
        if !self.unit.is_empty() {
            bytes(&mut family, 5, self.unit.as_bytes());
        }
        varint(out, family.len() as u64);
        out.append(&mut family);
    }
}

/// The lines of one histogram.
struct Histogram<'a> {
    labels: Labels<'a>,
    native: Option<Native>,
    sum: f64,
    count: u64,
    buckets: Vec<(f64, u64, Option<Exemplar<'a>>)>,
}

impl Histogram<'_> {
    fn write(&self, out: &mut Vec<u8>) {
        // Taken after the lines, and each observation is in the native form first: no bucket holds more than the count says.
        let native = self.native.as_ref().map(Native::snapshot);
        labels(out, 1, &self.labels);
        message(out, 7, |out| {
            let count = native.as_ref().map_or(self.count, Snapshot::count);
            integer(out, 1, count);
            double(out, 2, native.as_ref().map_or(self.sum, |native| native.sum));
            for (bound, up_to, of) in &self.buckets {
                message(out, 3, |out| {
                    integer(out, 1, if *bound == f64::INFINITY { count } else { *up_to });
                    double(out, 2, *bound);
                    if let Some(of) = of {
                        message(out, 3, |out| exemplar(out, of));
                    }
                });
            }
            if let Some(native) = &native {
                write_native(out, native);
            }
        });
    }
}

fn write_native(out: &mut Vec<u8>, native: &Snapshot) {
    integer(out, 5, zigzag(i64::from(native.schema)));
    double(out, 6, native.zero_threshold);
    integer(out, 7, native.zero_count);
    // Runs of neighbours; without any, an empty one says that this is a native histogram.
    let mut runs: Vec<(i32, u32)> = Vec::new();
    let mut next = 0;
    for (index, _) in &native.buckets {
        match runs.last_mut().filter(|_| *index == next) {
            Some((_, length)) => *length += 1,
            None => runs.push((index - next, 1)),
        }
        next = index + 1;
    }
    if runs.is_empty() {
        runs.push((0, 0));
    }
    for (offset, length) in runs {
        message(out, 12, |out| {
            integer(out, 1, zigzag(i64::from(offset)));
            integer(out, 2, u64::from(length));
        });
    }
    let mut before = 0;
    for (_, count) in &native.buckets {
        let count = count.cast_signed();
        integer(out, 13, zigzag(count - before));
        before = count;
    }
}

fn labels(out: &mut Vec<u8>, field: u32, pairs: &Labels<'_>) {
    for (name, value) in pairs {
        message(out, field, |out| {
            bytes(out, 1, name.as_bytes());
            bytes(out, 2, value.as_bytes());
        });
    }
}

fn exemplar(out: &mut Vec<u8>, exemplar: &Exemplar<'_>) {
    labels(out, 1, &exemplar.labels);
    double(out, 2, exemplar.value);
    if let Some(seconds) = exemplar.timestamp {
        message(out, 3, |out| {
            integer(out, 1, seconds as u64);
            integer(out, 2, (seconds.fract() * 1e9) as u64);
        });
    }
}

/// A signed number as one that is small if it is near zero.
fn zigzag(number: i64) -> u64 {
    ((number << 1) ^ (number >> 63)).cast_unsigned()
}
