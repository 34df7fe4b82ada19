//! Comparisons: `eq ne lt le gt ge`.

use std::cmp::Ordering;

use crate::format::print;
use crate::format::writer::Writer;
use crate::value::datum::Value;

/// The longest value that is shown in a message, in bytes.
const LONGEST_SHOWN: usize = 1024;

/// What kinds of values can be compared with each other.
enum Basic<'v> {
    Bool(bool),
    Integer(i64),
    Unsigned(u64),
    Float(f64),
    Complex(f64, f64),
    Text(&'v [u8]),
}

fn basic<'v>(value: &'v Value<'_>) -> Option<Basic<'v>> {
    Some(match value {
        Value::Bool(truth) => Basic::Bool(*truth),
        Value::Int(number) | Value::Int64(number) | Value::Duration(number) => Basic::Integer(*number),
        Value::Constant(constant) => Basic::Integer(constant.number),
        Value::Byte(number) => Basic::Unsigned(u64::from(*number)),
        Value::Float(number) => Basic::Float(*number),
        Value::Complex(real, imaginary) => Basic::Complex(*real, *imaginary),
        Value::Text(text) => Basic::Text(text.bytes()),
        _ => return None,
    })
}

/// True if the first value equals one of the others.
pub(crate) fn equals_any(first: &Value<'_>, others: &[Value<'_>]) -> Result<bool, String> {
    if others.is_empty() {
        return Err("missing argument for comparison".to_owned());
    }
    for other in others {
        if equals(first, other)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// True if both values are equal. Integers of different types can be, other values of different types cannot be
/// compared.
pub(crate) fn equals(left: &Value<'_>, right: &Value<'_>) -> Result<bool, String> {
    match (basic(left), basic(right)) {
        (Some(Basic::Bool(left)), Some(Basic::Bool(right))) => Ok(left == right),
        (Some(Basic::Float(left)), Some(Basic::Float(right))) => Ok(left == right),
        (Some(Basic::Complex(r1, i1)), Some(Basic::Complex(r2, i2))) => Ok(r1 == r2 && i1 == i2),
        (Some(Basic::Text(left)), Some(Basic::Text(right))) => Ok(left == right),
        (Some(l), Some(r)) if integer(&l).is_some() && integer(&r).is_some() => Ok(integer(&l) == integer(&r)),
        (None, None) => equal_composites(left, right),
        _ if is_nothing(left) || is_nothing(right) => Ok(false),
        _ => Err(incompatible(left, right)),
    }
}

fn equal_composites(left: &Value<'_>, right: &Value<'_>) -> Result<bool, String> {
    if is_nothing(left) || is_nothing(right) {
        return Ok(is_nothing(left) == is_nothing(right));
    }
    match (left, right) {
        (Value::Time(left), Value::Time(right)) => Ok(left == right),
        (Value::Struct(left), Value::Struct(right)) if left.is_pointer && right.is_pointer => {
            Ok(std::rc::Rc::ptr_eq(left, right))
        }
        _ if std::mem::discriminant(left) != std::mem::discriminant(right) => {
            let (l, r) = (shown(left), shown(right));
            Err(format!("non-comparable types {l}: {}, {}: {r}", left.type_name(), right.type_name()))
        }
        _ => Err(format!("non-comparable type {}: {}", shown(right), right.type_name())),
    }
}

/// A value for a message; nothing if it is too long.
fn shown(value: &Value<'_>) -> String {
    let mut out = Writer::new(LONGEST_SHOWN);
    print::argument(&mut out, value, 's');
    String::from_utf8_lossy(&out.finish().unwrap_or_default()).into_owned()
}

fn is_nothing(value: &Value<'_>) -> bool {
    matches!(value, Value::Nothing | Value::Null)
}

fn integer(value: &Basic<'_>) -> Option<i128> {
    match value {
        Basic::Integer(number) => Some(i128::from(*number)),
        Basic::Unsigned(number) => Some(i128::from(*number)),
        _ => None,
    }
}

/// True if the first value is less than the second.
pub(crate) fn less(left: &Value<'_>, right: &Value<'_>) -> Result<bool, String> {
    order(left, right).map(|order| order == Some(Ordering::Less))
}

/// True if the first value is less than the second or equals it.
pub(crate) fn less_or_equal(left: &Value<'_>, right: &Value<'_>) -> Result<bool, String> {
    order(left, right).map(|order| matches!(order, Some(Ordering::Less | Ordering::Equal)))
}

fn order(left: &Value<'_>, right: &Value<'_>) -> Result<Option<Ordering>, String> {
    let (Some(l), Some(r)) = (basic(left), basic(right)) else {
        return Err("invalid type for comparison".to_owned());
    };
    match (&l, &r) {
        (Basic::Float(left), Basic::Float(right)) => Ok(left.partial_cmp(right)),
        (Basic::Text(left), Basic::Text(right)) => Ok(Some(left.cmp(right))),
        (Basic::Bool(_), Basic::Bool(_)) | (Basic::Complex(..), Basic::Complex(..)) => {
            Err("invalid type for comparison".to_owned())
        }
        _ => match (integer(&l), integer(&r)) {
            (Some(left), Some(right)) => Ok(Some(left.cmp(&right))),
            _ => Err(incompatible(left, right)),
        },
    }
}

fn incompatible(left: &Value<'_>, right: &Value<'_>) -> String {
    format!("incompatible types for comparison: {} and {}", left.type_name(), right.type_name())
}
