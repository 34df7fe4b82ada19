//! The set operators `and`, `or` and `unless`: which series stay depends on which are there at the step.

use std::collections::HashMap;

use lab_model::Labels;

use crate::allowance::Allowance;
use crate::dialect::Dialect;
use crate::error::AlgebraError;
use crate::operators::matching::Matching;
use crate::series::column::{Series, Value, is_absent};

/// Which series belong together, and by the rules of which language.
#[derive(Clone, Copy, Debug)]
pub struct SetOperation<'a> {
    /// What the operator works against.
    pub allowance: &'a Allowance<'a>,
    /// The rules of the language.
    pub dialect: Dialect,
    /// Which series belong together.
    pub matching: &'a Matching,
}

impl SetOperation<'_> {
    /// What of the left has a partner on the right.
    pub fn and(self, left: Vec<Series>, right: &[Series]) -> Result<Vec<Series>, AlgebraError> {
        let partners = self.presence(right)?;
        self.masked(left, &partners, true)
    }

    /// What of the left has no partner on the right.
    pub fn unless(self, left: Vec<Series>, right: &[Series]) -> Result<Vec<Series>, AlgebraError> {
        let partners = self.presence(right)?;
        self.masked(left, &partners, false)
    }

    /// All of the left, and what of the right has no partner there. Series of the same labels become one.
    pub fn or(self, mut left: Vec<Series>, right: Vec<Series>) -> Result<Vec<Series>, AlgebraError> {
        let partners = self.presence(&left)?;
        let right = self.masked(right, &partners, false)?;
        let mut places: HashMap<Labels, usize> = HashMap::with_capacity(left.len());
        for (at, series) in left.iter().enumerate() {
            places.entry(series.labels.clone()).or_insert(at);
        }
        for series in right {
            // What has the same labels has the same signature, so what is left of it stands at other steps.
            let Some(into) = places.get(&series.labels).map(|at| &mut left[*at]) else {
                left.push(series);
                continue;
            };
            into.drop_name |= series.drop_name;
            for (step, value) in series.samples() {
                into.points[step] = value;
            }
            for (step, histogram) in series.histograms.iter() {
                into.set(step, Value::Histogram(histogram.clone()));
            }
        }
        left.retain(Series::has_samples);
        Ok(left)
    }

    /// At which steps each signature has a sample.
    fn presence(self, series: &[Series]) -> Result<HashMap<Labels, Vec<bool>>, AlgebraError> {
        let mut steps: HashMap<Labels, Vec<bool>> = HashMap::new();
        for one in series {
            self.allowance.work(one.points.len())?;
            let signature = self.matching.signature(self.dialect, &one.labels);
            if !steps.contains_key(&signature) {
                self.allowance.take_bytes(one.points.len() + signature.own_bytes())?;
            }
            let present = steps.entry(signature).or_insert_with(|| vec![false; one.points.len()]);
            for (present, value) in present.iter_mut().zip(&one.points) {
                *present |= !is_absent(*value);
            }
            for (step, _) in one.histograms.iter() {
                present[step] = true;
            }
        }
        Ok(steps)
    }

    /// Leaves the samples whose partners are there (`wanted`) or are not.
    fn masked(
        self,
        mut series: Vec<Series>,
        partners: &HashMap<Labels, Vec<bool>>,
        wanted: bool,
    ) -> Result<Vec<Series>, AlgebraError> {
        for one in &mut series {
            self.allowance.work(one.points.len())?;
            let steps = partners.get(&self.matching.signature(self.dialect, &one.labels));
            one.retain_steps(|step| steps.is_some_and(|steps| steps[step]) == wanted);
        }
        series.retain(Series::has_samples);
        Ok(series)
    }
}
