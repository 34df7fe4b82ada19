//! What exponential histograms add to the sum of their series.

use crate::otlp::signals::metrics::exponential::side::Side;

/// So many indexes a side may span; beyond it neighbours are merged, as in the Collector.
const MOST_BUCKETS: i64 = 160;

/// What one point says, or many points together.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Exponential {
    pub(crate) count: u64,
    pub(crate) sum: Option<f64>,
    pub(crate) zero_count: u64,
    pub(crate) zero_threshold: f64,
    pub(crate) scale: i32,
    pub(crate) positive: Side,
    pub(crate) negative: Side,
}

impl Exponential {
    /// Both together, at the coarser of both scales or, if there are too many buckets, a coarser one still.
    pub(crate) fn plus(&self, more: &Self) -> Self {
        let scale = self.scale.min(more.scale);
        let (mut one, mut two) =
            (self.coarser(self.scale.saturating_sub(scale)), more.coarser(more.scale.saturating_sub(scale)));
        while one.spans_too_far_with(&two) {
            (one, two) = (one.coarser(1), two.coarser(1));
        }
        one.positive.add(&two.positive);
        one.negative.add(&two.negative);
        Self {
            count: one.count.saturating_add(two.count),
            sum: one.sum.zip(two.sum).map(|(one, two)| one + two),
            zero_count: one.zero_count.saturating_add(two.zero_count),
            zero_threshold: one.zero_threshold.max(two.zero_threshold),
            ..one
        }
    }

    /// Bytes that its buckets take, about.
    pub(crate) fn size(&self) -> usize {
        32 * (self.positive.0.len() + self.negative.0.len())
    }

    /// How many buckets the message has, empty ones included.
    pub(crate) fn width(&self) -> usize {
        let span = |side: &Side| usize::try_from(side.span_with(&Side::default())).unwrap_or_default();
        span(&self.positive) + span(&self.negative)
    }

    /// The same with each two neighbours merged, so often.
    fn coarser(&self, times: i32) -> Self {
        let mut coarser = self.clone();
        for side in [&mut coarser.positive, &mut coarser.negative] {
            side.reduce(times);
        }
        Self { scale: self.scale.saturating_sub(times), ..coarser }
    }

    fn spans_too_far_with(&self, other: &Self) -> bool {
        let span = self.positive.span_with(&other.positive).max(self.negative.span_with(&other.negative));
        span > MOST_BUCKETS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(scale: i32, filled: &[(i64, u64)]) -> Exponential {
        let count = filled.iter().map(|(_, count)| count).sum();
        let positive = Side(filled.iter().copied().collect());
        Exponential {
            count,
            sum: Some(1.0),
            zero_count: 0,
            zero_threshold: 0.0,
            scale,
            positive,
            negative: Side::default(),
        }
    }

    #[test]
    fn the_coarser_scale_counts() {
        let sum = of(2, &[(-1, 1), (0, 2), (3, 4)]).plus(&of(0, &[(0, 8)]));
        assert_eq!(sum, Exponential { sum: Some(2.0), ..of(0, &[(-1, 1), (0, 14)]) });
    }

    #[test]
    fn too_many_buckets_are_merged() {
        let sum = of(5, &[(0, 1)]).plus(&of(5, &[(160, 1), (161, 1)]));
        assert_eq!(sum, Exponential { sum: Some(2.0), ..of(4, &[(0, 1), (80, 2)]) });
        let far = of(20, &[(i64::from(i32::MIN), 1)]).plus(&of(20, &[(i64::from(i32::MAX), 1)]));
        assert_eq!((far.count, far.positive.0.len()), (2, 2));
        let coarsest = of(i32::MIN, &[(0, 1)]).plus(&of(i32::MIN, &[(1000, 1)]));
        assert_eq!((coarsest.count, coarsest.scale), (2, i32::MIN));
    }
}
