//! Functions of finished series: which samples of a step are kept.

use std::cmp::Ordering;

/// One such function. Two are the same if they have the same name.
#[derive(Debug)]
pub struct SeriesFunction {
    /// The name in a query.
    pub name: &'static str,
    /// Orders the samples of one step; those that come first are kept.
    pub(crate) order: fn(f64, f64) -> Ordering,
    /// True if of equal samples those whose labels come last are kept.
    pub(crate) last_of_equal: bool,
}

/// Every function of finished series.
pub static SERIES_FUNCTIONS: [SeriesFunction; 2] = [
    SeriesFunction { name: "topk", order: |a, b| b.total_cmp(&a), last_of_equal: false },
    SeriesFunction { name: "bottomk", order: |a, b| a.total_cmp(&b), last_of_equal: true },
];

impl SeriesFunction {
    /// The function with this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        SERIES_FUNCTIONS.iter().find(|function| function.name == name)
    }
}

impl PartialEq for SeriesFunction {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}
