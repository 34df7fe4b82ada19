//! The values that expressions yield: how they compare, compute and print.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;

use opentelemetry_proto::tonic::common::v1::AnyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Otlp;

use crate::span::kind::{Kind, Status};
use crate::traceql::duration;
use crate::traceql::syntax::operator::BinaryOp;

/// A value; its texts are borrowed from the trace that it describes.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    /// There is no value.
    Nil,
    /// A truth value.
    Bool(bool),
    Int(i64),
    /// A number with a fraction.
    Float(f64),
    /// A duration in nanoseconds.
    Duration(i64),
    /// A text, of whatever length.
    Text(Cow<'a, str>),
    /// A span's status.
    Status(Status),
    /// A span's kind.
    Kind(Kind),
    /// Several values: a list, or one of each event. A comparison holds if it holds for one of them, and
    /// `!=` and `!~` if they hold for all.
    Many(Vec<Value<'a>>),
}

impl<'a> Value<'a> {
    /// A text that stays where it is.
    pub fn text(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }

    /// Several values as one: `None` without any, and a single one by itself.
    pub(crate) fn several(values: impl Iterator<Item = Self>) -> Option<Self> {
        let mut values: Vec<_> = values.collect();
        match values.len() {
            0 => None,
            1 => values.pop(),
            _ => Some(Self::Many(values)),
        }
    }

    /// An attribute's value; maps and bytes, which the language does not know, are texts.
    pub fn from_otlp(value: Option<&'a AnyValue>) -> Self {
        match value.and_then(|value| value.value.as_ref()) {
            Some(Otlp::StringValue(text)) => Self::text(text),
            Some(Otlp::BoolValue(flag)) => Self::Bool(*flag),
            Some(Otlp::IntValue(number)) => Self::Int(*number),
            Some(Otlp::DoubleValue(number)) => Self::Float(*number),
            // A list of one is what it holds, as in Tempo.
            Some(Otlp::ArrayValue(list)) => Self::several(list.values.iter().map(|item| Self::from_otlp(Some(item))))
                .unwrap_or(Self::Many(Vec::new())),
            Some(Otlp::BytesValue(bytes)) => Self::Text(Cow::Owned(hex(bytes))),
            Some(Otlp::KvlistValue(map)) => {
                let entry = |key: &str, value| format!("{key}={}", Value::from_otlp(value));
                let entries: Vec<_> = map.values.iter().map(|item| entry(&item.key, item.value.as_ref())).collect();
                Self::Text(Cow::Owned(entries.join(",")))
            }
            Some(Otlp::StringValueStrindex(_)) | None => Self::Nil,
        }
    }

    /// The same without borrowing.
    pub fn into_owned(self) -> Value<'static> {
        match self {
            Self::Nil => Value::Nil,
            Self::Bool(value) => Value::Bool(value),
            Self::Int(value) => Value::Int(value),
            Self::Float(value) => Value::Float(value),
            Self::Duration(value) => Value::Duration(value),
            Self::Text(value) => Value::Text(Cow::Owned(value.into_owned())),
            Self::Status(value) => Value::Status(value),
            Self::Kind(value) => Value::Kind(value),
            Self::Many(values) => Value::Many(values.into_iter().map(Value::into_owned).collect()),
        }
    }

    /// The same with its texts left where they are.
    pub(crate) fn borrowed(&self) -> Value<'_> {
        match self {
            Self::Text(text) => Value::text(text),
            Self::Many(values) => Value::Many(values.iter().map(Value::borrowed).collect()),
            other => other.clone(),
        }
    }

    /// The bytes of its texts and of the values in it.
    pub(crate) fn bytes(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Many(values) => values.iter().map(|value| size_of::<Value<'_>>() + value.bytes()).sum(),
            _ => 0,
        }
    }

    /// True if there is a value.
    pub fn is_some(&self) -> bool {
        match self {
            Self::Nil => false,
            Self::Many(values) => values.iter().any(Self::is_some),
            _ => true,
        }
    }

    /// The number, durations in nanoseconds.
    pub fn number(&self) -> Option<f64> {
        match self {
            Self::Int(value) | Self::Duration(value) => Some(*value as f64),
            Self::Float(value) => Some(*value),
            _ => None,
        }
    }

    /// The name of the value's type in the tag API.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Bool(_) => "bool",
            Self::Int(_) => "int",
            Self::Float(_) => "float",
            Self::Duration(_) => "duration",
            Self::Status(_) | Self::Kind(_) => "keyword",
            _ => "string",
        }
    }
}

/// Bytes in lower-case hex.
fn hex(bytes: &[u8]) -> String {
    let digit = |half: u8| char::from_digit(u32::from(half), 16).unwrap_or('0');
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// As results show it: text without quotes, durations in Go's way, nothing as `nil`.
impl fmt::Display for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nil => f.write_str("nil"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Int(value) => write!(f, "{value}"),
            Self::Float(value) => f.write_str(&lab_model::format_float(*value)),
            Self::Duration(value) => f.write_str(&duration::format(*value)),
            Self::Text(value) => f.write_str(value),
            Self::Status(value) => f.write_str(value.as_str()),
            Self::Kind(value) => f.write_str(value.as_str()),
            Self::Many(values) => {
                let texts: Vec<_> = values.iter().map(ToString::to_string).collect();
                write!(f, "[{}]", texts.join(", "))
            }
        }
    }
}

