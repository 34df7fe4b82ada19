//! Deltas in, sums out.

use lab_metrics::ingest::otlp::OtlpConfig;
use opentelemetry_proto::tonic::metrics::v1::exponential_histogram_data_point::Buckets;
use opentelemetry_proto::tonic::metrics::v1::{
    ExponentialHistogram, ExponentialHistogramDataPoint, Histogram, HistogramDataPoint, NumberDataPoint, Sum,
    number_data_point,
};
use proptest::prelude::*;

use super::*;
use crate::otlp::signals::metrics::labels::BaseLabels;

/// An hour after the epoch, in seconds.
const HOUR: u64 = 3600;

fn number(start: u64, time: u64, value: i64) -> NumberDataPoint {
    NumberDataPoint {
        start_time_unix_nano: start * 1_000_000_000,
        time_unix_nano: time * 1_000_000_000,
        value: Some(number_data_point::Value::AsInt(value)),
        ..NumberDataPoint::default()
    }
}

fn sums(points: Vec<NumberDataPoint>) -> Data {
    Data::Sum(Sum {
        data_points: points,
        aggregation_temporality: AggregationTemporality::Delta as i32,
        is_monotonic: true,
    })
}

/// Sends points in one request at a second and answers the sums, and why points were left out.
fn send(state: &Sums, name: &str, points: Vec<NumberDataPoint>, at: u64) -> (Vec<i64>, Vec<Refused>) {
    let (config, labels) = (OtlpConfig::default(), BaseLabels::default());
    let now_ms = (at * 1000) as i64;
    let family = Family { config: &config, name, labels: &labels, now_ms };
    let mut data = sums(points);
    let mut change = state.change(now_ms, Exponential::Native);
    let refused = change.accumulate(&family, &mut data).refused;
    change.commit(&HashSet::new());
    let Data::Sum(sum) = data else { unreachable!("it was a sum") };
    assert_eq!(sum.aggregation_temporality, AggregationTemporality::Cumulative as i32);
    let value = |point: &NumberDataPoint| match point.value {
        Some(number_data_point::Value::AsInt(value)) => value,
        other => panic!("{other:?}"),
    };
    (sum.data_points.iter().map(value).collect(), refused)
}

#[test]
fn deltas_are_added_up_across_gaps_and_requests() {
    let state = Sums::default();
    assert_eq!(
        send(&state, "m", vec![number(HOUR, HOUR + 10, 5), number(HOUR + 10, HOUR + 20, 3)], HOUR),
        (vec![5, 8], vec![])
    );
    assert_eq!(send(&state, "m", vec![number(HOUR + 60, HOUR + 70, 2)], HOUR), (vec![10], vec![]));
    assert_eq!(send(&state, "other", vec![number(HOUR, HOUR + 10, 1)], HOUR), (vec![1], vec![]));
}

#[test]
fn a_point_is_counted_once_and_in_its_order() {
    let state = Sums::default();
    send(&state, "m", vec![number(HOUR, HOUR + 10, 5), number(HOUR + 10, HOUR + 20, 3)], HOUR);
    assert_eq!(send(&state, "m", vec![number(HOUR + 10, HOUR + 20, 3)], HOUR), (vec![8], vec![]), "sent again");
    assert_eq!(send(&state, "m", vec![number(HOUR + 10, HOUR + 20, 4)], HOUR), (vec![], vec![Refused::Conflict]));
    assert_eq!(send(&state, "m", vec![number(HOUR, HOUR + 15, 4)], HOUR), (vec![], vec![Refused::Late]));
    assert_eq!(send(&state, "m", vec![number(HOUR - 1, HOUR + 30, 4)], HOUR), (vec![], vec![Refused::OlderStart]));
    assert_eq!(
        send(&state, "m", vec![number(0, HOUR + 30, 4)], HOUR),
        (vec![12], vec![]),
        "no start is no earlier start"
    );
}

#[test]
fn a_request_that_is_not_committed_leaves_no_trace() {
    let state = Sums::default();
    let (config, labels) = (OtlpConfig::default(), BaseLabels::default());
    let now_ms = (HOUR * 1000) as i64;
    let family = Family { config: &config, name: "m", labels: &labels, now_ms };
    let mut points = sums(vec![number(HOUR, HOUR + 10, 3)]);
    assert_eq!(state.change(now_ms, Exponential::Native).accumulate(&family, &mut points).refused, []);
    assert_eq!(send(&state, "m", vec![number(HOUR, HOUR + 10, 5)], HOUR), (vec![5], vec![]));
}

