//! Aggregations that make one value of many: `sum`, `avg`, `count`, `min`, `max`, `group`, `stdvar`,
//! `quantile`. A fold keeps one accumulator per group and step and runs series by series.

use crate::promql::eval::algebra::aggregate::groups::Groups;
use crate::promql::eval::algebra::steps::{ABSENT, StepSeries, is_absent};
use crate::promql::eval::algebra::summation::{self, Mean, Sum};

/// An accumulator.
pub(super) trait Fold: Clone {
    fn new(value: f64) -> Self;
    fn add(&mut self, value: f64);
    fn value(&self) -> f64;
}

/// Folds the series of each group step by step.
pub(super) fn fold<F: Fold>(groups: Groups, series: &[StepSeries], count: usize) -> Vec<StepSeries> {
    let mut cells: Vec<Vec<Option<F>>> = vec![vec![None; count]; groups.len()];
    for (one, group) in series.iter().zip(&groups.of) {
        for (cell, value) in cells[*group].iter_mut().zip(&one.points) {
            if is_absent(*value) {
                continue;
            }
            match cell {
                Some(fold) => fold.add(*value),
                None => *cell = Some(F::new(*value)),
            }
        }
    }
    let points = cells.iter().map(|cells| cells.iter().map(|cell| cell.as_ref().map_or(ABSENT, F::value)).collect());
    finish(groups, points)
}

/// The series of each group with its points; groups without points are left out.
fn finish(groups: Groups, points: impl Iterator<Item = Vec<f64>>) -> Vec<StepSeries> {
    let heads = groups.labels.into_iter().zip(groups.drop_name);
    let series = heads.zip(points).map(|((labels, drop_name), points)| StepSeries { labels, drop_name, points });
    series.filter(StepSeries::has_points).collect()
}

#[derive(Clone)]
pub(super) struct Total(Sum);

impl Fold for Total {
    fn new(value: f64) -> Self {
        Self(Sum::new(value))
    }

    #[inline]
    fn add(&mut self, value: f64) {
        self.0.add(value);
    }

    fn value(&self) -> f64 {
        self.0.value()
    }
}

#[derive(Clone)]
pub(super) struct Average(Mean);

impl Fold for Average {
    fn new(value: f64) -> Self {
        Self(Mean::new(value))
    }

    #[inline]
    fn add(&mut self, value: f64) {
        self.0.add(value);
    }

    fn value(&self) -> f64 {
        self.0.value()
    }
}

#[derive(Clone)]
pub(super) struct Count(f64);

impl Fold for Count {
    fn new(_: f64) -> Self {
        Self(1.0)
    }

    fn add(&mut self, _: f64) {
        self.0 += 1.0;
    }

    fn value(&self) -> f64 {
        self.0
    }
}

#[derive(Clone)]
pub(super) struct Group;

impl Fold for Group {
    fn new(_: f64) -> Self {
        Self
    }

    fn add(&mut self, _: f64) {}

    fn value(&self) -> f64 {
        1.0
    }
}

/// NaN gives way to any number.
#[derive(Clone)]
pub(super) struct Smallest(f64);

impl Fold for Smallest {
    fn new(value: f64) -> Self {
        Self(value)
    }

    fn add(&mut self, value: f64) {
        if self.0 > value || self.0.is_nan() {
            self.0 = value;
        }
    }

    fn value(&self) -> f64 {
        self.0
    }
}

/// NaN gives way to any number.
#[derive(Clone)]
pub(super) struct Largest(f64);

impl Fold for Largest {
    fn new(value: f64) -> Self {
        Self(value)
    }

    fn add(&mut self, value: f64) {
        if self.0 < value || self.0.is_nan() {
            self.0 = value;
        }
    }

    fn value(&self) -> f64 {
        self.0
    }
}

/// Population variance by Welford's method; NaN as soon as a value is not finite.
#[derive(Clone)]
pub(super) struct Variance {
    count: f64,
    mean: f64,
    squares: f64,
}

impl Fold for Variance {
    fn new(value: f64) -> Self {
        Self { count: 1.0, mean: value, squares: if value.is_finite() { 0.0 } else { f64::NAN } }
    }

    fn add(&mut self, value: f64) {
        self.count += 1.0;
        let delta = value - self.mean;
        self.mean += delta / self.count;
        self.squares += delta * (value - self.mean);
    }

    fn value(&self) -> f64 {
        self.squares / self.count
    }
}

/// `quantile`: no fold, for it needs all values of a step at once.
pub(super) struct Quantiles;

impl Quantiles {
    pub(super) fn apply(groups: Groups, series: &[StepSeries], quantiles: &[f64]) -> Vec<StepSeries> {
        let mut members: Vec<Vec<&StepSeries>> = vec![Vec::new(); groups.len()];
        series.iter().zip(&groups.of).for_each(|(one, group)| members[*group].push(one));
        let mut values = Vec::new();
        let points: Vec<Vec<f64>> = members
            .iter()
            .map(|members| {
                let at = |(step, quantile): (usize, &f64)| {
                    values.clear();
                    values.extend(members.iter().map(|one| one.points[step]).filter(|value| !is_absent(*value)));
                    if values.is_empty() { ABSENT } else { summation::quantile(*quantile, &mut values) }
                };
                quantiles.iter().enumerate().map(at).collect()
            })
            .collect();
        finish(groups, points.into_iter())
    }
}
