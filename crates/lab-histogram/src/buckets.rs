//! The buckets of one side of a histogram, sparse and in order.

mod deltas;

use lab_model::Sum;

use crate::schema::reduced_index;

/// What a bucket counts in: a plain float, or one that carries its rounding error along.
pub trait Quantity: Copy + Default {
    /// Adds a plain count.
    fn add(&mut self, count: f64);
    /// Adds another quantity of the same kind.
    fn join(&mut self, other: Self);
    /// The quantity times a factor.
    #[must_use]
    fn scaled(self, factor: f64) -> Self;
    /// The quantity as a float.
    fn value(self) -> f64;
}

impl Quantity for f64 {
    fn add(&mut self, count: f64) {
        *self += count;
    }

    fn join(&mut self, other: Self) {
        *self += other;
    }

    fn scaled(self, factor: f64) -> Self {
        self * factor
    }

    fn value(self) -> f64 {
        self
    }
}

impl Quantity for Sum {
    fn add(&mut self, count: f64) {
        Self::add(self, count);
    }

    fn join(&mut self, other: Self) {
        Self::add(self, other.value());
    }

    fn scaled(self, factor: f64) -> Self {
        Self::scaled(self, factor)
    }

    fn value(self) -> f64 {
        Self::value(&self)
    }
}

/// Buckets by index, ascending; each index stands once. A bucket that is there and empty is not the same as none.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Buckets<N = f64> {
    indexes: Vec<i32>,
    counts: Vec<N>,
}

/// Why spans and counts make no buckets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SpanError {
    /// Only the first span may begin before the end of the one before it.
    #[error("span {0} has a negative offset ({1}); only the first span may have one")]
    NegativeOffset(usize, i32),
    /// The spans promise other buckets than there are.
    #[error("the spans hold {promised} buckets, but {given} counts are given")]
    Mismatch {
        /// Buckets of all spans.
        promised: u64,
        /// Counts that came.
        given: usize,
    },
    /// An index that a histogram cannot have.
    #[error("the spans lead to bucket indexes beyond 32 bits")]
    TooFar,
}

impl Buckets {
    /// Buckets from runs of neighbours: how many indexes lie before a run, and how many buckets it has.
    pub fn from_spans(spans: &[(i32, u32)], counts: Vec<f64>) -> Result<Self, SpanError> {
        let promised = spans.iter().map(|(_, length)| u64::from(*length)).sum();
        if promised != counts.len() as u64 {
            return Err(SpanError::Mismatch { promised, given: counts.len() });
        }
        let mut indexes = Vec::with_capacity(counts.len());
        let mut next: i64 = 0;
        for (at, (offset, length)) in spans.iter().enumerate() {
            if at > 0 && *offset < 0 {
                return Err(SpanError::NegativeOffset(at, *offset));
            }
            next += i64::from(*offset);
            for _ in 0..*length {
                indexes.push(i32::try_from(next).map_err(|_| SpanError::TooFar)?);
                next += 1;
            }
        }
        Ok(Self { indexes, counts })
    }

    /// Buckets from runs of neighbours whose counts are whole numbers, each written as its difference from the one before.
    pub fn from_deltas(spans: &[(i32, u32)], counts: &[i64]) -> Result<Self, SpanError> {
        Self::from_spans(spans, deltas::from_deltas(counts))
    }

    /// The counts as differences from the one before; nothing if one of them is no whole number.
    pub fn deltas(&self) -> Option<Vec<i64>> {
        deltas::to_deltas(&self.counts)
    }

    /// Buckets from pairs of index and count, ascending by index.
    pub fn from_pairs(pairs: impl IntoIterator<Item = (i32, f64)>) -> Self {
        let (indexes, counts) = pairs.into_iter().unzip();
        Self { indexes, counts }
    }

    /// Runs of neighbours, as [`Buckets::from_spans`] takes them.
    pub fn spans(&self) -> Vec<(i32, u32)> {
        let mut spans: Vec<(i32, u32)> = Vec::new();
        let mut next = 0;
        for index in &self.indexes {
            match spans.last_mut().filter(|_| *index == next) {
                Some((_, length)) => *length += 1,
                None => spans.push((index.wrapping_sub(next), 1)),
            }
            next = index.wrapping_add(1);
        }
        spans
    }

    /// Buckets that have the same place in every histogram with these indexes.
    pub fn counts(&self) -> &[f64] {
        &self.counts
    }

    /// Leaves out what lies within a zero bucket of this width, where `bound` gives a bucket's upper bound.
    pub(crate) fn above(&self, threshold: f64, bound: impl Fn(i32) -> f64) -> Self {
        let within = self.indexes.iter().take_while(|index| bound(**index) <= threshold).count();
        Self { indexes: self.indexes[within..].to_vec(), counts: self.counts[within..].to_vec() }
    }

    /// The count at an index, if the bucket is there.
    pub fn get(&self, index: i32) -> Option<f64> {
        self.indexes.binary_search(&index).ok().map(|at| self.counts[at])
    }
}

