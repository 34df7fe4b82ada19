//! The buckets on one side of an exponential histogram.

use std::collections::BTreeMap;

use opentelemetry_proto::tonic::metrics::v1::exponential_histogram_data_point::Buckets;

/// The filled buckets by index: bucket i of scale s spans (2^(i/2^s), 2^((i+1)/2^s)].
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Side(pub(crate) BTreeMap<i64, u64>);

impl Side {
    /// The filled ones of a message.
    pub(crate) fn of(buckets: Option<&Buckets>) -> Self {
        let Some(buckets) = buckets else { return Self::default() };
        let filled = (i64::from(buckets.offset)..).zip(&buckets.bucket_counts).filter(|(_, count)| **count > 0);
        Self(filled.map(|(index, count)| (index, *count)).collect())
    }

    /// Merges each two neighbours, so often.
    pub(crate) fn reduce(&mut self, times: i32) {
        let shift = times.clamp(0, 62);
        if shift == 0 {
            return;
        }
        let mut reduced = BTreeMap::new();
        for (index, count) in &self.0 {
            let kept = reduced.entry(index >> shift).or_insert(0_u64);
            *kept = kept.saturating_add(*count);
        }
        self.0 = reduced;
    }

    /// Adds the counts of another one of the same scale.
    pub(crate) fn add(&mut self, other: &Self) {
        for (index, count) in &other.0 {
            let sum = self.0.entry(*index).or_default();
            *sum = sum.saturating_add(*count);
        }
    }

    /// How many indexes lie between the first and the last bucket of both together, those two included.
    pub(crate) fn span_with(&self, other: &Self) -> i64 {
        let indexes = || self.0.keys().chain(other.0.keys());
        let (first, last) = (indexes().min(), indexes().max());
        first.zip(last).map_or(0, |(first, last)| last - first + 1)
    }

    /// The message; nothing if an index is none, which one of a message cannot become.
    pub(crate) fn message(&self) -> Option<Buckets> {
        let (first, last) = (*self.0.keys().next()?, *self.0.keys().next_back()?);
        let bucket_counts = (first..=last).map(|index| self.0.get(&index).copied().unwrap_or_default()).collect();
        Some(Buckets { offset: i32::try_from(first).ok()?, bucket_counts })
    }
}
