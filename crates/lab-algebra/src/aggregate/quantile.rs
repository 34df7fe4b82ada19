//! `quantile`: no fold, for it needs all values of a step at once.

use crate::aggregate::groups::Groups;
use crate::allowance::{Allowance, Warning};
use crate::numbers;
use crate::series::column::{ABSENT, Series, is_absent};

/// The quantile of each group at each step.
pub(crate) fn apply(allowance: &Allowance<'_>, groups: &Groups, series: &[Series], quantiles: &[f64]) -> Vec<Vec<f64>> {
    out_of_range(quantiles).for_each(|quantile| allowance.warn(Warning::QuantileOutOfRange(quantile)));
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

/// What is told of quantiles that differ from step to step: that there is none, or else the largest and the least of those
/// beyond 0…1.
fn out_of_range(quantiles: &[f64]) -> impl Iterator<Item = f64> {
    let none = quantiles.iter().copied().find(|quantile| quantile.is_nan());
    let most = quantiles.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let least = quantiles.iter().copied().fold(f64::INFINITY, f64::min);
    let has_any = none.is_none() && !quantiles.is_empty();
    none.into_iter()
        .chain([most].into_iter().filter(move |most| has_any && *most > 1.0))
        .chain([least].into_iter().filter(move |least| has_any && *least < 0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_quantiles_out_of_range_the_furthest_are_told() {
        for (quantiles, told) in [
            (&[0.5, 1.0, 0.0][..], &[][..]),
            (&[2.0, 3.0, 0.5], &[3.0]),
            (&[2.0, -1.0, -3.0], &[2.0, -3.0]),
            (&[], &[]),
        ] {
            assert_eq!(out_of_range(quantiles).collect::<Vec<_>>(), told, "{quantiles:?}");
        }
        let told: Vec<_> = out_of_range(&[2.0, f64::NAN, -1.0]).collect();
        assert!(told.len() == 1 && told[0].is_nan());
    }
}
