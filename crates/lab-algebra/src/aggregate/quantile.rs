//! `quantile`: no fold, for it needs all values of a step at once.

use crate::aggregate::groups::Groups;
use crate::allowance::{Allowance, Warning};
use crate::numbers;
use crate::series::column::{ABSENT, Series, is_absent};

/// The quantile of each group at each step.
pub(crate) fn apply(allowance: &Allowance<'_>, groups: &Groups, series: &[Series], quantiles: &[f64]) -> Vec<Vec<f64>> {
    for quantile in quantiles.iter().filter(|quantile| !(0.0..=1.0).contains(*quantile)) {
        allowance.warn(Warning::QuantileOutOfRange(*quantile));
    }
    let mut members: Vec<Vec<&Series>> = vec![Vec::new(); groups.len()];
    series.iter().zip(&groups.of).for_each(|(one, group)| members[*group].push(one));
    let mut values = Vec::new();
    members
        .iter()
        .map(|members| {
            let at = |(step, quantile): (usize, &f64)| {
                values.clear();
                values.extend(members.iter().map(|one| one.points[step]).filter(|value| !is_absent(*value)));
                if values.is_empty() { ABSENT } else { numbers::quantile(*quantile, &mut values) }
            };
            quantiles.iter().enumerate().map(at).collect()
        })
        .collect()
}
