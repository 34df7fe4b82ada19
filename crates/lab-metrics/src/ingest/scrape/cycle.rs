//! What a scrape brings is stored here.
//!
//! A line that is byte for byte the same as in an earlier scrape leads straight to its series; labels are
//! read only of new ones. A body counts as a whole: if a line of it cannot be read, nothing of it is stored
//! and everything the target sent before becomes stale.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use lab_histogram::Histogram;
use lab_model::labels::{METRIC_NAME, is_label_name, is_metric_name};
use lab_model::value::stale_nan;
use lab_model::{Labels, Sample};
use lab_storage::TimeLimits;

use crate::ingest::exposition::format::ExpositionError;
use crate::ingest::exposition::line::{ExemplarText, Line, LineValue, SampleLine};
use crate::ingest::exposition::page::Page;
use crate::ingest::exposition::series_text;
use crate::ingest::scrape::config::protocol::NameValidation;
use crate::ingest::scrape::endpoint::Endpoint;
use crate::ingest::scrape::fetch::Body;
use crate::ingest::scrape::relabel::relabel;
use crate::ingest::scrape::target::families::Families;
use crate::model::exemplar::Exemplar;
use crate::model::histogram_sample::HistogramSample;
use crate::model::metadata::Metadata;
use crate::store::error::AppendError;
use crate::store::{MetricStore, SeriesRef};

/// A series that is missing from so many scrapes in a row is forgotten.
const MEMORY: u64 = 10;
/// Most samples of a scrape, whatever the job allows: they are held until the whole body is read.
const MAX_SAMPLES: usize = 1_000_000;
/// The series that every scrape writes about itself.
const REPORTS: [&str; 5] = [
    "up",
    "scrape_duration_seconds",
    "scrape_samples_scraped",
    "scrape_samples_post_metric_relabeling",
    "scrape_series_added",
];

/// What is remembered of a target from scrape to scrape.
#[derive(Debug, Default)]
pub struct Cycle {
    known: HashMap<Box<str>, Known>,
    reports: Vec<SeriesRef>,
    /// What the last scrape brought, if it could not be read to its end or a limit kept it out.
    refused: Counts,
    round: u64,
    /// What the target says about its metrics.
    families: Arc<Families>,
}

/// A line seen before.
#[derive(Debug)]
struct Known {
    /// `None` if relabelling or a limit of the store keeps it out.
    series: Option<SeriesRef>,
    seen: u64,
    /// False once its newest sample is a staleness marker.
    live: bool,
    /// True if its newest sample is a native histogram.
    is_histogram: bool,
    /// The last exemplar that had no time of its own: labels and value.
    undated: Option<(Box<str>, u64)>,
}

impl Known {
    fn new(series: Option<SeriesRef>) -> Self {
        Self { series, seen: 0, live: false, is_histogram: false, undated: None }
    }

    /// False for an exemplar without a time that the last scrape brought already: it is the same one still.
    fn is_news(&mut self, exemplar: &ExemplarText<'_>) -> bool {
        if exemplar.timestamp.is_some() {
            return true;
        }
        let value = exemplar.value.to_bits();
        if self.undated.as_ref().is_some_and(|last| *last.0 == *exemplar.labels && last.1 == value) {
            return false;
        }
        self.undated = Some(((&*exemplar.labels).into(), value));
        true
    }
}

/// How many samples a scrape brought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Samples in the body.
    pub scraped: usize,
    /// Samples left after relabelling.
    pub kept: usize,
    /// Series that were not in the scrape before.
    pub added: usize,
}

/// Why a body is not stored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IngestError {
    /// It cannot be read.
    #[error(transparent)]
    Exposition(#[from] ExpositionError),
    /// It exceeds a limit of the job.
    #[error("{0}")]
    Limit(String),
}

impl Cycle {
    /// Nothing was scraped yet; what the target will say about its metrics goes to `families`.
    pub(crate) fn new(families: Arc<Families>) -> Self {
        Self { families, ..Self::default() }
    }

    /// Stores a body. `at` (ms) is the time of samples that have no timestamp of their own.
    pub fn ingest(
        &mut self,
        store: &MetricStore,
        target: &Endpoint,
        body: &Body,
        at: i64,
    ) -> Result<Counts, IngestError> {
        let mut notes = HashMap::new();
        let mut lines = self.read(target, body, &mut notes)?;
        for (line, _) in &mut lines {
            if let LineValue::Histogram(histogram) = &mut line.value {
                target.job.histograms.limit(Arc::make_mut(histogram)).map_err(IngestError::Limit)?;
            }
        }
        self.round += 1;
        self.refused = Counts::default();
        let mut counts = Counts { scraped: lines.len(), ..Counts::default() };
        for (line, fresh) in lines {
            self.store_line(store, target, &line, fresh, at, &mut counts);
        }
        self.families.note(&notes);
        for (name, metadata) in notes {
            store.set_metadata(&name, metadata);
        }
        self.mark_stale(store, at);
        Ok(counts)
    }

