//! Functions of numbers.

use lab_syntax::literal::duration;
use lab_template::{Budget, Value};
use serde_json::Value as Json;

use crate::logql::units;

use super::convert::{float, integer};
use super::decimal::{self, Operation};

/// The sum, the product … of integers, which wraps around where 64 bits do not hold it.
pub(super) fn fold<'a>(arguments: &[Value<'a>], of: fn(i64, i64) -> i64) -> Value<'a> {
    Value::Int64(arguments.iter().map(integer).reduce(of).unwrap_or(0))
}

/// The least or greatest of floats.
pub(super) fn fold_floats<'a>(arguments: &[Value<'a>], of: fn(f64, f64) -> f64) -> Value<'a> {
    Value::Float(arguments.iter().map(float).reduce(of).unwrap_or(0.0))
}

/// The smaller one; not a number if either is none.
pub(super) fn least(left: f64, right: f64) -> f64 {
    if left.is_nan() || right.is_nan() { f64::NAN } else { left.min(right) }
}

/// The larger one; not a number if either is none.
pub(super) fn greatest(left: f64, right: f64) -> f64 {
    if left.is_nan() || right.is_nan() { f64::NAN } else { left.max(right) }
}

/// A quotient or remainder of integers.
pub(super) fn divide<'a>(arguments: &[Value<'a>], of: fn(i64, i64) -> i64) -> Result<Value<'a>, String> {
    let [dividend, divisor] = arguments else { return Err("div needs exactly two numbers".to_owned()) };
    match integer(divisor) {
        0 => Err("runtime error: integer divide by zero".to_owned()),
        divisor => Ok(Value::Int64(of(integer(dividend), divisor))),
    }
}

/// Arithmetic on decimal numbers.
pub(super) fn decimal<'a>(arguments: &[Value<'a>], operation: Operation) -> Result<Value<'a>, String> {
    let numbers: Vec<f64> = arguments.iter().map(float).collect();
    // A sum begins at 0, so that there is one of no numbers.
    let (first, others) = match (operation, numbers.split_first()) {
        (Operation::Add, _) => (0.0, numbers.as_slice()),
        (_, Some((first, others))) => (*first, others),
        (_, None) => (0.0, &[][..]),
    };
    decimal::combine(first, others, operation).map(Value::Float)
}

/// A number with so many decimals; `from` says from which fraction on it is rounded up.
pub(super) fn round<'a>(arguments: &[Value<'a>]) -> Value<'a> {
    let value = arguments.first().map_or(0.0, float);
    let places = arguments.get(1).map_or(0.0, float);
    let from = arguments.get(2).map_or(0.5, float);
    let power = 10f64.powf(places);
    let digit = power * value;
    let rounded = if digit.fract() >= from { digit.ceil() } else { digit.floor() };
    Value::Float(rounded / power)
}

/// A duration in seconds.
pub(super) fn duration<'a>(text: &str) -> Result<Value<'a>, String> {
    let nanos =
        duration::parse(text, duration::GO).ok_or_else(|| units::go_duration(text).err().unwrap_or_default())?;
    // As Go counts: whole seconds and the rest apart.
    Ok(Value::Float((nanos / 1_000_000_000) as f64 + (nanos % 1_000_000_000) as f64 / 1e9))
}

/// A size in bytes.
pub(super) fn bytes<'a>(text: &str) -> Result<Value<'a>, String> {
    units::size(text).map(Value::Float)
}

/// About the bytes that a value of a text in JSON takes.
const JSON_VALUE: usize = 64;

/// What a text in JSON stands for; no value if it is none.
pub(super) fn from_json<'a>(text: &str, budget: &mut Budget) -> Result<Value<'a>, String> {
    let values = text.bytes().filter(|byte| matches!(byte, b',' | b'[' | b'{')).count();
    budget.reserve_value(text.len().saturating_add(values.saturating_mul(JSON_VALUE)))?;
    Ok(serde_json::from_str::<Json>(text).map_or(Value::Null, |json| of_json(&json)))
}

fn of_json<'a>(json: &Json) -> Value<'a> {
    match json {
        Json::Null => Value::Null,
        Json::Bool(truth) => Value::Bool(*truth),
        Json::Number(number) => Value::Float(number.as_f64().unwrap_or(f64::NAN)),
        Json::String(text) => Value::text(text.clone()),
        Json::Array(items) => Value::list(items.iter().map(of_json).collect()),
        Json::Object(entries) => Value::map(entries.iter().map(|(key, value)| (key.clone().into(), of_json(value)))),
    }
}
