//! Functions over time: what they take, and what they keep of the spans of a step.

use std::collections::BTreeMap;

use lab_algebra::numbers::Mean;
use lab_model::Sum;

use crate::traceql::functions::accumulator::{Accumulator, Averaged, Count, Extreme, Summed};
use crate::traceql::functions::buckets::{Bucket, Buckets};

/// Bytes of an empty tree of buckets.
const BUCKETS: usize = size_of::<BTreeMap<Bucket, u64>>();

/// One function over time. Two are the same if they have the same name.
#[derive(Debug)]
pub struct MetricsFunction {
    /// The name in a query.
    pub name: &'static str,
    /// What stands in its parentheses.
    pub parameters: Parameters,
    /// True if the function tells series apart by a label of its own: the bucket or the quantile.
    pub(crate) adds_label: bool,
    /// Bytes that a group keeps for a step.
    pub(crate) step_bytes: usize,
    /// Begins to accumulate for a number of steps, with the quantiles of the call.
    pub(crate) accumulator: fn(usize, &[f64]) -> Box<dyn Accumulator>,
}

/// What stands in the parentheses of a function over time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parameters {
    /// Nothing: every span counts.
    Nothing,
    /// An attribute; spans without a number there do not count.
    Attribute,
    /// An attribute and at least one quantile.
    AttributeAndQuantiles,
}

/// Every function over time.
pub static METRICS_FUNCTIONS: [MetricsFunction; 8] = {
    use Parameters::{Attribute, AttributeAndQuantiles, Nothing};
    [
        entry("rate", Nothing, size_of::<u64>(), |steps, _| Box::new(Count::per_second(steps))),
        entry("count_over_time", Nothing, size_of::<u64>(), |steps, _| Box::new(Count::plain(steps))),
        entry("min_over_time", Attribute, size_of::<Option<f64>>(), |steps, _| Box::new(Extreme::new(steps, f64::min))),
        entry("max_over_time", Attribute, size_of::<Option<f64>>(), |steps, _| Box::new(Extreme::new(steps, f64::max))),
        entry("avg_over_time", Attribute, size_of::<Option<Mean>>(), |steps, _| Box::new(Averaged::new(steps))),
        entry("sum_over_time", Attribute, size_of::<Option<Sum>>(), |steps, _| Box::new(Summed::new(steps))),
        MetricsFunction {
            adds_label: true,
            ..entry("quantile_over_time", AttributeAndQuantiles, BUCKETS, |steps, quantiles| {
                Box::new(Buckets::quantiles(steps, quantiles))
            })
        },
        MetricsFunction {
            adds_label: true,
            ..entry("histogram_over_time", Attribute, BUCKETS, |steps, _| Box::new(Buckets::histogram(steps)))
        },
    ]
};

const fn entry(
    name: &'static str,
    parameters: Parameters,
    step_bytes: usize,
    accumulator: fn(usize, &[f64]) -> Box<dyn Accumulator>,
) -> MetricsFunction {
    MetricsFunction { name, parameters, adds_label: false, step_bytes, accumulator }
}

impl MetricsFunction {
    /// The function with this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        METRICS_FUNCTIONS.iter().find(|function| function.name == name)
    }
}

impl PartialEq for MetricsFunction {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}
