//! The order of series by their values.

use std::cmp::Ordering;

use crate::series::column::Series;

/// Compares two series by their first values; NaN comes last in both directions.
pub fn by_value(a: &Series, b: &Series, descending: bool) -> Ordering {
    let value = |series: &Series| series.points.first().copied().unwrap_or(f64::NAN);
    numbers(value(a), value(b), descending)
}

/// Compares two values; NaN comes last in both directions.
pub(crate) fn numbers(a: f64, b: f64, descending: bool) -> Ordering {
    match (a.is_nan(), b.is_nan()) {
        (false, false) if descending => b.partial_cmp(&a).unwrap_or(Ordering::Equal),
        (false, false) => a.partial_cmp(&b).unwrap_or(Ordering::Equal),
        (a_is_nan, b_is_nan) => a_is_nan.cmp(&b_is_nan),
    }
}
