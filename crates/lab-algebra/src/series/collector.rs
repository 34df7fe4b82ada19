//! Collecting series so that no two have the same labels.

use std::collections::{HashMap, HashSet};

use lab_model::Labels;

use crate::allowance::Allowance;
use crate::error::AlgebraError;
use crate::series::column::{ABSENT, Series, Value, is_absent};

/// Series with at most one per label set; samples of different steps flow together.
#[derive(Debug)]
pub struct Collector {
    count: usize,
    by_labels: HashMap<Labels, usize>,
    series: Vec<Series>,
}

impl Collector {
    /// A collector for `count` steps.
    pub fn new(count: usize) -> Self {
        Self { count, by_labels: HashMap::new(), series: Vec::new() }
    }

    /// The place of the series with these labels; if there is none, room is taken for it and it is made.
    pub fn slot(&mut self, allowance: &Allowance<'_>, labels: &Labels, drop_name: bool) -> Result<usize, AlgebraError> {
        if let Some(slot) = self.by_labels.get(labels) {
            self.series[*slot].drop_name |= drop_name;
            return Ok(*slot);
        }
        allowance.take(self.count)?;
        allowance.take_bytes(labels.own_bytes() + size_of::<Series>())?;
        let slot = self.series.len();
        self.by_labels.insert(labels.clone(), slot);
        let series = Series::new(labels.clone(), vec![ABSENT; self.count]);
        self.series.push(Series { drop_name, ..series });
        Ok(slot)
    }

    /// Sets the value of a step; an error if the step has one already.
    #[inline]
    pub fn set(&mut self, slot: usize, step: usize, value: f64) -> Result<(), AlgebraError> {
        let series = &mut self.series[slot];
        if !is_absent(series.points[step]) || series.histograms.at(step).is_some() {
            return Err(AlgebraError::SameLabels);
        }
        series.points[step] = value;
        Ok(())
    }

    /// Sets the number or the histogram of a step; an error if the step has a sample already.
    pub fn set_value(&mut self, slot: usize, step: usize, value: Value) -> Result<(), AlgebraError> {
        let series = &mut self.series[slot];
        if series.is_present(step) {
            return Err(AlgebraError::SameLabels);
        }
        series.set(step, value);
        Ok(())
    }

    /// Adds a whole series.
    pub fn add(&mut self, series: Series) -> Result<(), AlgebraError> {
        if let Some(slot) = self.by_labels.get(&series.labels).copied() {
            self.series[slot].drop_name |= series.drop_name;
            for (step, value) in series.samples() {
                self.set(slot, step, value)?;
            }
            for (step, histogram) in series.histograms.iter() {
                self.set_value(slot, step, Value::Histogram(histogram.clone()))?;
            }
        } else {
            self.by_labels.insert(series.labels.clone(), self.series.len());
            self.series.push(series);
        }
        Ok(())
    }

    /// The series that have samples.
    pub fn finish(self) -> Vec<Series> {
        self.series.into_iter().filter(Series::has_samples).collect()
    }
}

/// Joins series that have come to the same labels; an error if two of them have a sample at the same step.
pub fn join_same_labels(series: Vec<Series>) -> Result<Vec<Series>, AlgebraError> {
    let Some(count) = series.first().map(|series| series.points.len()) else { return Ok(series) };
    let mut seen = HashSet::with_capacity(series.len());
    if series.iter().all(|series| seen.insert(&series.labels)) {
        return Ok(series);
    }
    let mut collector = Collector::new(count);
    for one in series {
        collector.add(one)?;
    }
    Ok(collector.finish())
}

/// Takes the metric names away, with the types and units beside them, now or (`delayed`) at the end of the query.
pub fn drop_names(
    allowance: &Allowance<'_>,
    mut series: Vec<Series>,
    delayed: bool,
) -> Result<Vec<Series>, AlgebraError> {
    for one in &mut series {
        if delayed {
            one.drop_name = true;
            continue;
        }
        let labels = one.labels.without_metric();
        if labels.len() < one.labels.len() {
            allowance.take_bytes(labels.own_bytes())?;
            one.labels = labels;
        }
    }
    if delayed { Ok(series) } else { join_same_labels(series) }
}