#[test]
fn silent_series_begin_anew_and_make_room() {
    let one = Sums::default();
    send(&one, "m", vec![number(HOUR, HOUR + 10, 5)], HOUR);
    let size = one.kept.lock().bytes;
    let state = Sums { most_bytes: size * 2, ..Sums::default() };
    for (name, at) in [("a", HOUR), ("b", HOUR + 100)] {
        assert_eq!(send(&state, name, vec![number(HOUR, at, 5)], at), (vec![5], vec![]));
    }
    assert_eq!(send(&state, "c", vec![number(HOUR, HOUR, 5)], HOUR + 150), (vec![], vec![Refused::Full]));
    assert_eq!(
        send(&state, "a", vec![number(HOUR, HOUR + 160, 1)], HOUR + 160),
        (vec![6], vec![]),
        "a known one is added to"
    );
    let later = HOUR + 500;
    assert_eq!(send(&state, "c", vec![number(HOUR, later, 5)], later), (vec![5], vec![]), "the silent ones made room");
    assert_eq!(send(&state, "a", vec![number(HOUR, later, 7)], later), (vec![7], vec![]));
    assert!(state.kept.lock().bytes <= size * 2);
}

#[test]
fn histograms_are_added_bucket_by_bucket_unless_their_bounds_change() {
    let state = Sums::default();
    let (config, labels) = (OtlpConfig::default(), BaseLabels::default());
    let family = Family { config: &config, name: "h", labels: &labels, now_ms: 0 };
    let point = |time: u64, buckets: [u64; 3], sum: Option<f64>, bounds: [f64; 2]| HistogramDataPoint {
        time_unix_nano: time,
        count: buckets.iter().sum(),
        sum,
        bucket_counts: buckets.to_vec(),
        explicit_bounds: bounds.to_vec(),
        ..HistogramDataPoint::default()
    };
    let points = vec![
        point(1, [1, 2, 3], Some(9.0), [1.0, 2.0]),
        point(2, [1, 0, 1], Some(4.0), [1.0, 2.0]),
        point(3, [1, 0, 0], None, [1.0, 2.0]),
        point(4, [0, 0, 1], Some(7.0), [1.0, 5.0]),
    ];
    let temporality = AggregationTemporality::Delta as i32;
    let mut data = Data::Histogram(Histogram { data_points: points, aggregation_temporality: temporality });
    let mut change = state.change(0, Exponential::Native);
    assert_eq!(change.accumulate(&family, &mut data).refused, []);
    let Data::Histogram(histogram) = data else { unreachable!("it was a histogram") };
    let seen: Vec<_> = histogram.data_points.iter().map(|p| (p.bucket_counts.clone(), p.count, p.sum)).collect();
    let expected = [
        (vec![1, 2, 3], 6, Some(9.0)),
        (vec![2, 2, 4], 8, Some(13.0)),
        (vec![3, 2, 4], 9, None),
        (vec![0, 0, 1], 1, Some(7.0)),
    ];
    assert_eq!(seen, expected);
}

#[test]
fn what_the_store_would_refuse_is_not_in_the_sum() {
    let state = Sums::default();
    let day = 24 * HOUR;
    assert_eq!(send(&state, "m", vec![number(HOUR, HOUR + day, 5)], HOUR), (vec![], vec![Refused::Ahead]));
    assert_eq!(send(&state, "m", vec![number(HOUR, HOUR + 10, 3)], HOUR), (vec![3], vec![]), "it is not late");

    let (config, labels) = (OtlpConfig::default(), BaseLabels::default());
    let family = Family { config: &config, name: "e", labels: &labels, now_ms: 0 };
    let point = |time: u64, scale: i32, count: u64| ExponentialHistogramDataPoint {
        time_unix_nano: time,
        scale,
        count,
        positive: Some(Buckets { offset: 0, bucket_counts: vec![1] }),
        ..ExponentialHistogramDataPoint::default()
    };
    let data_points = vec![point(1, 0, 9), point(2, -5, 1), point(3, i32::MIN, 1), point(4, 0, 1), point(5, 0, 1)];
    let aggregation_temporality = AggregationTemporality::Delta as i32;
    let mut data = Data::ExponentialHistogram(ExponentialHistogram { data_points, aggregation_temporality });
    let refused = state.change(0, Exponential::Native).accumulate(&family, &mut data).refused;
    assert_eq!(refused.iter().map(Refused::reason).collect::<Vec<_>>(), ["invalid_histogram"; 3]);
    let Data::ExponentialHistogram(histogram) = data else { unreachable!("it was one") };
    let counts: Vec<_> = histogram.data_points.iter().map(|point| (point.scale, point.count)).collect();
    assert_eq!(counts, [(0, 1), (0, 2)], "the good ones are added up alone");
}

#[test]
fn a_step_that_the_store_refused_is_taken_back_and_the_others_stay() {
    let state = Sums::default();
    let (config, labels) = (OtlpConfig::default(), BaseLabels::default());
    let now_ms = (HOUR * 1000) as i64;
    let family = |name| Family { config: &config, name, labels: &labels, now_ms };
    let mut change = state.change(now_ms, Exponential::Native);
    let mut good = sums(vec![number(HOUR, HOUR + 10, 5), number(HOUR, HOUR + 20, 1)]);
    let first = change.accumulate(&family("a"), &mut good).steps;
    let second = change.accumulate(&family("b"), &mut sums(vec![number(HOUR, HOUR + 10, 7)])).steps;
    change.commit(&[first[1], second[0]].into_iter().flatten().collect());
    assert_eq!(state.kept.lock().by_series.len(), 1, "nothing is kept of a series that the store has not");
    assert_eq!(send(&state, "a", vec![number(HOUR, HOUR + 20, 2)], HOUR), (vec![7], vec![]));
    assert_eq!(send(&state, "b", vec![number(HOUR, HOUR + 10, 4)], HOUR), (vec![4], vec![]));
    let kept = state.kept.lock();
    assert_eq!(kept.bytes, kept.by_series.iter().map(|(labels, sum)| sum.size(labels)).sum::<usize>());
}

