//! A native histogram at an instant.

use std::sync::Arc;

use lab_histogram::Histogram;

/// A native histogram at an instant.
#[derive(Clone, Debug)]
pub struct HistogramSample {
    /// Milliseconds since the Unix epoch.
    pub timestamp: i64,
    /// What was observed until then; a staleness marker is one whose sum is that marker.
    pub histogram: Arc<Histogram>,
}

/// Two are equal if their times are and nothing but the counter reset differs.
impl PartialEq for HistogramSample {
    fn eq(&self, other: &Self) -> bool {
        self.timestamp == other.timestamp && self.histogram.is_same(&other.histogram)
    }
}

/// The samples of one series: numbers and histograms, each ascending in time, at most one of both at an instant.
#[derive(Clone, Copy, Debug, Default)]
pub struct Samples<'a> {
    /// Those that are numbers.
    pub floats: &'a [lab_model::Sample],
    /// Those that are native histograms.
    pub histograms: &'a [HistogramSample],
}

impl<'a> From<&'a [lab_model::Sample]> for Samples<'a> {
    fn from(floats: &'a [lab_model::Sample]) -> Self {
        Self { floats, histograms: &[] }
    }
}

impl<'a> From<&'a [HistogramSample]> for Samples<'a> {
    fn from(histograms: &'a [HistogramSample]) -> Self {
        Self { floats: &[], histograms }
    }
}

impl Samples<'_> {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.floats.len() + self.histograms.len()
    }

    /// True if there is none.
    pub fn is_empty(&self) -> bool {
        self.floats.is_empty() && self.histograms.is_empty()
    }
}
