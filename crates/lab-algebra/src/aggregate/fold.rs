//! Aggregations that make one value of many: `sum`, `avg`, `count`, `min`, `max`, `group`, `stdvar`.
//! A fold keeps one accumulator per group and step and runs series by series.

use lab_model::Sum;

use crate::aggregate::groups::Groups;
use crate::numbers::Mean;
use crate::series::column::{ABSENT, Series, is_absent};
use crate::series::histograms::Histograms;

/// What is known of the values of a group at a step.
pub(crate) trait Fold: Clone {
    /// Whether a histogram counts like a number, whatever it holds.
    const COUNTS_HISTOGRAMS: bool = false;

    fn new(value: f64) -> Self;
    fn add(&mut self, value: f64);
    fn value(&self) -> f64;
}

/// Folds the series of each group step by step.
pub(crate) fn fold<F: Fold>(groups: &Groups, series: &[Series], count: usize) -> Vec<Vec<f64>> {
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
        for (step, _) in one.histograms.iter().filter(|_| F::COUNTS_HISTOGRAMS) {
            match &mut cells[*group][step] {
                Some(fold) => fold.add(0.0),
                cell => *cell = Some(F::new(0.0)),
            }
        }
    }
    let points = cells.iter().map(|cells| cells.iter().map(|cell| cell.as_ref().map_or(ABSENT, F::value)).collect());
    points.collect()
}

/// The series of each group with its points and histograms; groups without samples are left out.
pub(crate) fn finish(groups: Groups, points: Vec<Vec<f64>>, histograms: Vec<Histograms>) -> Vec<Series> {
    let heads = groups.labels.into_iter().zip(groups.drop_name);
    let histograms = histograms.into_iter().chain(std::iter::repeat_with(Histograms::default));
    let series = heads.zip(points.into_iter().zip(histograms));
    let series =
        series.map(|((labels, drop_name), (points, histograms))| Series { labels, drop_name, points, histograms });
    series.filter(Series::has_samples).collect()
}

#[derive(Clone)]
pub(crate) struct Total(Sum);

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
pub(crate) struct Average(Mean);

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
pub(crate) struct Count(f64);

impl Fold for Count {
    const COUNTS_HISTOGRAMS: bool = true;

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
pub(crate) struct Group;

impl Fold for Group {
    const COUNTS_HISTOGRAMS: bool = true;

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
pub(crate) struct Smallest(f64);

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
pub(crate) struct Largest(f64);

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
pub(crate) struct Variance {
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
