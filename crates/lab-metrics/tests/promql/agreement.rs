//! Whether the histogram that comes is the one that a script expects.

use lab_histogram::{Buckets, CounterReset, Histogram};

use crate::histogram::Written;

/// Whether two histograms agree as far as floats can.
pub(crate) fn compare(got: &Histogram, expected: &Written) -> Result<(), String> {
    let (mut got, mut wanted) = (got.clone(), (*expected.histogram).clone());
    got.compact();
    wanted.compact();
    let near = |a: f64, b: f64| a == b || (a.is_nan() && b.is_nan()) || (a - b).abs() <= 1e-6 * a.abs().max(b.abs());
    let sides = |one: &Buckets, other: &Buckets| {
        one.len() == other.len() && one.iter().zip(other.iter()).all(|(a, b)| a.0 == b.0 && near(a.1, b.1))
    };
    let fits = got.schema == wanted.schema
        && near(got.count, wanted.count)
        && near(got.sum, wanted.sum)
        && got.zero_threshold == wanted.zero_threshold
        && near(got.zero_count, wanted.zero_count)
        && sides(&got.positive, &wanted.positive)
        && sides(&got.negative, &wanted.negative)
        && (!expected.says_reset || got.reset == wanted.reset);
    if fits {
        return Ok(());
    }
    Err(format!("got {got} {:?}\n      expected {wanted} {:?}", shown(&got), shown(&wanted)))
}

fn shown(histogram: &Histogram) -> (i32, f64, CounterReset) {
    (histogram.schema.number(), histogram.zero_threshold, histogram.reset)
}
