//! Histograms come back from chunks as they went in.

use std::sync::Arc;

use lab_histogram::{Buckets, CounterReset, Histogram, Schema};
use proptest::prelude::*;

use crate::model::histogram_sample::HistogramSample;
use crate::store::rows::chunk::histogram::builder::HistogramBuilder;
use crate::store::rows::chunk::histogram::reader::HistogramReader;
use crate::store::rows::chunk::reader::ChunkReader;

fn counter(timestamp: i64, counts: &[(i32, f64)]) -> HistogramSample {
    let count = counts.iter().map(|(_, count)| count).sum();
    let histogram = Histogram {
        count,
        sum: count * 1.25,
        positive: Buckets::from_pairs(counts.iter().copied()),
        ..Histogram::empty(Schema::Exponential(3))
    };
    HistogramSample { timestamp, histogram: Arc::new(histogram) }
}

fn read(chunks: &[HistogramBuilder]) -> Vec<HistogramSample> {
    let mut samples = Vec::new();
    for chunk in chunks {
        HistogramReader::new(chunk.bytes()).read_into(i64::MIN, i64::MAX, &mut samples);
    }
    samples
}

#[test]
fn a_chunk_grows_by_buckets_and_ends_at_a_reset() {
    let samples = [
        counter(1000, &[(1, 2.0), (2, 1.0)]),
        counter(2000, &[(1, 2.0), (2, 2.0), (9, 1.0)]),
        counter(3000, &[(-4, 1.0), (1, 3.0), (2, 2.0), (9, 1.0)]),
        counter(4000, &[(1, 1.0)]),
        HistogramSample { timestamp: 5000, histogram: Arc::new(Histogram::stale()) },
        counter(6000, &[(1, 1.5)]),
    ];
    let chunks = HistogramBuilder::from_samples(&samples);
    assert_eq!(chunks.iter().map(HistogramBuilder::count).collect::<Vec<_>>(), [3, 2, 1]);
    let found = read(&chunks);
    assert_eq!(found, samples);
    use CounterReset::{NotReset, Unknown};
    let resets: Vec<_> = found.iter().map(|sample| sample.histogram.reset).collect();
    assert_eq!(resets, [Unknown, NotReset, NotReset, Unknown, Unknown, Unknown]);
}

#[test]
fn a_steady_histogram_costs_about_two_bits_a_bucket() {
    let buckets: Vec<(i32, f64)> = (0..60).map(|index| (index, 100.0)).collect();
    let grown = |step: i32| {
        let counts: Vec<_> =
            buckets.iter().map(|(index, count)| (*index, count + f64::from(step * (index % 3)))).collect();
        counter(i64::from(step) * 15_000, &counts)
    };
    let samples: Vec<_> = (0..100).map(grown).collect();
    let bytes: usize = HistogramBuilder::from_samples(&samples).iter().map(|chunk| chunk.bytes().len()).sum();
    assert!(bytes < 100 * 60 / 4, "{bytes} bytes for 100 histograms of 60 buckets");
}

#[test]
fn a_chunk_of_histograms_holds_no_numbers_and_damage_ends_it() {
    let chunks = HistogramBuilder::from_samples(&[counter(1000, &[(1, 2.0)]), counter(2000, &[(1, 3.0)])]);
    let bytes = chunks[0].bytes();
    let mut floats = Vec::new();
    ChunkReader::new(bytes).read_into(i64::MIN, i64::MAX, &mut floats);
    assert!(floats.is_empty() && ChunkReader::new(bytes).count() == 2);
    for at in 0..bytes.len() {
        for bit in 0..8 {
            let mut damaged = bytes.to_vec();
            damaged[at] ^= 1 << bit;
            HistogramReader::new(&damaged).read_into(i64::MIN, i64::MAX, &mut Vec::new());
            HistogramReader::new(&damaged[..at]).read_into(i64::MIN, i64::MAX, &mut Vec::new());
        }
    }
}

fn histogram() -> impl Strategy<Value = Histogram> {
    let side =
        || proptest::collection::btree_map(-6..6_i32, prop_oneof![0.0..9.0_f64, (1..9_i32).prop_map(f64::from)], 0..5);
    let schema = prop_oneof![(-4..9_i32).prop_map(Schema::Exponential), Just(Schema::Custom([0.5, 1.0, 8.0].into())),];
    (schema, side(), side(), 0..3_i32, any::<f64>(), any::<bool>()).prop_map(
        |(schema, positive, negative, zero, sum, is_gauge)| {
            let is_custom = matches!(schema, Schema::Custom(_));
            let full = |(_, count): &(i32, f64)| *count != 0.0;
            Histogram {
                count: positive.values().sum::<f64>() + f64::from(zero),
                sum: if lab_model::value::is_stale(sum) { 0.0 } else { sum },
                zero_threshold: if is_custom { 0.0 } else { 0.001 },
                zero_count: if is_custom { 0.0 } else { f64::from(zero) },
                positive: Buckets::from_pairs(positive.into_iter().filter(full)),
                negative: Buckets::from_pairs(negative.into_iter().filter(|pair| full(pair) && !is_custom)),
                reset: if is_gauge { CounterReset::Gauge } else { CounterReset::Unknown },
                ..Histogram::empty(schema)
            }
        },
    )
}

proptest! {
    #[test]
    fn histograms_come_back_as_they_went_in(histograms in proptest::collection::vec((1..100_000_i64, histogram()), 1..20)) {
        let mut timestamp = 0;
        let samples: Vec<_> = histograms
            .into_iter()
            .map(|(distance, histogram)| {
                timestamp += distance;
                HistogramSample { timestamp, histogram: Arc::new(histogram) }
            })
            .collect();
        prop_assert_eq!(read(&HistogramBuilder::from_samples(&samples)), samples);
    }
}