    /// Writes the series about the scrape itself; a failed one (`None`) makes everything stale.
    pub fn report(&mut self, store: &MetricStore, target: &Endpoint, at: i64, took: Duration, counts: Option<&Counts>) {
        if counts.is_none() {
            self.round += 1;
            self.mark_stale(store, at);
            self.families.note(&HashMap::new());
        }
        if self.reports.is_empty() {
            let series = REPORTS.iter().map(|name| store.series_ref(&with_name(&target.labels, name)));
            self.reports = series.collect::<Result<_, _>>().unwrap_or_default();
        }
        let up = f64::from(u8::from(counts.is_some()));
        let refused = std::mem::take(&mut self.refused);
        let counts = counts.copied().unwrap_or(refused);
        let values = [up, took.as_secs_f64(), counts.scraped as f64, counts.kept as f64, counts.added as f64];
        for (series, value) in self.reports.iter().zip(values) {
            // A refusal is counted by the store.
            let _ = store.append_to(series, Sample { timestamp: at, value });
        }
    }

    /// Marks all series of the target as stale, those about its scrapes included, because the target is gone.
    pub fn end(&mut self, store: &MetricStore, at: i64) {
        self.round += 1;
        self.mark_stale(store, at);
        for series in self.reports.drain(..) {
            let _ = store.append_to(&series, Sample { timestamp: at, value: stale_nan() });
        }
        self.known.clear();
    }

    /// Reads the whole body before anything is stored; labels of lines that are not known yet as well.
    fn read<'b>(
        &mut self,
        target: &Endpoint,
        body: &'b Body,
        notes: &mut HashMap<Cow<'b, str>, Metadata>,
    ) -> Result<Vec<(SampleLine<'b>, Fresh)>, IngestError> {
        let mut lines = Vec::with_capacity(self.known.len());
        let limit = Some(target.job.sample_limit).filter(|limit| *limit > 0).unwrap_or(usize::MAX);
        let counts = &mut self.refused;
        *counts = Counts::default();
        let mut page = Page::new(&body.bytes, body.content, target.histograms);
        while let Some(line) = page.next() {
            match line? {
                Line::Help { name, text } => notes.entry(name).or_default().help = text,
                Line::Type { name, kind } => notes.entry(name).or_default().kind = kind,
                Line::Unit { name, unit } => notes.entry(name).or_default().unit = unit.into_owned(),
                Line::Sample(line) => {
                    counts.scraped += 1;
                    let wrong = |reason| ExpositionError { place: page.place(), reason };
                    let fresh = match self.known.get(&*line.series) {
                        Some(known) if known.series.is_some() => Fresh::Known,
                        Some(_) => Fresh::Dropped,
                        None => fresh(target, &line).map_err(wrong)?,
                    };
                    counts.kept += usize::from(fresh != Fresh::Dropped);
                    if counts.scraped > MAX_SAMPLES {
                        return Err(IngestError::Limit(format!("the scrape has more than {MAX_SAMPLES} samples")));
                    }
                    // Beyond the limit samples are counted only.
                    if counts.kept <= limit {
                        lines.push((line, fresh));
                    }
                }
            }
        }
        if counts.kept > limit {
            let kept = counts.kept;
            return Err(IngestError::Limit(format!(
                "sample limit exceeded: the scrape has {kept} samples, and at most {limit} are allowed"
            )));
        }
        Ok(lines)
    }

    fn store_line(
        &mut self,
        store: &MetricStore,
        target: &Endpoint,
        line: &SampleLine<'_>,
        fresh: Fresh,
        at: i64,
        counts: &mut Counts,
    ) {
        if let Fresh::Labels(labels) = fresh {
            let series = store.series_ref(&labels).ok();
            self.known.insert((&*line.series).into(), Known::new(series));
        } else if fresh == Fresh::Dropped && !self.known.contains_key(&*line.series) {
            self.known.insert((&*line.series).into(), Known::new(None));
        }
        let Some(known) = self.known.get_mut(&*line.series) else { return };
        known.seen = self.round;
        let mut exemplars: Vec<_> = line.exemplars.iter().filter(|text| known.is_news(text)).collect();
        let Some(series) = &known.series else { return };
        counts.kept += 1;
        let own_time = line.timestamp.filter(|_| target.job.honor_timestamps);
        let taken = append(store, series, &line.value, own_time, at);
        let taken = taken.is_ok();
        if taken && (own_time.is_none() || target.job.track_timestamps_staleness) {
            counts.added += usize::from(!known.live);
            known.live = true;
            known.is_histogram = matches!(line.value, LineValue::Histogram(_));
        }
        // Of several the oldest goes first, since the store takes no older one after a newer one.
        exemplars.sort_by_key(|exemplar| exemplar.timestamp);
        for exemplar in exemplars.into_iter().filter_map(|text| read_exemplar(text, at)) {
            store.append_exemplar_to(series, exemplar);
        }
    }

    /// Marks the series as stale that are missing from this scrape.
    fn mark_stale(&mut self, store: &MetricStore, at: i64) {
        let round = self.round;
        self.known.retain(|_, known| {
            let ended = known.seen != round && std::mem::take(&mut known.live);
            if let Some(series) = known.series.as_ref().filter(|_| ended) {
                // A refusal is counted by the store.
                let _ = if known.is_histogram {
                    append(store, series, &LineValue::Histogram(Histogram::stale().into()), None, at)
                } else {
                    append(store, series, &LineValue::Number(stale_nan()), None, at)
                };
            }
            round - known.seen < MEMORY
        });
    }
}

