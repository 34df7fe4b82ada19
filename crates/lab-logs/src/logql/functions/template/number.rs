//! Functions of numbers.

use lab_syntax::literal::duration;
use lab_template::{Budget, Value};
use serde_json::Value as Json;

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
    let nanos = duration::parse(text, duration::GO).ok_or_else(|| format!("time: invalid duration {text:?}"))?;
    // As Go counts: whole seconds and the rest apart.
    Ok(Value::Float((nanos / 1_000_000_000) as f64 + (nanos % 1_000_000_000) as f64 / 1e9))
}

/// The units of sizes, in lower case, and their bytes.
const SIZES: [(&str, f64); 26] = [
    ("", 1.0),
    ("b", 1.0),
    ("kib", 1024.0),
    ("ki", 1024.0),
    ("kb", 1e3),
    ("k", 1e3),
    ("mib", 1_048_576.0),
    ("mi", 1_048_576.0),
    ("mb", 1e6),
    ("m", 1e6),
    ("gib", 1_073_741_824.0),
    ("gi", 1_073_741_824.0),
    ("gb", 1e9),
    ("g", 1e9),
    ("tib", 1_099_511_627_776.0),
    ("ti", 1_099_511_627_776.0),
    ("tb", 1e12),
    ("t", 1e12),
    ("pib", 1_125_899_906_842_624.0),
    ("pi", 1_125_899_906_842_624.0),
    ("pb", 1e15),
    ("p", 1e15),
    ("eib", 1_152_921_504_606_846_976.0),
    ("ei", 1_152_921_504_606_846_976.0),
    ("eb", 1e18),
    ("e", 1e18),
];

/// A size in bytes.
pub(super) fn bytes<'a>(text: &str) -> Result<Value<'a>, String> {
    let unit = text.find(|c: char| !c.is_ascii_digit() && c != '.' && c != ',').unwrap_or(text.len());
    let (number, unit) = text.split_at(unit);
    let number = number.replace(',', "");
    let number: f64 = number.parse().map_err(|_| format!("strconv.ParseFloat: parsing {number:?}: invalid syntax"))?;
    let unit = unit.trim().to_lowercase();
    let Some((_, factor)) = SIZES.iter().find(|(name, _)| *name == unit) else {
        return Err(format!("unhandled size name: {unit}"));
    };
    let size = number * factor;
    if size >= 2f64.powi(64) {
        return Err(format!("too large: {text}"));
    }
    Ok(Value::Float(size.trunc()))
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
