//! Functions of a spanset.

use std::cmp::Ordering;

use lab_algebra::numbers::Mean;
use lab_model::Sum;

use crate::traceql::value::{Value, order};

/// One aggregate. Two are the same if they have the same name.
#[derive(Debug)]
pub struct Aggregate {
    /// The name in a query.
    pub name: &'static str,
    /// True if an expression on the span stands in its parentheses.
    pub takes_field: bool,
    /// The result for a number of spans and those of their values that are numbers.
    pub(crate) compute: fn(usize, &[Value<'_>]) -> Value<'static>,
}

pub static AGGREGATES: [Aggregate; 5] = [
    Aggregate { name: "count", takes_field: false, compute: |spans, _| Value::Int(spans as i64) },
    Aggregate { name: "min", takes_field: true, compute: |_, values| extreme(values, Ordering::Less) },
    Aggregate { name: "max", takes_field: true, compute: |_, values| extreme(values, Ordering::Greater) },
    Aggregate { name: "avg", takes_field: true, compute: |_, values| combined(values, mean) },
    Aggregate { name: "sum", takes_field: true, compute: |_, values| total(values) },
];

impl Aggregate {
    /// The aggregate with this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        AGGREGATES.iter().find(|aggregate| aggregate.name == name)
    }
}

impl PartialEq for Aggregate {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

/// The first value to which no other one stands in the relation `wanted`.
fn extreme(values: &[Value<'_>], wanted: Ordering) -> Value<'static> {
    let better = |value: &Value<'_>, best: &Value<'_>| order(value, best) == Some(wanted);
    let best = values.iter().reduce(|best, value| if better(value, best) { value } else { best });
    best.map_or(Value::Nil, |best| best.clone().into_owned())
}

/// The sum; of integers alone an integer, as long as it is one.
fn total(values: &[Value<'_>]) -> Value<'static> {
    let whole = |value: &Value<'_>| if let Value::Int(value) = value { Some(*value) } else { None };
    let mut whole = values.iter().map(whole);
    match whole.try_fold(0_i64, |sum, value| sum.checked_add(value?)) {
        Some(sum) if !values.is_empty() => Value::Int(sum),
        _ => combined(values, sum),
    }
}

/// One number of many; a duration if all of them are durations, nil if there is none.
fn combined(values: &[Value<'_>], combine: fn(&[f64]) -> Option<f64>) -> Value<'static> {
    let numbers: Vec<f64> = values.iter().filter_map(Value::number).collect();
    let durations = values.iter().all(|value| matches!(value, Value::Duration(_)));
    match combine(&numbers) {
        None => Value::Nil,
        Some(result) if durations => Value::Duration(result as i64),
        Some(result) => Value::Float(result),
    }
}

fn sum(numbers: &[f64]) -> Option<f64> {
    let (first, rest) = numbers.split_first()?;
    let mut sum = Sum::new(*first);
    for number in rest {
        sum.add(*number);
    }
    Some(sum.value())
}

fn mean(numbers: &[f64]) -> Option<f64> {
    let (first, rest) = numbers.split_first()?;
    let mut mean = Mean::new(*first);
    for number in rest {
        mean.add(*number);
    }
    Some(mean.value())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_values_are_not_lost_beside_large_ones() {
        let values = [1e16, 1.0, -1e16].map(Value::Float);
        let of = |name| (Aggregate::named(name).expect("known").compute)(values.len(), &values);
        assert_eq!(of("sum"), Value::Float(1.0));
        assert_eq!(of("avg"), Value::Float(1.0 / 3.0));
        assert_eq!((of("min"), of("max"), of("count")), (Value::Float(-1e16), Value::Float(1e16), Value::Int(3)));
    }

    #[test]
    fn durations_stay_durations_and_nothing_is_nil() {
        let values = [Value::Duration(3), Value::Duration(6)];
        let of = |name, values: &[Value<'_>]| (Aggregate::named(name).expect("known").compute)(values.len(), values);
        assert_eq!((of("sum", &values), of("avg", &values)), (Value::Duration(9), Value::Duration(4)));
        assert_eq!(of("sum", &[Value::Int(3), Value::Int(4)]), Value::Int(7));
        assert_eq!(of("sum", &[Value::Int(i64::MAX), Value::Int(1)]), Value::Float(9_223_372_036_854_775_808.0));
        assert_eq!((of("sum", &[]), of("min", &[]), of("count", &[])), (Value::Nil, Value::Nil, Value::Int(0)));
    }
}