#[test]
fn of_a_wide_sum_with_many_small_points_only_the_points_are_kept_and_they_are_bounded() {
    let (config, labels) = (OtlpConfig::default(), BaseLabels::default());
    let family = Family { config: &config, name: "e", labels: &labels, now_ms: 0 };
    let point = |time: u64, offset: i32, counts: usize| ExponentialHistogramDataPoint {
        time_unix_nano: time,
        count: counts as u64,
        positive: Some(Buckets { offset, bucket_counts: vec![1; counts] }),
        ..ExponentialHistogramDataPoint::default()
    };
    let data = || {
        let data_points = (1..=100).map(|at| if at == 1 { point(at, 0, 160) } else { point(at, 7, 1) }).collect();
        let aggregation_temporality = AggregationTemporality::Delta as i32;
        Data::ExponentialHistogram(ExponentialHistogram { data_points, aggregation_temporality })
    };
    let state = Sums::default();
    let mut change = state.change(0, Exponential::Native);
    assert_eq!(change.accumulate(&family, &mut data()).refused, []);
    let kept: usize = change.steps.iter().map(|step| step.part.addend.size()).sum();
    let one_sum = change.series[0].1.total.size();
    assert!((change.series.len(), change.steps.len()) == (1, 100) && kept < 2 * one_sum, "{kept}, {one_sum}");
    assert!(change.step_bytes >= 100 * 160 * 8, "the sums that go to the store count, too: {}", change.step_bytes);
    let most = change.step_bytes * 6 / 10;
    drop(change);

    let state = Sums { most_bytes_a_request: most, ..Sums::default() };
    let mut change = state.change(0, Exponential::Native);
    let refused = change.accumulate(&family, &mut data()).refused;
    assert!((38..=42).contains(&refused.len()) && refused.iter().all(|why| *why == Refused::LargeRequest));
    let added = 100 - refused.len() as u64;
    change.commit(&HashSet::new());
    let total = |state: &Sums| match &state.kept.lock().by_series.values().next().expect("a sum").total {
        Addend::Exponential(total) => total.count,
        other => panic!("{other:?}"),
    };
    assert_eq!(total(&state), 160 + added - 1);
    let mut change = state.change(0, Exponential::Native);
    let refused = change.accumulate(&family, &mut data()).refused;
    assert!(refused.iter().all(|why| matches!(why, Refused::Late)), "the next request has room again");
    change.commit(&HashSet::new());
    assert_eq!(total(&state), 160 + 99);
}

proptest! {
    #[test]
    fn what_the_store_refused_at_the_end_of_a_series_is_not_in_its_sum(
        points in prop::collection::vec((0..3_usize, 1..1000_i64, any::<bool>()), 1..40),
    ) {
        let state = Sums::default();
        send(&state, "m0", vec![number(HOUR, HOUR + 1, 100_000)], HOUR);
        let (config, labels) = (OtlpConfig::default(), BaseLabels::default());
        let now_ms = (HOUR * 1000) as i64;
        let mut change = state.change(now_ms, Exponential::Native);
        let (mut lost, mut sums, mut expected) = (HashSet::new(), [100_000, 0, 0], [100_000, 0, 0]);
        for (at, (series, value, is_lost)) in points.into_iter().enumerate() {
            let name = format!("m{series}");
            let family = Family { config: &config, name: &name, labels: &labels, now_ms };
            let step = change.accumulate(&family, &mut self::sums(vec![number(HOUR, HOUR + 2 + at as u64, value)])).steps[0];
            sums[series] += value;
            if is_lost {
                lost.extend(step);
            } else {
                expected[series] = sums[series];
            }
        }
        change.commit(&lost);
        for (series, expected) in expected.into_iter().enumerate() {
            let more = send(&state, &format!("m{series}"), vec![number(HOUR, HOUR + 50, 1)], HOUR).0;
            prop_assert_eq!(more, vec![expected + 1]);
        }
    }

    #[test]
    fn a_sum_is_the_sum_of_its_deltas_however_they_are_batched(
        deltas in prop::collection::vec((0..1000_i64, 1..30_u64, any::<bool>()), 1..40),
    ) {
        let state = Sums::default();
        let (mut time, mut batch, mut got, mut expected, mut total) = (HOUR, Vec::new(), Vec::new(), Vec::new(), 0);
        for (value, step, flush) in deltas {
            batch.push(number(time, time + step, value));
            (time, total) = (time + step, total + value);
            expected.push(total);
            if flush {
                got.extend(send(&state, "m", std::mem::take(&mut batch), HOUR + 1200).0);
            }
        }
        got.extend(send(&state, "m", batch, HOUR + 1200).0);
        prop_assert_eq!(got, expected);
    }
}
