//! Arguments of functions as Rust values.

use std::borrow::Cow;

use lab_syntax::literal::number::{self, float_or_name};
use lab_template::Value;

/// The text at this place.
pub(super) fn text<'v>(arguments: &'v [Value<'_>], at: usize) -> Cow<'v, str> {
    match arguments.get(at) {
        Some(Value::Text(text)) => text.lossy(),
        _ => Cow::Borrowed(""),
    }
}

/// The bytes of the text at this place.
pub(super) fn bytes<'v>(arguments: &'v [Value<'_>], at: usize) -> &'v [u8] {
    match arguments.get(at) {
        Some(Value::Text(text)) => text.bytes(),
        _ => &[],
    }
}

/// The number at this place, of a parameter that takes an `int`.
pub(super) fn int(arguments: &[Value<'_>], at: usize) -> i64 {
    match arguments.get(at) {
        Some(Value::Int(number)) => *number,
        _ => 0,
    }
}

/// Anything as an integer; what is no number is 0.
pub(super) fn integer(value: &Value<'_>) -> i64 {
    match value {
        Value::Int(number) | Value::Int64(number) => *number,
        Value::Byte(number) => i64::from(*number),
        Value::Constant(constant) => constant.number,
        Value::Bool(truth) => i64::from(*truth),
        Value::Float(number) => truncated(*number),
        Value::Text(text) => {
            let text = text.lossy();
            // A fraction is cut off.
            let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
            let is_number = fraction.bytes().all(|byte| byte.is_ascii_digit());
            number::integer(whole).filter(|_| is_number).unwrap_or(0)
        }
        _ => 0,
    }
}

/// Anything as a float; what is no number is 0.
pub(super) fn float(value: &Value<'_>) -> f64 {
    match value {
        Value::Float(number) => *number,
        Value::Text(text) => float_or_name(&text.lossy()).unwrap_or(0.0),
        other => integer(other) as f64,
    }
}

/// A float without its fraction; one that does not fit becomes the least integer, as in Go on the usual processors.
fn truncated(number: f64) -> i64 {
    const TWO_TO_63: f64 = (1u64 << 63) as f64;
    if (-TWO_TO_63..TWO_TO_63).contains(&number) { number as i64 } else { i64::MIN }
}
