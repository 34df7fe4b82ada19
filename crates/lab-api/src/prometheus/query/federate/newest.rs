//! The newest sample of a series.

use lab_histogram::{CounterReset, Histogram};
use lab_metrics::model::histogram_sample::{HistogramSample, Samples};
use lab_model::Sample;
use lab_model::value::is_stale;

use crate::prometheus::query::escape::Media;

/// A number or a native histogram.
#[derive(Clone, Debug)]
pub(super) enum Newest {
    Number(Sample),
    /// A native histogram.
    Histogram(HistogramSample),
}

/// What a family says of its samples; those of one family say the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Number,
    /// A histogram whose counts only grow.
    Histogram,
    GaugeHistogram,
}

impl Newest {
    /// The last of some samples; nothing if the series has ended there.
    pub(super) fn of(samples: Samples<'_>) -> Option<Self> {
        let number = samples.floats.last().map(|sample| Self::Number(*sample));
        let histogram = samples.histograms.last().map(|sample| Self::Histogram(sample.clone()));
        let newest = number.into_iter().chain(histogram).max_by_key(Self::timestamp)?;
        let has_ended = match &newest {
            Self::Number(sample) => is_stale(sample.value),
            Self::Histogram(sample) => sample.histogram.is_stale(),
        };
        (!has_ended).then_some(newest)
    }

    pub(super) fn timestamp(&self) -> i64 {
        match self {
            Self::Number(sample) => sample.timestamp,
            Self::Histogram(sample) => sample.timestamp,
        }
    }

    pub(super) fn kind(&self) -> Kind {
        match self {
            Self::Number(_) => Kind::Number,
            Self::Histogram(sample) if sample.histogram.reset == CounterReset::Gauge => Kind::GaugeHistogram,
            Self::Histogram(_) => Kind::Histogram,
        }
    }

    /// Whether it can be written there. Text has no native histograms but those that are classic ones, too.
    pub(super) fn fits(&self, media: Media) -> bool {
        match self {
            Self::Histogram(sample) => media == Media::Protobuf || sample.histogram.is_custom(),
            Self::Number(_) => true,
        }
    }

    /// Bytes that it holds beside itself.
    pub(super) fn size(&self) -> usize {
        if let Self::Histogram(sample) = self { sample.histogram.size() } else { 0 }
    }
}

/// Each custom bound with the observations up to it. Behind the last bound the count says how many there are.
pub(super) fn cumulative(histogram: &Histogram, bounds: &[f64]) -> Vec<(f64, f64)> {
    let mut up_to = 0.0;
    let bucket = |(index, bound): (i32, &f64)| {
        up_to += histogram.positive.get(index).unwrap_or_default();
        (*bound, up_to)
    };
    (0..).zip(bounds).map(bucket).collect()
}
