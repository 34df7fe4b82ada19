//! Round trips of the chunk codec.

use lab_model::Sample;
use lab_model::value::{STALE_NAN, stale_nan};
use proptest::prelude::*;

use crate::store::rows::chunk::builder::ChunkBuilder;
use crate::store::rows::chunk::format::Coding;
use crate::store::rows::chunk::reader::ChunkReader;

fn read(bytes: &[u8]) -> Vec<(i64, u64)> {
    let mut samples = Vec::new();
    ChunkReader::new(bytes).read_into(i64::MIN, i64::MAX, &mut samples);
    samples.iter().map(|sample| (sample.timestamp, sample.value.to_bits())).collect()
}

fn check(samples: &[Sample]) {
    let builder = ChunkBuilder::from_samples(samples).expect("not empty");
    let expected: Vec<_> = samples.iter().map(|sample| (sample.timestamp, sample.value.to_bits())).collect();
    assert_eq!(read(builder.bytes()), expected);
}

fn series(values: impl IntoIterator<Item = f64>) -> Vec<Sample> {
    let at = |at: usize| 1_700_000_000_000 + at as i64 * 15_000;
    values.into_iter().enumerate().map(|(n, value)| Sample { timestamp: at(n), value }).collect()
}

#[test]
fn every_bit_survives() {
    check(&series([1.0, 2.0, 4.0, stale_nan(), 4.0, f64::NAN, 1e300, -0.0, 0.0, f64::NEG_INFINITY, 5.0]));
    check(&series([0.1, 0.2, stale_nan(), 0.300_000_000_000_000_04, f64::from_bits(0x7ff8_dead_beef_0001)]));
    check(&series([9_007_199_254_740_992.0, -9_007_199_254_740_992.0, 9_007_199_254_740_994.0, 1.0]));
    assert_eq!(read(ChunkBuilder::from_samples(&series([stale_nan()])).expect("one").bytes())[0].1, STALE_NAN);
}

#[test]
fn extreme_timestamps_survive() {
    let times = [i64::MIN, i64::MIN + 1, -1, 0, 1, 1 << 33, i64::MAX - 1, i64::MAX];
    check(&times.map(|timestamp| Sample { timestamp, value: 1.0 }));
}

#[test]
fn a_steady_counter_costs_less_than_two_bytes_a_sample() {
    // About 20 increments a scrape, as of a counter of a busy service.
    let mut total = 0.0;
    let values = (0..360_u64).map(|n| {
        total += (15 + n.wrapping_mul(2_654_435_761) % 11) as f64;
        total
    });
    let builder = ChunkBuilder::from_samples(&series(values)).expect("not empty");
    let bytes = builder.bytes().len();
    assert!(bytes < 2 * 360, "{bytes} bytes");
    let idle = ChunkBuilder::from_samples(&series([7.0; 360])).expect("not empty").bytes().len();
    assert!(idle < 110, "{idle} bytes");
}

#[test]
fn seconds_with_two_decimal_places_cost_less_than_two_bytes_a_sample() {
    let mut hundredths = 12_345_u32;
    let values = (0..360_u32).map(|n| {
        hundredths += 40 + n.wrapping_mul(2_654_435_761) % 23;
        f64::from(hundredths) / 100.0
    });
    let values: Vec<f64> = values.collect();
    check(&series(values.clone()));
    let bytes = ChunkBuilder::from_samples(&series(values.clone())).expect("not empty").bytes().len();
    assert!(bytes < 2 * 360, "{bytes} bytes");
    // The same where the first values say nothing about the places, and after a chunk of other values.
    let begun: Vec<f64> = [1.0, 1.5, 2.0, 2.0].into_iter().chain(values.iter().copied()).collect();
    check(&series(begun.clone()));
    let bytes = ChunkBuilder::from_samples(&series(begun)).expect("not empty").bytes().len();
    assert!(bytes < 2 * 364, "{bytes} bytes");
    let mut before = ChunkBuilder::new(series([0.1 + 0.2])[0], Coding::Xor);
    before.push(Sample { timestamp: i64::MAX, value: 7.25 });
    assert_eq!(before.hint(), Coding::Decimal(2));
}

#[test]
fn values_without_places_are_written_by_their_bits() {
    let values: Vec<f64> = (1..200).map(|n| (f64::from(n)).sqrt()).collect();
    check(&series(values.clone()));
    let bytes = ChunkBuilder::from_samples(&series(values)).expect("not empty").bytes().len();
    assert!(bytes < 199 * 8, "{bytes} bytes");
}

#[test]
fn a_gauge_that_began_as_whole_number_changes_its_coding() {
    let values: Vec<f64> = (0..100).map(|n| if n < 3 { 2.0 } else { f64::from(n) / 8.0 }).collect();
    check(&series(values.clone()));
    let mixed = ChunkBuilder::from_samples(&series(values)).expect("not empty").bytes().len();
    assert!(mixed < 500, "{mixed} bytes");
}

#[test]
fn a_range_is_cut_out() {
    let builder = ChunkBuilder::from_samples(&series([1.0, 2.0, 3.0, 4.0])).expect("not empty");
    let mut samples = Vec::new();
    ChunkReader::new(builder.bytes()).read_into(1_700_000_015_000, 1_700_000_030_000, &mut samples);
    assert_eq!(samples.iter().map(|sample| sample.value).collect::<Vec<_>>(), [2.0, 3.0]);
}

fn any_value() -> impl Strategy<Value = f64> {
    prop_oneof![
        any::<u64>().prop_map(f64::from_bits),
        (-1_000_i64..1_000_000).prop_map(|whole| whole as f64),
        (0_i64..1 << 54).prop_map(|whole| whole as f64),
        (0.0..1.0),
        (-1_000_000_i32..1_000_000, 0..10).prop_map(|(units, places)| f64::from(units) / 10_f64.powi(places)),
        Just(stale_nan()),
    ]
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(
        start in any::<i32>(),
        steps in prop::collection::vec((1_i64..100_000, any_value()), 1..400),
    ) {
        let mut timestamp = i64::from(start);
        let samples: Vec<Sample> = steps.into_iter().map(|(step, value)| {
            timestamp += step;
            Sample { timestamp, value }
        }).collect();
        check(&samples);
    }

    #[test]
    fn a_chunk_that_was_read_goes_on_as_if_it_had_stayed(
        values in prop::collection::vec(any_value(), 2..400),
        cut in any::<prop::sample::Index>(),
    ) {
        let samples = series(values);
        let (before, after) = samples.split_at(1 + cut.index(samples.len() - 1));
        let mut stayed = ChunkBuilder::from_samples(before).expect("not empty");
        // What a row may have behind the last bit does not matter.
        let mut bytes = stayed.bytes().to_vec();
        bytes.push(0xff);
        let mut resumed = ChunkBuilder::resume(&bytes).expect("all samples are there");
        prop_assert_eq!(resumed.bytes(), stayed.bytes());
        for sample in after {
            stayed.push(*sample);
            resumed.push(*sample);
        }
        prop_assert_eq!(resumed.bytes(), stayed.bytes());
        prop_assert_eq!((resumed.count(), resumed.hint()), (stayed.count(), stayed.hint()));
    }

    #[test]
    fn damaged_bytes_do_not_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(u16::try_from(read(&bytes).len()).is_ok());
        if let Some(mut resumed) = ChunkBuilder::resume(&bytes) {
            prop_assert_eq!(read(&bytes), read(resumed.bytes()));
            resumed.push(Sample { timestamp: i64::MAX, value: 1.0 });
        }
    }
}
