//! The buckets of one histogram at one step, and what can be read off them.

/// Counts that differ by less than this share are taken to be equal.
const TOLERANCE: f64 = 1e-12;

/// Observations up to and including a bound.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Bucket {
    pub(super) bound: f64,
    pub(super) count: f64,
}

/// What had to be changed for counts to rise with their bounds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Repair {
    /// Lowest and highest bound whose count was raised.
    pub(super) lowest: f64,
    pub(super) highest: f64,
    /// The most by which a count was raised.
    pub(super) largest: f64,
}

impl Repair {
    pub(super) fn merge(&mut self, other: Self) {
        self.lowest = self.lowest.min(other.lowest);
        self.highest = self.highest.max(other.highest);
        self.largest = self.largest.max(other.largest);
    }
}

/// The φ-quantile. `buckets` is not empty and ascends in the bound.
pub(super) fn quantile(quantile: f64, buckets: &mut Vec<Bucket>) -> (f64, Option<Repair>) {
    if quantile.is_nan() {
        return (f64::NAN, None);
    }
    if quantile < 0.0 {
        return (f64::NEG_INFINITY, None);
    }
    if quantile > 1.0 {
        return (f64::INFINITY, None);
    }
    let Some(total) = total(buckets) else { return (f64::NAN, None) };
    let repair = make_monotonic(buckets);
    let total = buckets.last().map_or(total, |last| last.count);
    if buckets.len() < 2 || total == 0.0 {
        return (f64::NAN, repair);
    }
    let rank = quantile * total;
    let last = buckets.len() - 1;
    let at = buckets[..last].partition_point(|bucket| bucket.count < rank);
    let value = if at == last {
        buckets[last - 1].bound
    } else if at == 0 && buckets[0].bound <= 0.0 {
        buckets[0].bound
    } else {
        let below = at.checked_sub(1).map_or(Bucket { bound: 0.0, count: 0.0 }, |below| buckets[below]);
        let here = buckets[at];
        below.bound + (here.bound - below.bound) * ((rank - below.count) / (here.count - below.count))
    };
    (value, repair)
}

/// The share of observations between two values. `buckets` is not empty and ascends in the bound.
pub(super) fn fraction(lower: f64, upper: f64, buckets: &mut Vec<Bucket>) -> f64 {
    let Some(total) = total(buckets) else { return f64::NAN };
    if total == 0.0 || lower.is_nan() || upper.is_nan() {
        return f64::NAN;
    }
    if lower >= upper {
        return 0.0;
    }
    (rank(upper, buckets).min(total) - rank(lower, buckets).min(total)) / total
}

/// How many observations lie below a value.
fn rank(value: f64, buckets: &[Bucket]) -> f64 {
    let lowest = if buckets[0].bound <= 0.0 { f64::NEG_INFINITY } else { 0.0 };
    let mut below = Bucket { bound: lowest, count: 0.0 };
    for bucket in buckets {
        if below.bound >= value {
            return below.count;
        }
        if bucket.bound > value {
            // A bucket without end on either side says nothing about where within it.
            return if below.bound == f64::NEG_INFINITY {
                bucket.count
            } else {
                below.count + (bucket.count - below.count) * (value - below.bound) / (bucket.bound - below.bound)
            };
        }
        below = *bucket;
    }
    f64::INFINITY
}

/// Puts buckets of the same bound together; the count of `+Inf`, if there is that bucket.
fn total(buckets: &mut Vec<Bucket>) -> Option<f64> {
    buckets.dedup_by(|next, kept| {
        let same = next.bound == kept.bound;
        if same {
            kept.count += next.count;
        }
        same
    });
    buckets.last().filter(|last| last.bound == f64::INFINITY).map(|last| last.count)
}

/// Raises counts that fall; differences within the tolerance are levelled silently.
fn make_monotonic(buckets: &mut [Bucket]) -> Option<Repair> {
    let mut repair: Option<Repair> = None;
    let mut highest = buckets.first()?.count;
    for bucket in &mut buckets[1..] {
        let count = bucket.count;
        if count == highest {
            continue;
        }
        if almost_equal(highest, count) {
            bucket.count = highest;
        } else if count < highest {
            bucket.count = highest;
            let this = Repair { lowest: bucket.bound, highest: bucket.bound, largest: highest - count };
            repair.get_or_insert(this).merge(this);
        } else {
            highest = count;
        }
    }
    repair
}

fn almost_equal(a: f64, b: f64) -> bool {
    let difference = (a - b).abs();
    let size = a.abs() + b.abs();
    if a == 0.0 || b == 0.0 || size < f64::MIN_POSITIVE {
        return difference < TOLERANCE * f64::MIN_POSITIVE;
    }
    difference / size.min(f64::MAX) < TOLERANCE
}

#[cfg(test)]
mod tests {
    use super::*;

    fn buckets(pairs: &[(f64, f64)]) -> Vec<Bucket> {
        pairs.iter().map(|(bound, count)| Bucket { bound: *bound, count: *count }).collect()
    }

    #[test]
    fn quantiles_interpolate_within_a_bucket() {
        let mut fine = buckets(&[(1.0, 5.0), (2.0, 10.0), (f64::INFINITY, 10.0)]);
        assert_eq!(quantile(0.75, &mut fine), (1.5, None));
        assert_eq!(quantile(0.25, &mut fine), (0.5, None));
        assert_eq!(quantile(1.0, &mut fine), (2.0, None));
    }

    #[test]
    fn without_an_infinite_bucket_there_is_no_quantile() {
        assert!(quantile(0.5, &mut buckets(&[(1.0, 5.0), (2.0, 10.0)])).0.is_nan());
    }

    #[test]
    fn falling_counts_are_raised_and_told() {
        let mut falling = buckets(&[(1.0, 5.0), (2.0, 3.0), (f64::INFINITY, 10.0)]);
        let (_, repair) = quantile(0.5, &mut falling);
        assert_eq!(repair, Some(Repair { lowest: 2.0, highest: 2.0, largest: 2.0 }));
    }

    #[test]
    fn fractions_interpolate_too() {
        let mut fine = buckets(&[(1.0, 5.0), (2.0, 10.0), (f64::INFINITY, 10.0)]);
        assert_eq!(fraction(0.5, 1.5, &mut fine), 0.5);
        assert_eq!(fraction(2.0, 1.0, &mut fine), 0.0);
    }
}
