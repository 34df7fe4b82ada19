//! The series in the making: counters and histograms by their labels, bounded in number.

use std::borrow::Cow;

use hashbrown::HashMap;

use crate::id::TraceId;
use crate::span_metrics::config::Config;

/// The value of every label of what would have been too many series.
pub const OVERFLOW: &str = "__overflow__";

/// Every metric that is made, without the suffixes of its parts: whether it is a histogram, and what it says.
pub const METRICS: [(&str, bool, &str); 10] = [
    ("traces_spanmetrics_calls_total", false, "Spans"),
    ("traces_spanmetrics_size_total", false, "Bytes of encoded spans"),
    ("traces_spanmetrics_latency", true, "How long spans took, in seconds"),
    ("traces_service_graph_request_total", false, "Calls between two services"),
    ("traces_service_graph_request_failed_total", false, "Calls between two services that failed"),
    ("traces_service_graph_request_server_seconds", true, "How long calls took as the server saw it"),
    ("traces_service_graph_request_client_seconds", true, "How long calls took as the client saw it"),
    (
        "dicelab_span_metrics_overflow_total",
        false,
        "Spans and edges beyond the limit of series, counted under __overflow__",
    ),
    ("dicelab_span_edges_dropped_total", false, "Sides of calls not paired because too many were waiting"),
    ("dicelab_span_edges_unpaired_total", false, "Sides of calls whose other side did not come"),
];

/// Metrics with the same labels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Family {
    Calls,
    Edges,
}

impl Family {
    /// Two counters, and the histograms.
    fn names(self) -> ([&'static str; 2], &'static [&'static str]) {
        match self {
            Self::Calls => {
                let counters = ["traces_spanmetrics_calls_total", "traces_spanmetrics_size_total"];
                (counters, &["traces_spanmetrics_latency"])
            }
            Self::Edges => (
                ["traces_service_graph_request_total", "traces_service_graph_request_failed_total"],
                &["traces_service_graph_request_server_seconds", "traces_service_graph_request_client_seconds"],
            ),
        }
    }
}

/// One thing to count.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Observation<'a> {
    pub(crate) family: Family,
    /// Names and values. The names of a family are always the same.
    pub(crate) labels: &'a [(&'a str, Cow<'a, str>)],
    /// What the two counters grow by.
    pub(crate) counts: [f64; 2],
    /// What the histograms observe.
    pub(crate) seconds: [f64; 2],
}

/// Names and values.
type Labels = Vec<(String, String)>;

/// One sample of a series to be written.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// The name of the metric, with the suffix of its part.
    pub name: String,
    /// Its labels; none is empty.
    pub labels: Labels,
    /// What the series has counted or observed since the start.
    pub value: f64,
    /// A trace behind the value, where one came since the last reading.
    pub exemplar: Option<TraceExemplar>,
    /// True if the series is read for the first time.
    pub is_new: bool,
}

/// A trace behind a value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TraceExemplar {
    /// Where the observation was made.
    pub trace_id: TraceId,
    /// What was observed, in seconds.
    pub value: f64,
    /// When it was, in nanoseconds since the epoch.
    pub time_ns: i64,
}

impl Reading {
    /// A sample of a counter without labels.
    pub(crate) fn plain(name: &str, value: f64) -> Self {
        Self { name: name.to_owned(), labels: Labels::new(), value, exemplar: None, is_new: false }
    }
}

/// All series of both families, and how many more there may be.
#[derive(Debug)]
pub(crate) struct Registry {
    /// By what [`Registry::key`] makes of the labels, so that a series that is there is found without copying a text.
    found: HashMap<Vec<u8>, Entry>,
    /// Where the next key is made.
    key: Vec<u8>,
    latency_buckets: Vec<f64>,
    edge_buckets: Vec<f64>,
    series: usize,
    most: usize,
    overflowed: u64,
}

#[derive(Debug)]
struct Entry {
    family: Family,
    labels: Labels,
    counts: [f64; 2],
    /// Which of the counters have been read before.
    known: [bool; 2],
    histograms: Vec<Histogram>,
    is_new: bool,
}

#[derive(Debug)]
struct Histogram {
    /// One for each bound, and one for what lies above all.
    buckets: Vec<Bucket>,
    sum: f64,
}

#[derive(Clone, Debug, Default)]
struct Bucket {
    count: u64,
    exemplar: Option<TraceExemplar>,
}

impl Registry {
    pub(crate) fn new(config: &Config) -> Self {
        Self {
            found: HashMap::new(),
            key: Vec::new(),
            latency_buckets: config.latency_buckets.clone(),
            edge_buckets: config.edge_buckets.clone(),
            series: 0,
            most: config.max_series,
            overflowed: 0,
        }
    }

    /// Observations whose series would have been too many.
    pub(crate) fn overflowed(&self) -> u64 {
        self.overflowed
    }

    /// Counts one thing.
    pub(crate) fn observe(&mut self, observation: Observation<'_>, trace_id: [u8; 16], now_ns: i64) {
        self.make_key(observation.family, observation.labels.iter().map(|(_, value)| value.as_ref()));
        if !self.add(observation, trace_id, now_ns) {
            self.begin(observation);
            self.add(observation, trace_id, now_ns);
        }
    }