impl<N: Quantity> Buckets<N> {
    /// Index and count of each bucket, ascending.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (i32, N)> + '_ {
        self.indexes.iter().copied().zip(self.counts.iter().copied())
    }

    /// How many buckets are there, empty ones included.
    pub fn len(&self) -> usize {
        self.indexes.len()
    }

    /// True if there is no bucket, not even an empty one.
    pub fn is_empty(&self) -> bool {
        self.indexes.is_empty()
    }

    /// Removes empty buckets.
    pub fn compact(&mut self) {
        self.keep(|_, count| count.value() != 0.0);
    }

    /// Removes the buckets for which `wanted` is false.
    pub(crate) fn keep(&mut self, wanted: impl Fn(i32, N) -> bool) {
        if self.iter().all(|(index, count)| wanted(index, count)) {
            return;
        }
        let (indexes, counts) = self.iter().filter(|(index, count)| wanted(*index, *count)).unzip();
        *self = Self { indexes, counts };
    }

    /// Changes each count, given its index.
    pub(crate) fn change(&mut self, new: impl Fn(i32, N) -> N) {
        for (index, count) in self.indexes.iter().zip(&mut self.counts) {
            *count = new(*index, *count);
        }
    }

    /// The same observations in coarser buckets; `target` gives the new index of an old one and never descends.
    #[must_use]
    pub(crate) fn mapped(&self, target: impl Fn(i32) -> i32) -> Self {
        let mut mapped = Self { indexes: Vec::new(), counts: Vec::new() };
        for (index, count) in self.iter() {
            let index = target(index);
            match (mapped.indexes.last(), mapped.counts.last_mut()) {
                (Some(last), Some(there)) if *last == index => there.join(count),
                _ => {
                    mapped.indexes.push(index);
                    mapped.counts.push(count);
                }
            }
        }
        mapped
    }

    /// The same observations at a lower resolution.
    #[must_use]
    pub(crate) fn reduced(&self, from: i32, to: i32) -> Self {
        self.mapped(|index| reduced_index(index, from, to))
    }

    /// Adds the counts of `other` times `factor`; buckets that are missing here are made.
    pub(crate) fn add(&mut self, other: &Buckets, factor: f64) {
        if self.indexes == other.indexes {
            for (count, more) in self.counts.iter_mut().zip(&other.counts) {
                count.add(more * factor);
            }
            return;
        }
        let mut both = Self {
            indexes: Vec::with_capacity(self.len().max(other.len())),
            counts: Vec::with_capacity(self.len().max(other.len())),
        };
        let (mut ours, mut theirs) = (self.iter().peekable(), other.iter().peekable());
        loop {
            let index = match (ours.peek(), theirs.peek()) {
                (Some((one, _)), Some((two, _))) => *one.min(two),
                (Some((index, _)), None) | (None, Some((index, _))) => *index,
                (None, None) => break,
            };
            let mut count = ours.next_if(|(at, _)| *at == index).map_or_else(N::default, |(_, count)| count);
            if let Some((_, more)) = theirs.next_if(|(at, _)| *at == index) {
                count.add(more * factor);
            }
            both.indexes.push(index);
            both.counts.push(count);
        }
        drop((ours, theirs));
        *self = both;
    }

    /// Each count as another kind of quantity.
    pub(crate) fn converted<M: Quantity>(&self, convert: impl Fn(N) -> M) -> Buckets<M> {
        Buckets { indexes: self.indexes.clone(), counts: self.counts.iter().map(|count| convert(*count)).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn spans_are_read_and_written() {
        let spans = [(-2, 2), (3, 1)];
        let buckets = Buckets::from_spans(&spans, vec![1.0, 2.0, 3.0]).expect("good");
        assert_eq!(buckets.iter().collect::<Vec<_>>(), [(-2, 1.0), (-1, 2.0), (3, 3.0)]);
        assert_eq!(buckets.spans(), spans);
        assert_eq!(Buckets::from_spans(&[(0, 1), (0, 0), (0, 1)], vec![1.0, 2.0]).expect("good").spans(), [(0, 2)]);
    }

    #[test]
    fn spans_that_lie_are_refused() {
        let refused = |spans: &[(i32, u32)], counts: usize| Buckets::from_spans(spans, vec![1.0; counts]).unwrap_err();
        assert_eq!(refused(&[(0, 2)], 1), SpanError::Mismatch { promised: 2, given: 1 });
        assert_eq!(refused(&[(0, 1), (-1, 1)], 2), SpanError::NegativeOffset(1, -1));
        assert_eq!(refused(&[(i32::MAX, 2)], 2), SpanError::TooFar);
        assert_eq!(
            refused(&[(0, u32::MAX), (0, u32::MAX)], 3),
            SpanError::Mismatch { promised: 8_589_934_590, given: 3 }
        );
    }

    fn some() -> impl Strategy<Value = Buckets> {
        proptest::collection::btree_map(-20..20_i32, 0..9_i32, 0..12)
            .prop_map(|pairs| Buckets::from_pairs(pairs.into_iter().map(|(index, count)| (index, f64::from(count)))))
    }

    proptest! {
        #[test]
        fn spans_say_all_of_buckets(buckets in some()) {
            prop_assert_eq!(Buckets::from_spans(&buckets.spans(), buckets.counts().to_vec()), Ok(buckets));
        }

        #[test]
        fn a_sum_holds_the_counts_of_both(one in some(), two in some()) {
            let mut sum = one.clone();
            sum.add(&two, 2.0);
            for index in -20..20 {
                let expected = match (one.get(index), two.get(index)) {
                    (None, None) => None,
                    (one, two) => Some(one.unwrap_or_default() + 2.0 * two.unwrap_or_default()),
                };
                prop_assert_eq!(sum.get(index), expected);
            }
            let mut carried = one.converted(Sum::new);
            carried.add(&two, 2.0);
            prop_assert_eq!(carried.converted(Quantity::value), sum);
        }

        #[test]
        fn a_lower_resolution_keeps_every_observation(buckets in some()) {
            let total = |buckets: &Buckets| buckets.counts().iter().sum::<f64>();
            let reduced = buckets.reduced(3, 1);
            prop_assert_eq!(total(&reduced), total(&buckets));
            prop_assert!(reduced.indexes.is_sorted_by(|one, two| one < two));
        }
    }
}
