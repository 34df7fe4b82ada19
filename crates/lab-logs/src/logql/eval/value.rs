//! What a metric query answers.

use lab_algebra::Series;

use crate::logql::error::QueryError;

/// What an expression comes to.
#[derive(Clone, Debug)]
pub enum Value {
    /// The same number at every step.
    Scalar(f64),
    /// Series, with a number or no sample at each step.
    Vector(Vec<Series>),
}

/// The error of too many series.
pub(crate) fn too_many(most: usize) -> QueryError {
    QueryError::Limit(format!(
        "maximum number of series ({most}) reached for a single query; consider reducing query cardinality by adding \
         more specific stream selectors, reducing the time range, or aggregating results with functions like sum(), \
         count() or topk()"
    ))
}
