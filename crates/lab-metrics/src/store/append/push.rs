//! What a sender hands over in one request: series with samples and exemplars, and metadata. It is kept whole, as far as
//! each sample is good in itself, or refused whole.

use std::sync::Arc;

use lab_model::{Labels, Sample};
use lab_storage::TimeLimits;

use crate::model::exemplar::Exemplar;
use crate::model::metadata::Metadata;
use crate::store::buffer::series::Series;
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
    pub(crate) exemplars: Vec<Exemplar>,
}

/// Where samples go.
#[derive(Debug)]
pub(crate) enum Target {
    Known(Arc<Series>),
    /// A series that has to be made first.
    New(Labels),
}

/// What became of a request.
#[derive(Debug, Default)]
pub struct Pushed {
    /// Samples taken, those that were there already included.
    pub samples: usize,
    pub exemplars: usize,
    /// For each series with a refusal its place in the request, its labels, and the first refusal.
    pub refused: Vec<(usize, Labels, AppendError)>,
}

impl Push {
    /// An empty request whose samples may have these times.
    pub fn new(times: TimeLimits) -> Self {
        Self { times, samples: Vec::new(), series: Vec::new(), metadata: Vec::new() }
    }

    /// Says what is known about a metric family.
    pub fn describe(&mut self, name: &str, metadata: Metadata) {
        self.metadata.push((name.to_owned(), metadata));
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
}

impl Target {
    pub(crate) fn labels(&self) -> &Labels {
        match self {
            Self::Known(series) => &series.labels,
            Self::New(labels) => labels,
        }
    }
}
