//! Functions over the series of an instant, one row each: the name, what stands in the brackets and behind them, and
//! which operation of the shared algebra it is. A new function is a new row.

use std::fmt;

use lab_algebra::Aggregation;

/// What a function does with the series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// It makes one series of a group, or picks some of it.
    Aggregate(Aggregation),
    /// It orders the series by their values.
    Sort { descending: bool },
}

/// A function over the series of an instant.
pub struct AggregateFunction {
    /// Its name in a query.
    pub name: &'static str,
    /// Whether a number comes before the series: how many to pick.
    pub takes_count: bool,
    /// Whether `by` and `without` may stand around it.
    pub groups: bool,
    /// What it does.
    pub(crate) action: Action,
}

const fn fold(name: &'static str, aggregation: Aggregation) -> AggregateFunction {
    AggregateFunction { name, takes_count: false, groups: true, action: Action::Aggregate(aggregation) }
}

const fn pick(name: &'static str, aggregation: Aggregation) -> AggregateFunction {
    AggregateFunction { name, takes_count: true, groups: true, action: Action::Aggregate(aggregation) }
}

const fn sort(name: &'static str, descending: bool) -> AggregateFunction {
    AggregateFunction { name, takes_count: false, groups: false, action: Action::Sort { descending } }
}

/// The table of all functions over series.
static FUNCTIONS: [AggregateFunction; 12] = [
    fold("sum", Aggregation::Sum),
    fold("avg", Aggregation::Avg),
    fold("min", Aggregation::Min),
    fold("max", Aggregation::Max),
    fold("count", Aggregation::Count),
    fold("stddev", Aggregation::Stddev),
    fold("stdvar", Aggregation::Stdvar),
    pick("topk", Aggregation::Topk),
    pick("bottomk", Aggregation::Bottomk),
    // Loki estimates here, in order to count on many machines; on one the answer is exact.
    AggregateFunction { groups: false, ..pick("approx_topk", Aggregation::Topk) },
    sort("sort", false),
    sort("sort_desc", true),
];

impl AggregateFunction {
    /// The function of this name, in upper or lower case.
    pub(crate) fn named(name: &str) -> Option<&'static Self> {
        FUNCTIONS.iter().find(|function| function.name.eq_ignore_ascii_case(name))
    }

    /// Whether it orders its series.
    pub(crate) fn sorts(&self) -> bool {
        matches!(self.action, Action::Sort { .. })
    }
}

impl PartialEq for AggregateFunction {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl fmt::Debug for AggregateFunction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}
