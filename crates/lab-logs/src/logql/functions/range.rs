//! Functions over the values of a window, one row each: the name, what the query must say around it, and how the
//! values of a window become one. A new function is a new row.

use std::fmt;

use lab_algebra::numbers;

use crate::logql::functions::range::totals::Totals;

mod counter;
pub(crate) mod totals;

/// Whether a function takes its values from `| unwrap label`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unwraps {
    /// The query must name a label to unwrap.
    Always,
    /// Without a label to unwrap every line counts as one.
    Maybe,
    /// The function looks at the lines themselves.
    Never,
}

/// What a function answers at a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// One value of the values in the window.
    Value,
    /// A quantile of them, which needs every value; the number comes before the window.
    Quantile,
    /// One value of all the values in the window in their order.
    Counter,
    /// 1 if the window is empty, else nothing.
    Absent,
}

/// How Loki computes a function in parts of the streams.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Parts {
    /// Not at all.
    None,
    /// The parts are merged by the sum or by an extreme.
    Merged,
    /// A sum is divided by a count.
    Divided,
}

/// What a line without `unwrap` counts for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineValue {
    /// One, whatever its length.
    One,
    /// Its length in bytes.
    Bytes,
}

/// What a function knows of one window.
pub(crate) struct Window<'a> {
    /// The length of the window.
    pub(crate) seconds: f64,
    /// Sums and extremes of its values.
    pub(crate) totals: &'a Totals,
    /// The values themselves with their times, in no order, for functions that keep them.
    pub(crate) samples: &'a dyn Fn() -> Vec<(i64, f64)>,
    /// Where the window ends, in nanoseconds since the epoch.
    pub(crate) end: i64,
    /// The quantile that was asked for.
    pub(crate) quantile: f64,
}

/// A function over the values of a window.
pub struct RangeFunction {
    /// Its name in a query.
    pub name: &'static str,
    /// Where its values come from.
    pub unwraps: Unwraps,
    /// Whether `by` and `without` may follow it.
    pub groups: bool,
    /// What it answers.
    pub answer: Answer,
    /// What a line without `unwrap` counts for.
    pub line_value: LineValue,
    /// Whether the sum of what several series come to is what their values together come to.
    pub(crate) additive: bool,
    /// How Loki computes it in parts, which decides about labels with empty values.
    pub(crate) parts: Parts,
    /// The value of a window.
    pub(crate) value: fn(&Window<'_>) -> f64,
}

/// What most functions have in common: no parameter, no grouping, one value series by series.
const PLAIN: RangeFunction = RangeFunction {
    name: "",
    unwraps: Unwraps::Always,
    groups: false,
    answer: Answer::Value,
    line_value: LineValue::One,
    additive: false,
    parts: Parts::None,
    value: |window| window.totals.sum,
};

/// A function over unwrapped values that `by` and `without` may follow.
const fn over_values(name: &'static str, value: fn(&Window<'_>) -> f64) -> RangeFunction {
    RangeFunction { name, groups: true, value, ..PLAIN }
}

/// The table of all functions over windows.
static FUNCTIONS: [RangeFunction; 15] = [
    RangeFunction {
        name: "rate",
        unwraps: Unwraps::Maybe,
        additive: true,
        parts: Parts::Merged,
        value: |window| window.totals.sum / window.seconds,
        ..PLAIN
    },
    RangeFunction {
        name: "count_over_time",
        unwraps: Unwraps::Never,
        additive: true,
        parts: Parts::Merged,
        value: |window| window.totals.count,
        ..PLAIN
    },
    RangeFunction {
        name: "bytes_rate",
        unwraps: Unwraps::Never,
        line_value: LineValue::Bytes,
        additive: true,
        parts: Parts::Merged,
        value: |window| window.totals.sum / window.seconds,
        ..PLAIN
    },
    RangeFunction {
        name: "bytes_over_time",
        unwraps: Unwraps::Never,
        line_value: LineValue::Bytes,
        additive: true,
        parts: Parts::Merged,
        ..PLAIN
    },
    RangeFunction {
        name: "absent_over_time",
        unwraps: Unwraps::Maybe,
        answer: Answer::Absent,
        value: |_| 1.0,
        ..PLAIN
    },
    RangeFunction { name: "sum_over_time", additive: true, parts: Parts::Merged, ..PLAIN },
    RangeFunction {
        parts: Parts::Divided,
        ..over_values("avg_over_time", |window| window.totals.sum / window.totals.count)
    },
    RangeFunction { parts: Parts::Merged, ..over_values("min_over_time", |window| window.totals.min) },
    RangeFunction { parts: Parts::Merged, ..over_values("max_over_time", |window| window.totals.max) },
    over_values("stddev_over_time", |window| window.totals.variance().sqrt()),
    over_values("stdvar_over_time", |window| window.totals.variance()),
    over_values("first_over_time", |window| window.totals.first.1),
    over_values("last_over_time", |window| window.totals.last.1),
    RangeFunction {
        name: "quantile_over_time",
        groups: true,
        answer: Answer::Quantile,
        value: |window| {
            let mut values: Vec<f64> = (window.samples)().into_iter().map(|(_, value)| value).collect();
            numbers::quantile(window.quantile, &mut values)
        },
        ..PLAIN
    },
    RangeFunction {
        name: "rate_counter",
        answer: Answer::Counter,
        value: |window| counter::rate((window.samples)(), window.end, window.seconds),
        ..PLAIN
    },
];

impl RangeFunction {
    /// The function of this name, in upper or lower case.
    pub(crate) fn named(name: &str) -> Option<&'static Self> {
        FUNCTIONS.iter().find(|function| function.name.eq_ignore_ascii_case(name))
    }
}

impl PartialEq for RangeFunction {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl fmt::Debug for RangeFunction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}
