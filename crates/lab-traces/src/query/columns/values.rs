//! The values of one attribute, for all rows of a part or for one of them.

use std::collections::HashMap;

use crate::traceql::attribute::Attribute;
use crate::traceql::eval::attribute::Lookup;
use crate::traceql::value::Value;

/// The values of one attribute for the rows of a part.
#[derive(Debug)]
pub(crate) enum Column {
    /// For each row the place of its value among the distinct ones. A value may stand there twice.
    Coded { codes: Vec<u32>, values: Vec<Value<'static>> },
    /// For each row its integer, if it has one.
    Integers(Vec<Option<i64>>),
    /// For each row a duration in nanoseconds.
    Durations(Vec<i64>),
}

/// What the front of a part says of the values of one attribute.
#[derive(Debug)]
pub(crate) enum Extent {
    /// Each of them occurs in some row, and no other one does, unless there are rows without any.
    Values { values: Vec<Value<'static>>, all_rows: bool },
    /// Every value is from the first to the second, unless there are rows without any.
    Between { range: (Value<'static>, Value<'static>), all_rows: bool },
    /// Only the rows can tell.
    Open,
}

/// The value of one row while an expression with one attribute is computed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Single<'a>(pub(crate) &'a Value<'static>);

impl<'a> Lookup<'a> for Single<'a> {
    fn value(self, _: &'a Attribute) -> Value<'a> {
        self.0.borrowed()
    }
}

impl Column {
    /// The value of a row.
    pub(crate) fn value(&self, row: usize) -> Value<'_> {
        match self {
            Self::Coded { codes, values } => values[codes[row] as usize].borrowed(),
            Self::Integers(integers) => integers[row].map_or(Value::Nil, Value::Int),
            Self::Durations(durations) => Value::Duration(durations[row]),
        }
    }

    /// True if a row has an attribute of spans, be it one without a value. Code 0 stands for none.
    pub(crate) fn is_there(&self, row: usize) -> bool {
        match self {
            Self::Coded { codes, .. } => codes[row] > 0,
            Self::Integers(integers) => integers[row].is_some(),
            Self::Durations(_) => true,
        }
    }

    /// The same with a code for each row.
    pub(crate) fn coded(&self) -> (Vec<u32>, Vec<Value<'static>>) {
        match self {
            Self::Coded { codes, values } => (codes.clone(), values.clone()),
            Self::Integers(integers) => distinct(integers.iter().copied(), |one| one.map_or(Value::Nil, Value::Int)),
            Self::Durations(durations) => {
                distinct(durations.iter().map(|one| Some(*one)), |one| one.map_or(Value::Nil, Value::Duration))
            }
        }
    }
}

fn distinct(
    numbers: impl Iterator<Item = Option<i64>>,
    value: impl Fn(Option<i64>) -> Value<'static>,
) -> (Vec<u32>, Vec<Value<'static>>) {
    let (mut known, mut values) = (HashMap::new(), Vec::new());
    let codes = numbers.map(|number| {
        *known.entry(number).or_insert_with(|| {
            values.push(value(number));
            values.len() as u32 - 1
        })
    });
    (codes.collect(), values)
}
