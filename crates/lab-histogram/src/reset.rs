//! Whether a counter was reset between two histograms.

use crate::buckets::Buckets;
use crate::combine::{on_bounds, shared_bounds};
use crate::histogram::{CounterReset, Histogram};
use crate::schema::Schema;

impl Histogram {
    /// Whether the counter was reset since `previous`: its own hint says so, or any count has become smaller, or the
    /// layout has become finer, which only a new beginning can bring. The sum is not looked at.
    pub fn is_reset_since(&self, previous: &Self) -> bool {
        match self.reset {
            CounterReset::Reset => return true,
            CounterReset::NotReset => return false,
            CounterReset::Unknown | CounterReset::Gauge => {}
        }
        if self.count < previous.count {
            return true;
        }
        match (&self.schema, &previous.schema) {
            (Schema::Custom(now), Schema::Custom(before)) => {
                if now == before {
                    return has_less(&self.positive, &previous.positive);
                }
                let shared = shared_bounds(now, before);
                let (now, before) =
                    (on_bounds(&self.positive, now, &shared), on_bounds(&previous.positive, before, &shared));
                has_less(&now, &before)
            }
            (Schema::Exponential(now), Schema::Exponential(before)) => {
                now > before || self.is_reset_within(previous, (*now, *before))
            }
            _ => true,
        }
    }

    /// The same of two exponential histograms, the earlier of which has no lower resolution.
    fn is_reset_within(&self, previous: &Self, (now, before): (i32, i32)) -> bool {
        let threshold = self.zero_threshold;
        if threshold < previous.zero_threshold {
            return true;
        }
        let (zero_count, widened) = previous.wider_zero(threshold);
        if widened != threshold || self.zero_count < zero_count {
            return true;
        }
        let bound = |index| self.schema.bound(index);
        let is_less = |now_side: &Buckets, before_side: &Buckets| {
            has_less(now_side, &before_side.reduced(before, now).above(threshold, bound))
        };
        is_less(&self.positive, &previous.positive) || is_less(&self.negative, &previous.negative)
    }
}

/// Whether any bucket holds less than before; one that is gone counts if it held something.
fn has_less(now: &Buckets, before: &Buckets) -> bool {
    let mut now = now.iter().peekable();
    before.iter().any(|(index, count)| {
        while now.next_if(|(at, _)| *at < index).is_some() {}
        match now.peek() {
            Some((at, left)) if *at == index => *left < count,
            _ => count != 0.0,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn histogram(schema: i32, zero: (f64, f64), positive: &[(i32, f64)]) -> Histogram {
        let positive = Buckets::from_pairs(positive.iter().copied());
        let count = zero.1 + positive.counts().iter().sum::<f64>();
        let empty = Histogram::empty(Schema::Exponential(schema));
        Histogram { zero_threshold: zero.0, zero_count: zero.1, count, positive, ..empty }
    }

    #[test]
    fn a_count_that_becomes_smaller_is_a_reset() {
        let before = histogram(1, (0.001, 1.0), &[(1, 2.0), (2, 2.0)]);
        let cases = [
            (histogram(1, (0.001, 1.0), &[(1, 2.0), (2, 2.0)]), false),
            (histogram(1, (0.001, 1.0), &[(1, 3.0), (2, 2.0), (5, 1.0)]), false),
            (histogram(1, (0.001, 1.0), &[(1, 1.0), (2, 9.0)]), true),
            (histogram(1, (0.001, 1.0), &[(2, 9.0)]), true),
            (histogram(1, (0.001, 0.0), &[(1, 3.0), (2, 3.0)]), true),
            // A lower resolution is no reset, a higher one is.
            (histogram(0, (0.001, 1.0), &[(1, 4.0)]), false),
            (histogram(0, (0.001, 2.0), &[(1, 3.0)]), true),
            (histogram(2, (0.001, 1.0), &[(1, 9.0)]), true),
            // A wider zero bucket takes buckets in; a narrower one is a reset.
            (histogram(1, (2.0, 5.0), &[]), false),
            (histogram(1, (1.2, 3.0), &[(2, 2.0)]), true),
            (histogram(1, (0.0001, 1.0), &[(1, 2.0), (2, 2.0)]), true),
        ];
        for (at, (now, expected)) in cases.into_iter().enumerate() {
            assert_eq!(now.is_reset_since(&before), expected, "case {at}");
        }
    }

    #[test]
    fn a_hint_is_believed() {
        let (before, now) = (histogram(0, (0.0, 0.0), &[(1, 2.0)]), histogram(0, (0.0, 0.0), &[(1, 1.0)]));
        assert!(!Histogram { reset: CounterReset::NotReset, ..now.clone() }.is_reset_since(&before));
        assert!(Histogram { reset: CounterReset::Reset, ..before.clone() }.is_reset_since(&before));
        assert!(Histogram { reset: CounterReset::Gauge, ..now }.is_reset_since(&before));
    }

    #[test]
    fn custom_bounds_are_compared_where_both_have_them() {
        let custom = |bounds: &[f64], counts: &[f64]| Histogram {
            count: counts.iter().sum(),
            positive: Buckets::from_pairs((0..).zip(counts.iter().copied())),
            ..Histogram::empty(Schema::Custom(bounds.into()))
        };
        let before = custom(&[1.0, 2.0], &[1.0, 1.0, 1.0]);
        assert!(!custom(&[2.0], &[2.0, 1.0]).is_reset_since(&before));
        assert!(custom(&[2.0], &[1.0, 9.0]).is_reset_since(&before));
        assert!(custom(&[1.0, 2.0], &[2.0, 0.0, 9.0]).is_reset_since(&before));
        assert!(histogram(0, (0.0, 0.0), &[(1, 9.0)]).is_reset_since(&before));
    }
}
