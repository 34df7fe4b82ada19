//! Functions of a spanset.

use std::cmp::Ordering;

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
    Aggregate { name: "avg", takes_field: true, compute: |_, values| total(values, values.len() as f64) },
    Aggregate { name: "sum", takes_field: true, compute: |_, values| total(values, 1.0) },
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

/// The sum divided by `divisor`; a duration if all values are durations, nil if there is none.
fn total(values: &[Value<'_>], divisor: f64) -> Value<'static> {
    if values.is_empty() {
        return Value::Nil;
    }
    let sum: f64 = values.iter().filter_map(Value::number).sum();
    let durations = values.iter().all(|value| matches!(value, Value::Duration(_)));
    if durations { Value::Duration((sum / divisor) as i64) } else { Value::Float(sum / divisor) }
}
