//! What a sender hands over in one request: series with samples and exemplars, and metadata. It is kept whole, as far as
//! each sample is good in itself, or refused whole.

use std::sync::Arc;

use lab_model::{Labels, Sample};
use lab_storage::TimeLimits;

use crate::model::exemplar::Exemplar;
use crate::model::histogram_sample::{HistogramSample, Samples};
use crate::model::metadata::Metadata;
use crate::store::buffer::series::{SAMPLE_BYTES, Series};
use crate::store::error::AppendError;

/// A request on its way into the store. Its series are added by [`MetricStore::add`](crate::store::MetricStore::add).
#[derive(Debug)]
pub struct Push {
    /// The times that are taken.
    pub(crate) times: TimeLimits,
    /// The samples of all series, one series after the other.
    pub(crate) samples: Vec<Sample>,
    pub(crate) series: Vec<PushedSeries>,
    pub(crate) metadata: Vec<(String, Metadata)>,
}

/// A series of a request.
#[derive(Debug)]
pub(crate) struct PushedSeries {
    pub(crate) target: Target,
    /// How many of the request's samples are its own.
    pub(crate) samples: usize,
    pub(crate) histograms: Vec<HistogramSample>,
    pub(crate) exemplars: Vec<Exemplar>,
}

impl PushedSeries {
    /// Bytes that its histograms take while they wait for the disk.
    pub(crate) fn histogram_bytes(&self) -> u64 {
        self.histograms.iter().map(waiting_bytes).sum()
    }
}

/// Bytes that a histogram takes while it waits for the disk, in whole samples.
pub(crate) fn waiting_bytes(sample: &HistogramSample) -> u64 {
    (sample.histogram.size() as u64).next_multiple_of(SAMPLE_BYTES)
}

/// Where samples go.
#[derive(Debug)]
pub(crate) enum Target {
    Known(Arc<Series>),
    /// A series that has to be made first.
    New(Labels),
    /// A series that cannot be made.
    Refused(Labels, AppendError),
}

/// What became of a request.
#[derive(Debug, Default)]
pub struct Pushed {
    /// Samples taken, those that were there already included.
    pub samples: usize,
    /// Histograms taken, the same.
    pub histograms: usize,
    pub exemplars: usize,
    /// For each series with a refusal its place in the request, its labels, and the first refusal.
    pub refused: Vec<(usize, Labels, AppendError)>,
}

impl Push {
    /// An empty request whose samples may have these times.
    pub fn new(times: TimeLimits) -> Self {
        Self { times, samples: Vec::new(), series: Vec::new(), metadata: Vec::new() }
    }

    /// Adds a series with samples and exemplars; answers its place.
    pub(crate) fn add(&mut self, target: Target, samples: Samples<'_>, exemplars: Vec<Exemplar>) -> usize {
        let Samples { floats, histograms } = samples;
        self.samples.extend_from_slice(floats);
        let (samples, histograms) = (floats.len(), histograms.to_vec());
        self.series.push(PushedSeries { target, samples, histograms, exemplars });
        self.series.len() - 1
    }

    /// Says what is known about a metric family.
    pub fn describe(&mut self, name: &str, metadata: Metadata) {
        self.metadata.push((name.to_owned(), metadata));
    }

    /// How many samples there are, histograms included.
    pub(crate) fn len(&self) -> usize {
        self.samples.len() + self.series.iter().map(|series| series.histograms.len()).sum::<usize>()
    }

    /// Bytes that it takes while it waits for the disk.
    pub(crate) fn bytes(&self) -> u64 {
        let histograms: u64 = self.series.iter().map(PushedSeries::histogram_bytes).sum();
        self.samples.len() as u64 * SAMPLE_BYTES + histograms
    }

    /// Each series with its samples.
    pub(crate) fn parts(&self) -> impl Iterator<Item = (&PushedSeries, &[Sample])> {
        let mut rest = &*self.samples;
        self.series.iter().map(move |series| {
            let (own, others) = rest.split_at(series.samples);
            rest = others;
            (series, own)
        })
    }

    /// Each series that is not refused with its samples.
    pub(crate) fn admitted(&self) -> impl Iterator<Item = (&PushedSeries, &[Sample])> {
        self.parts().filter(|(series, _)| !matches!(series.target, Target::Refused(..)))
    }
}

impl Target {
    pub(crate) fn labels(&self) -> &Labels {
        match self {
            Self::Known(series) => &series.labels,
            Self::New(labels) | Self::Refused(labels, _) => labels,
        }
    }
}
