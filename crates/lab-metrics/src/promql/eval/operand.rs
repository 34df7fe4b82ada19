//! What a part of a query evaluates to.

use std::sync::Arc;

use lab_algebra::{ABSENT, Held, Series};

/// What a part of a query evaluates to.
#[derive(Clone, Debug)]
pub(crate) enum Operand {
    /// A number per step.
    Scalar(Vec<f64>),
    Text(Arc<str>),
    /// Series, no two of them with the same labels.
    Vector(Vec<Series>),
}

impl Operand {
    /// What it holds, for the allowance.
    pub(crate) fn held(&self) -> Held {
        match self {
            Self::Scalar(points) => Held::numbers(points.len()),
            Self::Text(_) => Held::default(),
            Self::Vector(series) => Held::series(series),
        }
    }

    /// The same value at `count` steps, from a value at one step.
    pub(crate) fn repeated(self, count: usize) -> Self {
        let repeat = |points: &[f64]| vec![points.first().copied().unwrap_or(ABSENT); count];
        match self {
            Self::Scalar(points) => Self::Scalar(repeat(&points)),
            Self::Text(text) => Self::Text(text),
            Self::Vector(series) => Self::Vector(
                series.into_iter().map(|series| repeated_series(&series, repeat(&series.points), count)).collect(),
            ),
        }
    }

    /// The series; none if it is no vector.
    pub(crate) fn into_series(self) -> Vec<Series> {
        if let Self::Vector(series) = self { series } else { Vec::new() }
    }

    /// The numbers; none if it is no scalar.
    pub(crate) fn into_points(self) -> Vec<f64> {
        if let Self::Scalar(points) = self { points } else { Vec::new() }
    }

    /// The text; empty if it is none.
    pub(crate) fn as_text(&self) -> &str {
        if let Self::Text(text) = self { text } else { "" }
    }
}

/// A series of one step at `count` steps, its numbers given.
fn repeated_series(series: &Series, points: Vec<f64>, count: usize) -> Series {
    let first = series.histograms.at(0);
    let histograms = first.map(|histogram| (0..count).map(|step| (step, histogram.clone())).collect());
    Series { points, histograms: histograms.unwrap_or_default(), ..series.clone() }
}
