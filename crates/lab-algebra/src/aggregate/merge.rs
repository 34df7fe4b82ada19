//! `sum` and `avg` of native histograms: bucket by bucket, with compensation as for numbers.

use std::sync::Arc;

use lab_histogram::{Combined, CounterReset, Histogram, Incompatible};
use lab_model::Sum;

use crate::aggregate::groups::Groups;
use crate::aggregate::operation::Aggregation;
use crate::allowance::{Allowance, Combining, Warning};
use crate::error::AlgebraError;
use crate::series::column::{ABSENT, Series, is_absent};
use crate::series::histograms::Histograms;

/// Histograms put together: their sum, or, once the sum would overflow, their running mean.
#[derive(Debug)]
pub struct Merged {
    sum: Histogram<Sum>,
    count: f64,
    is_running: bool,
    /// Whether a histogram came that says its counter was reset, and one that says it was not.
    saw: (bool, bool),
}

impl Merged {
    /// Begins with one histogram.
    pub fn new(histogram: &Histogram) -> Self {
        let mut merged = Self { sum: histogram.carrying(), count: 1.0, is_running: false, saw: (false, false) };
        merged.see(histogram.reset);
        merged
    }

    /// Adds a histogram; `for_mean` watches that the sum does not overflow.
    pub fn add(&mut self, histogram: &Histogram, for_mean: bool) -> Result<Combined, Incompatible> {
        self.see(histogram.reset);
        if !self.is_running {
            if !for_mean {
                self.count += 1.0;
                return self.sum.add(histogram);
            }
            let mut sum = self.sum.clone();
            let combined = sum.add(histogram)?;
            if !sum.has_overflow() {
                (self.sum, self.count) = (sum, self.count + 1.0);
                return Ok(combined);
            }
            self.is_running = true;
            self.sum.scale(1.0 / self.count);
        }
        self.count += 1.0;
        self.sum.scale((self.count - 1.0) / self.count);
        let mut part = histogram.clone();
        part.divide(self.count);
        self.sum.add(&part)
    }

    /// The sum of all, without empty buckets.
    pub fn sum(&self) -> Histogram {
        compact(self.sum.plain())
    }

    /// The mean of all, without empty buckets.
    pub fn mean(&self) -> Histogram {
        compact(if self.is_running { self.sum.plain() } else { self.sum.divided(self.count) })
    }

    /// Whether one histogram said that its counter was reset and another that it was not.
    pub fn resets_conflict(&self) -> bool {
        self.saw == (true, true)
    }

    fn see(&mut self, reset: CounterReset) {
        self.saw.0 |= reset == CounterReset::Reset;
        self.saw.1 |= reset == CounterReset::NotReset;
    }
}

fn compact(mut histogram: Histogram) -> Histogram {
    histogram.compact();
    histogram
}

/// What a group has at a step.
enum Cell {
    None,
    Merged(Box<Merged>),
    Incompatible,
}

/// The histograms of each group. A step at which numbers and histograms meet has no answer: its number goes, too.
pub(crate) fn apply(
    allowance: &Allowance<'_>,
    operation: Aggregation,
    groups: &Groups,
    series: &[Series],
    points: &mut [Vec<f64>],
) -> Result<Vec<Histograms>, AlgebraError> {
    if series.iter().all(|one| one.histograms.is_empty()) {
        return Ok(Vec::new());
    }
    let is_mean = operation == Aggregation::Avg;
    let mut cells: Vec<Vec<Cell>> = points.iter().map(|points| points.iter().map(|_| Cell::None).collect()).collect();
    for (one, group) in series.iter().zip(&groups.of) {
        for (step, histogram) in one.histograms.iter() {
            allowance.work(histogram.size() / 8)?;
            let cell = &mut cells[*group][step];
            match cell {
                Cell::None => {
                    allowance.take_bytes(2 * histogram.size())?;
                    *cell = Cell::Merged(Box::new(Merged::new(histogram)));
                }
                Cell::Merged(merged) => match merged.add(histogram, is_mean) {
                    Ok(combined) => note(allowance, combined),
                    Err(Incompatible) => {
                        let name = one.labels.metric_name().unwrap_or_default().to_owned();
                        allowance.warn(Warning::BucketLayouts(Combining::Aggregation, name));
                        *cell = Cell::Incompatible;
                    }
                },
                Cell::Incompatible => {}
            }
        }
    }
    let finish = |(cells, points): (Vec<Cell>, &mut Vec<f64>)| {
        let mut found = Histograms::default();
        for (step, cell) in cells.into_iter().enumerate() {
            if !matches!(cell, Cell::None) && !is_absent(points[step]) {
                allowance.warn(Warning::MixedKinds);
                points[step] = ABSENT;
            } else if let Cell::Merged(merged) = cell {
                if merged.resets_conflict() {
                    allowance.warn(Warning::ResetsConflict(Combining::Aggregation));
                }
                found.set(step, Arc::new(if is_mean { merged.mean() } else { merged.sum() }));
            }
        }
        found
    };
    Ok(cells.into_iter().zip(points).map(finish).collect())
}

fn note(allowance: &Allowance<'_>, combined: Combined) {
    if combined.bounds_reconciled {
        allowance.warn(Warning::BoundsReconciled(Combining::Aggregation));
    }
}