/// Whether a comparison other than by regular expression holds.
pub(crate) fn compare(op: BinaryOp, left: &Value<'_>, right: &Value<'_>) -> bool {
    let quantified = |values: &[Value<'_>], one: &dyn Fn(&Value<'_>) -> bool| match op {
        BinaryOp::NotEqual => !values.is_empty() && values.iter().all(one),
        _ => values.iter().any(one),
    };
    match (left, right) {
        (Value::Many(values), right) => quantified(values, &|value| compare(op, value, right)),
        (left, Value::Many(values)) => quantified(values, &|value| compare(op, left, value)),
        _ => order(left, right).is_some_and(|order| match op {
            BinaryOp::Equal => order == Ordering::Equal,
            BinaryOp::NotEqual => order != Ordering::Equal,
            BinaryOp::Less => order == Ordering::Less,
            BinaryOp::LessEqual => order != Ordering::Greater,
            BinaryOp::Greater => order == Ordering::Greater,
            BinaryOp::GreaterEqual => order != Ordering::Less,
            _ => false,
        }),
    }
}

/// How two values of types that go together are ordered; `None` for others.
pub(crate) fn order(left: &Value<'_>, right: &Value<'_>) -> Option<Ordering> {
    match (left, right) {
        (Value::Int(a) | Value::Duration(a), Value::Int(b) | Value::Duration(b)) => Some(a.cmp(b)),
        (Value::Text(a), Value::Text(b)) => Some(a.cmp(b)),
        (Value::Bool(a), Value::Bool(b)) => Some(a.cmp(b)),
        (Value::Status(a), Value::Status(b)) => Some(a.cmp(b)),
        (Value::Kind(a), Value::Kind(b)) => Some(a.cmp(b)),
        _ => left.number()?.partial_cmp(&right.number()?),
    }
}

/// Whether a comparison by regular expression holds.
pub(crate) fn matches(op: BinaryOp, regex: &lab_model::Expression, value: &Value<'_>) -> bool {
    match value {
        Value::Text(text) => regex.is_match(text) == (op == BinaryOp::Regex),
        Value::Many(values) if op == BinaryOp::Regex => values.iter().any(|value| matches(op, regex, value)),
        Value::Many(values) => !values.is_empty() && values.iter().all(|value| matches(op, regex, value)),
        _ => false,
    }
}

/// Arithmetic; nil if an operand is no number. Of two integers the result is an integer, of other numbers, durations in
/// nanoseconds among them, one with a fraction.
pub(crate) fn compute(op: BinaryOp, left: &Value<'_>, right: &Value<'_>) -> Value<'static> {
    if let (Value::Int(a), Value::Int(b)) = (left, right) {
        return whole(op, *a, *b);
    }
    let (Some(a), Some(b)) = (left.number(), right.number()) else { return Value::Nil };
    Value::Float(match op {
        BinaryOp::Add => a + b,
        BinaryOp::Subtract => a - b,
        BinaryOp::Multiply => a * b,
        BinaryOp::Divide => a / b,
        BinaryOp::Modulo => a % b,
        BinaryOp::Power => a.powf(b),
        _ => return Value::Nil,
    })
}

/// Arithmetic of integers; nil where there is no result, as after a division by zero.
fn whole(op: BinaryOp, a: i64, b: i64) -> Value<'static> {
    let result = match op {
        BinaryOp::Add => a.checked_add(b),
        BinaryOp::Subtract => a.checked_sub(b),
        BinaryOp::Multiply => a.checked_mul(b),
        BinaryOp::Divide => a.checked_div(b),
        BinaryOp::Modulo => a.checked_rem(b),
        BinaryOp::Power => Some((a as f64).powf(b as f64) as i64),
        _ => None,
    };
    result.map_or(Value::Nil, Value::Int)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_stay_integers_and_everything_else_gets_a_fraction() {
        use BinaryOp::{Add, Divide, Modulo, Multiply, Power};
        for (op, left, right, result) in [
            (Divide, Value::Int(7), Value::Int(2), Value::Int(3)),
            (Divide, Value::Int(-7), Value::Int(2), Value::Int(-3)),
            (Divide, Value::Int(7), Value::Float(2.0), Value::Float(3.5)),
            (Divide, Value::Int(1), Value::Int(0), Value::Nil),
            (Modulo, Value::Int(1), Value::Int(0), Value::Nil),
            (Power, Value::Int(2), Value::Int(10), Value::Int(1024)),
            (Add, Value::Duration(1), Value::Duration(2), Value::Float(3.0)),
            (Multiply, Value::Duration(2), Value::Int(3), Value::Float(6.0)),
            (Add, Value::Int(i64::MAX), Value::Int(1), Value::Nil),
            (Add, Value::text("1"), Value::Int(1), Value::Nil),
        ] {
            assert_eq!(compute(op, &left, &right), result, "{left} {} {right}", op.as_str());
        }
    }
}
