//! Which differences of numbers are noise, with Tempo's bounds.

use opentelemetry_proto::tonic::common::v1::AnyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value;

/// A duration may differ by a fifth of the larger one, and by this many nanoseconds more.
const DURATION: (f64, f64) = (0.2, 1e6);
/// A size or a number of tokens may differ by a twentieth of the larger one.
const MAGNITUDE: (f64, f64) = (0.05, 0.0);

/// How the names of attributes end whose values are sizes or numbers of tokens.
const MAGNITUDES: [&str; 8] = [
    ".body.size",
    ".request.size",
    ".response.size",
    ".envelope.size",
    "compressed_size",
    "_content_length",
    "_content_length_uncompressed",
    "_tokens",
];

/// Whether two durations, in nanoseconds, are equal but for noise.
pub fn same_duration(a: Option<i64>, b: Option<i64>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => close(a as f64, b as f64, DURATION),
        (a, b) => a == b,
    }
}

/// Whether two values of an attribute are equal but for noise.
pub fn same_value(key: &str, a: Option<&AnyValue>, b: Option<&AnyValue>) -> bool {
    let number = |value: Option<&AnyValue>| match value?.value.as_ref()? {
        Value::IntValue(number) => Some(*number as f64),
        Value::DoubleValue(number) => Some(*number),
        _ => None,
    };
    let is_magnitude = key == "file.size" || MAGNITUDES.iter().any(|end| key.ends_with(end));
    match (number(a), number(b)) {
        (Some(a), Some(b)) if is_magnitude => close(a, b, MAGNITUDE),
        // Of two integers every digit counts, however large they are.
        (Some(x), Some(y)) => a == b || (x == y && !both_integers(a, b)) || (x.is_nan() && y.is_nan()),
        _ => a == b,
    }
}

fn both_integers(a: Option<&AnyValue>, b: Option<&AnyValue>) -> bool {
    let is_integer =
        |value: Option<&AnyValue>| value.is_some_and(|value| matches!(value.value, Some(Value::IntValue(_))));
    is_integer(a) && is_integer(b)
}

fn close(a: f64, b: f64, (part, more): (f64, f64)) -> bool {
    if a.is_nan() || b.is_nan() || a.is_infinite() || b.is_infinite() {
        return a.to_bits() == b.to_bits();
    }
    (a - b).abs() <= more + part * a.abs().max(b.abs())
}
