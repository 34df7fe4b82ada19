//! Exponential histograms as native ones, as Prometheus translates them.
//!
//! Its buckets are numbered by where they end, those of OTLP by where they begin. The width of the zero bucket is always the
//! same one, because OpenTelemetry's SDKs leave theirs unset; the smallest and the largest observation have no place.

use lab_histogram::{Buckets, Flaw, HIGHEST_SCHEMA, Histogram, Schema};
use opentelemetry_proto::tonic::metrics::v1::ExponentialHistogramDataPoint;

use crate::otlp::signals::metrics::exponential::side::Side;

/// The width of every zero bucket.
const ZERO_THRESHOLD: f64 = 1e-128;

/// The same observations in a native histogram; the error says why a point is none.
pub(crate) fn to_native(point: &ExponentialHistogramDataPoint) -> Result<Histogram, Flaw> {
    let schema = point.scale.min(HIGHEST_SCHEMA);
    let side = |buckets| {
        let mut side = Side::of(buckets);
        side.reduce(point.scale.saturating_sub(schema));
        let filled =
            side.0.into_iter().filter_map(|(index, count)| Some((i32::try_from(index + 1).ok()?, count as f64)));
        Buckets::from_pairs(filled)
    };
    let histogram = Histogram {
        zero_threshold: ZERO_THRESHOLD,
        zero_count: point.zero_count as f64,
        count: point.count as f64,
        sum: point.sum.unwrap_or_default(),
        positive: side(point.positive.as_ref()),
        negative: side(point.negative.as_ref()),
        ..Histogram::empty(Schema::Exponential(schema))
    };
    histogram.check_whole()?;
    Ok(histogram)
}

#[cfg(test)]
mod tests {
    use opentelemetry_proto::tonic::metrics::v1::exponential_histogram_data_point::Buckets as Sent;

    use super::*;

    fn point(scale: i32, offset: i32, bucket_counts: Vec<u64>) -> ExponentialHistogramDataPoint {
        let (count, positive) = (bucket_counts.iter().sum(), Some(Sent { offset, bucket_counts }));
        ExponentialHistogramDataPoint { scale, count, positive, sum: Some(4.5), ..Default::default() }
    }

    fn shown(point: &ExponentialHistogramDataPoint) -> String {
        to_native(point).map_or_else(|flaw| flaw.to_string(), |histogram| histogram.to_string())
    }

    #[test]
    fn bounds_and_counts_stay_what_they_are() {
        let mut both = point(0, -1, vec![1, 0, 3]);
        (both.negative, both.zero_count, both.count) = (Some(Sent { offset: 2, bucket_counts: vec![5] }), 2, 11);
        let expected = "{count:11, sum:4.5, [-8,-4):5, [-1e-128,1e-128]:2, (0.5,1]:1, (2,4]:3}";
        assert_eq!(shown(&both), expected);
        assert_eq!(shown(&point(20, 0, vec![1; 4096])), shown(&point(8, 0, vec![4096])), "2^12 buckets make one");
        assert_eq!(to_native(&point(20, 0, vec![1])).expect("fine").schema, Schema::Exponential(8));
    }

    #[test]
    fn what_contradicts_itself_is_no_histogram() {
        assert!(shown(&point(-5, 0, vec![1])).starts_with("schema -5 is unknown"));
        let missing = ExponentialHistogramDataPoint { count: 9, ..point(0, 0, vec![1]) };
        assert_eq!(shown(&missing), "the buckets hold 1 observations, but the count says 9");
    }
}
