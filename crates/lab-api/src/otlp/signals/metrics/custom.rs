//! Histograms with explicit bounds as native ones with custom buckets (`otlp.convert_histograms_to_nhcb`).

use lab_histogram::{Buckets, Flaw, Histogram, Schema};
use opentelemetry_proto::tonic::metrics::v1::HistogramDataPoint;

/// The same observations in a native histogram; the error says why a point is none.
pub(crate) fn to_custom(point: &HistogramDataPoint) -> Result<Histogram, Flaw> {
    let filled = point.bucket_counts.iter().enumerate().filter(|(_, count)| **count > 0);
    let buckets = filled.filter_map(|(at, count)| Some((i32::try_from(at).ok()?, *count as f64)));
    let histogram = Histogram {
        count: point.count as f64,
        sum: point.sum.unwrap_or_default(),
        positive: Buckets::from_pairs(buckets),
        ..Histogram::empty(Schema::Custom(point.explicit_bounds.as_slice().into()))
    };
    histogram.check_whole()?;
    Ok(histogram)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(count: u64, bucket_counts: Vec<u64>, explicit_bounds: Vec<f64>) -> HistogramDataPoint {
        HistogramDataPoint { count, sum: Some(4.5), bucket_counts, explicit_bounds, ..HistogramDataPoint::default() }
    }

    #[test]
    fn bounds_and_counts_stay_what_they_are() {
        let histogram = to_custom(&point(6, vec![1, 0, 5], vec![0.1, 1.0])).expect("a histogram");
        assert_eq!(histogram.schema, Schema::Custom([0.1, 1.0].into()));
        assert_eq!(histogram.positive.iter().collect::<Vec<_>>(), [(0, 1.0), (2, 5.0)]);
        assert_eq!((histogram.count, histogram.sum), (6.0, 4.5));
    }

    #[test]
    fn what_contradicts_itself_is_no_histogram() {
        for wrong in [
            point(7, vec![1, 0, 5], vec![0.1, 1.0]),
            point(6, vec![1, 0, 5], vec![1.0, 0.1]),
            point(6, vec![1, 5], vec![f64::INFINITY]),
            point(6, vec![1, 0, 4, 1], vec![0.1, 1.0]),
        ] {
            assert!(to_custom(&wrong).is_err(), "{wrong:?}");
        }
    }
}
