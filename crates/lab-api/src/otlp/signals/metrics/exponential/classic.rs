//! Exponential histograms as classic ones.
//!
//! Bucket i of scale s spans (2^(i/2^s), 2^((i+1)/2^s)]. Finer scales than [`FINEST_SCALE`] are merged down
//! to it, so that bounds stay the same while a sender refines its scale.

use opentelemetry_proto::tonic::metrics::v1::{ExponentialHistogramDataPoint, HistogramDataPoint};

use crate::otlp::signals::metrics::exponential::side::Side;

/// Four buckets for each doubling.
const FINEST_SCALE: i32 = 2;
/// Buckets that a point may become; wider ranges are merged further.
const MAX_BUCKETS: usize = 160;

/// The same observations in explicit buckets.
pub(crate) fn to_classic(point: &ExponentialHistogramDataPoint) -> HistogramDataPoint {
    let mut scale = point.scale.min(FINEST_SCALE);
    let (mut positive, mut negative) = loop {
        let merged = [&point.positive, &point.negative].map(|buckets| {
            let mut side = Side::of(buckets.as_ref());
            side.reduce(point.scale.saturating_sub(scale));
            side.0
        });
        if merged.iter().map(std::collections::BTreeMap::len).sum::<usize>() <= MAX_BUCKETS || scale <= -10 {
            let [positive, negative] = merged;
            break (positive, negative);
        }
        scale -= 1;
    };
    let bound = |index: i64| (index as f64 / f64::from(scale).exp2()).exp2();
    // Bounds above each bucket, ascending. A negative bucket ends towards zero at its smaller magnitude.
    let mut buckets: Vec<(f64, u64)> = Vec::new();
    while let Some((index, count)) = negative.pop_last() {
        buckets.push((-bound(index), count));
    }
    if point.zero_count > 0 {
        buckets.push((point.zero_threshold.max(0.0), point.zero_count));
    }
    while let Some((index, count)) = positive.pop_first() {
        buckets.push((bound(index + 1), count));
    }
    buckets.retain(|(bound, _)| bound.is_finite());
    HistogramDataPoint {
        attributes: point.attributes.clone(),
        start_time_unix_nano: point.start_time_unix_nano,
        time_unix_nano: point.time_unix_nano,
        count: point.count,
        sum: point.sum,
        bucket_counts: buckets.iter().map(|(_, count)| *count).collect(),
        explicit_bounds: buckets.iter().map(|(bound, _)| *bound).collect(),
        exemplars: point.exemplars.clone(),
        flags: point.flags,
        min: point.min,
        max: point.max,
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry_proto::tonic::metrics::v1::exponential_histogram_data_point::Buckets;

    use super::*;

    fn point(scale: i32, offset: i32, counts: Vec<u64>) -> ExponentialHistogramDataPoint {
        let count = counts.iter().sum();
        let positive = Some(Buckets { offset, bucket_counts: counts });
        ExponentialHistogramDataPoint { scale, positive, count, ..ExponentialHistogramDataPoint::default() }
    }

    #[test]
    fn bounds_are_powers_of_the_base() {
        let classic = to_classic(&point(0, -1, vec![1, 2, 0, 4]));
        assert_eq!(classic.explicit_bounds, [1.0, 2.0, 8.0]);
        assert_eq!(classic.bucket_counts, [1, 2, 4]);
    }

    #[test]
    fn fine_scales_are_merged_and_lose_nothing() {
        let classic = to_classic(&point(4, 0, vec![1; 32]));
        assert_eq!(classic.bucket_counts, [4; 8]);
        assert_eq!(classic.explicit_bounds.last(), Some(&4.0));
    }

    #[test]
    fn zero_and_negative_values_come_first() {
        let mut both = point(0, 0, vec![3]);
        (both.negative, both.zero_count) = (Some(Buckets { offset: 0, bucket_counts: vec![1, 2] }), 5);
        let classic = to_classic(&both);
        assert_eq!(classic.explicit_bounds, [-2.0, -1.0, 0.0, 2.0]);
        assert_eq!(classic.bucket_counts, [2, 1, 5, 3]);
    }
}