/// Stores the value of a series. What the target dated itself may be of a wrong clock: one sample of a far future would make
/// all later ones too old.
fn append(
    store: &MetricStore,
    series: &SeriesRef,
    value: &LineValue,
    own_time: Option<i64>,
    at: i64,
) -> Result<(), AppendError> {
    let limits = own_time.map(|_| TimeLimits::at_most_ahead(at, 1000));
    let timestamp = own_time.unwrap_or(at);
    match value {
        LineValue::Number(value) => {
            let sample = Sample { timestamp, value: *value };
            match limits {
                Some(limits) => store.append_to_within(series, sample, &limits),
                None => store.append_to(series, sample),
            }
        }
        LineValue::Histogram(histogram) => {
            let sample = HistogramSample { timestamp, histogram: histogram.clone() };
            match limits {
                Some(limits) => store.append_histogram_to_within(series, &sample, &limits),
                None => store.append_histogram_to(series, &sample),
            }
        }
    }
}

/// What the labels of a line are, before the line is stored.
#[derive(Debug, PartialEq)]
enum Fresh {
    Known,
    Labels(Labels),
    Dropped,
}

/// The labels of a line that is seen for the first time, with the labels of its target.
fn fresh(target: &Endpoint, line: &SampleLine<'_>) -> Result<Fresh, String> {
    let pairs = series_text::labels(&line.series, line.kind)?;
    let job = &target.job;
    let over = |limit: usize, size: usize| limit > 0 && size > limit;
    if over(job.label_limit, pairs.len() + target.labels.len()) {
        return Err(format!("label_limit exceeded: a sample has more than {} labels", job.label_limit));
    }
    let is_legacy = job.metric_name_validation_scheme == Some(NameValidation::Legacy);
    for (name, value) in &pairs {
        let is_good = if name == METRIC_NAME { is_metric_name(value) } else { is_label_name(name) };
        if is_legacy && !is_good {
            let wrong = if name == METRIC_NAME { value } else { name };
            return Err(format!("the name {wrong:?} is not allowed, because metric_name_validation_scheme is legacy"));
        }
        if over(job.label_name_length_limit, name.len()) || over(job.label_value_length_limit, value.len()) {
            return Err(format!(
                "label {name:?} is longer than label_name_length_limit or label_value_length_limit allows"
            ));
        }
    }
    let mut builder = Labels::from_pairs(pairs.iter().map(|(name, value)| (&**name, &**value))).to_builder();
    for label in &target.labels {
        match builder.get(&label.name).map(ToOwned::to_owned) {
            Some(_) if job.honor_labels => continue,
            Some(exposed) => {
                let mut name = format!("exported_{}", label.name);
                while builder.get(&name).is_some() || target.labels.get(&name).is_some() {
                    name.insert_str(0, "exported_");
                }
                builder.set(name, exposed);
            }
            None => {}
        }
        builder.set(label.name.clone(), label.value.clone());
    }
    let labels = relabel(builder.build(), &job.metric_relabel_configs);
    Ok(labels.filter(|labels| labels.metric_name().is_some()).map_or(Fresh::Dropped, Fresh::Labels))
}

fn read_exemplar(text: &ExemplarText<'_>, at: i64) -> Option<Exemplar> {
    let pairs = series_text::exemplar_labels(&text.labels).ok()?;
    let labels = Labels::from_pairs(pairs.iter().map(|(name, value)| (&**name, &**value)));
    // OpenMetrics allows 128 characters.
    let characters: usize = pairs.iter().map(|(name, value)| name.chars().count() + value.chars().count()).sum();
    (characters <= 128).then(|| Exemplar { labels, value: text.value, timestamp: text.timestamp.unwrap_or(at) })
}

fn with_name(labels: &Labels, name: &str) -> Labels {
    let mut builder = labels.to_builder();
    builder.set(METRIC_NAME, name);
    builder.build()
}
