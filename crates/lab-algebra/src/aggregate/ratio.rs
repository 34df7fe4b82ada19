//! `limit_ratio`: a share of the series, picked by a hash of their labels, which is that of Prometheus: it picks the same.

use lab_model::Labels;
use xxhash_rust::xxh64::xxh64;

use crate::allowance::{Allowance, Warning};
use crate::error::AlgebraError;
use crate::series::column::Series;

/// The series whose hash falls below the ratio, or, for a negative ratio, the complement: what `limit_ratio(r)` picks,
/// `limit_ratio(r - 1)` leaves.
pub(crate) fn apply(
    allowance: &Allowance<'_>,
    mut series: Vec<Series>,
    ratios: &[f64],
) -> Result<Vec<Series>, AlgebraError> {
    if ratios.iter().any(|ratio| ratio.is_nan()) {
        return Err(AlgebraError::RatioIsNotANumber);
    }
    for ratio in ratios.iter().filter(|ratio| ratio.abs() > 1.0) {
        allowance.warn(Warning::RatioOutOfRange(*ratio));
    }
    for one in &mut series {
        let share = share(&one.labels);
        one.retain_steps(|step| {
            let ratio = ratios[step].clamp(-1.0, 1.0);
            if ratio >= 0.0 { share < ratio } else { share >= 1.0 + ratio }
        });
    }
    series.retain(Series::has_samples);
    Ok(series)
}

/// A number within 0 and 1 that depends on the labels alone.
fn share(labels: &Labels) -> f64 {
    let mut bytes = Vec::new();
    labels.iter().flat_map(|label| [&*label.name, &*label.value]).for_each(|text| push(&mut bytes, text));
    xxh64(&bytes, 0) as f64 / u64::MAX as f64
}

/// A text behind its length, which takes one byte, or 255 and three bytes from the lowest on.
fn push(bytes: &mut Vec<u8>, text: &str) {
    match u8::try_from(text.len()) {
        Ok(length) if length < u8::MAX => bytes.push(length),
        _ => {
            bytes.push(u8::MAX);
            bytes.extend(&text.len().to_le_bytes()[..3]);
        }
    }
    bytes.extend(text.as_bytes());
}