    /// Adds an observation to the series that the key leads to; false if there are none.
    fn add(&mut self, observation: Observation<'_>, trace_id: [u8; 16], now_ns: i64) -> bool {
        let Some(entry) = self.found.get_mut(self.key.as_slice()) else { return false };
        let bounds = match observation.family {
            Family::Calls => &self.latency_buckets,
            Family::Edges => &self.edge_buckets,
        };
        for (count, more) in entry.counts.iter_mut().zip(observation.counts) {
            *count += more;
        }
        for (histogram, value) in entry.histograms.iter_mut().zip(observation.seconds) {
            histogram.observe(bounds, TraceExemplar { trace_id: TraceId(trace_id), value, time_ns: now_ns });
        }
        true
    }

    /// Makes the key of a family with these values of labels.
    fn make_key<'v>(&mut self, family: Family, values: impl Iterator<Item = &'v str>) {
        self.key.clear();
        self.key.push(family as u8);
        for value in values {
            self.key.extend_from_slice(&value.len().to_le_bytes());
            self.key.extend_from_slice(value.as_bytes());
        }
    }

    /// Begins the series of an observation, or, if there would be too many, leads the key to those that overflowed.
    fn begin(&mut self, Observation { family, labels, counts, .. }: Observation<'_>) {
        let bounds = match family {
            Family::Calls => self.latency_buckets.len(),
            Family::Edges => self.edge_buckets.len(),
        };
        let histograms = family.names().1.len();
        // Counters, and of each histogram its buckets with the infinite one, sum and count.
        let series = counts.len() + histograms * (bounds + 3);
        let is_too_many = self.series + series > self.most;
        if is_too_many {
            self.overflowed += 1;
            self.make_key(family, labels.iter().map(|_| OVERFLOW));
        } else {
            self.series += series;
        }
        let value = |value: &str| if is_too_many { OVERFLOW.to_owned() } else { value.to_owned() };
        let labels = || labels.iter().map(|(name, text)| ((*name).to_owned(), value(text))).collect();
        let new = || Entry::new((family, labels()), histograms, bounds);
        self.found.entry(self.key.clone()).or_insert_with(new);
    }

    /// The present values of all series; each exemplar is read once.
    pub(crate) fn collect(&mut self) -> Vec<Reading> {
        let mut readings = Vec::new();
        let Self { found, latency_buckets, edge_buckets, .. } = self;
        for entry in found.values_mut() {
            let (counters, histograms) = entry.family.names();
            let bounds = if entry.family == Family::Calls { &*latency_buckets } else { &*edge_buckets };
            let labels: Labels = entry.labels.iter().filter(|(_, value)| !value.is_empty()).cloned().collect();
            let is_new = std::mem::take(&mut entry.is_new);
            for ((name, value), known) in counters.into_iter().zip(entry.counts).zip(&mut entry.known) {
                // What never happened has no series, as in Tempo.
                if value > 0.0 {
                    let (name, labels, is_new) = (name.to_owned(), labels.clone(), !std::mem::replace(known, true));
                    readings.push(Reading { name, labels, value, exemplar: None, is_new });
                }
            }
            for (name, histogram) in histograms.iter().zip(&mut entry.histograms) {
                histogram.collect((name, &labels, is_new), bounds, &mut readings);
            }
        }
        readings
    }
}

impl Entry {
    fn new((family, labels): (Family, Labels), histograms: usize, bounds: usize) -> Self {
        let histogram = || Histogram { buckets: vec![Bucket::default(); bounds + 1], sum: 0.0 };
        let histograms = (0..histograms).map(|_| histogram()).collect();
        Self { family, labels, counts: [0.0; 2], known: [false; 2], histograms, is_new: true }
    }
}

impl Histogram {
    fn observe(&mut self, bounds: &[f64], observed: TraceExemplar) {
        let bucket = &mut self.buckets[bounds.partition_point(|bound| *bound < observed.value)];
        bucket.count += 1;
        bucket.exemplar = Some(observed);
        self.sum += observed.value;
    }

    fn collect(&mut self, (name, labels, is_new): (&str, &Labels, bool), bounds: &[f64], readings: &mut Vec<Reading>) {
        let bounds = bounds.iter().map(|bound| lab_model::format_float(*bound)).chain(["+Inf".to_owned()]);
        let mut total = 0;
        for (bucket, bound) in self.buckets.iter_mut().zip(bounds) {
            total += bucket.count;
            let mut labels = labels.clone();
            labels.push(("le".to_owned(), bound));
            let exemplar = bucket.exemplar.take();
            readings.push(Reading { name: format!("{name}_bucket"), labels, value: total as f64, exemplar, is_new });
        }
        for (suffix, value) in [("sum", self.sum), ("count", total as f64)] {
            let (name, labels) = (format!("{name}_{suffix}"), labels.clone());
            readings.push(Reading { name, labels, value, exemplar: None, is_new });
        }
    }
}
