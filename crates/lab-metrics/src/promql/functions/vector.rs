//! Between scalars and vectors: `scalar`, `vector`.

use lab_algebra::{Series, is_absent};
use lab_model::Labels;

use crate::promql::error::PromqlError;
use crate::promql::eval::operand::Operand;
use crate::promql::functions::arguments::Arguments;

/// The value of the only series at each step, NaN if there are none or several.
pub(super) fn scalar(mut arguments: Arguments<'_>) -> Result<Operand, PromqlError> {
    let series = arguments.series(0);
    let only = |step: usize| {
        let mut present = series.iter().map(|series| series.points[step]).filter(|value| !is_absent(*value));
        match (present.next(), present.next()) {
            (Some(value), None) => value,
            _ => f64::NAN,
        }
    };
    Ok(Operand::Scalar((0..arguments.frame.count).map(only).collect()))
}

/// A series without labels.
pub(super) fn vector(mut arguments: Arguments<'_>) -> Result<Operand, PromqlError> {
    let points = arguments.points(0);
    Ok(Operand::Vector(vec![Series::new(Labels::empty(), points)]))
}

pub(super) fn nothing(_: Arguments<'_>) -> Result<Operand, PromqlError> {
    Ok(Operand::Vector(Vec::new()))
}
