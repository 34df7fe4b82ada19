//! New labels from old ones.

use lab_model::Expression;
use lab_model::labels::{LONGEST_VALUE, METRIC_NAME};

use crate::allowance::Allowance;
use crate::error::AlgebraError;
use crate::series::column::Series;

/// Where the whole value of `source` matches, sets `destination` to `replacement`, in which `$1` is the first group.
/// An expression that is to match a whole value must be anchored at both ends.
pub fn replace(
    allowance: &Allowance<'_>,
    series: &mut [Series],
    destination: &str,
    replacement: &str,
    source: &str,
    regex: &Expression,
) -> Result<(), AlgebraError> {
    // How often a group stands in the replacement is at most how many dollar signs there are.
    let groups = replacement.matches('$').count();
    let replacement = &*regex.replacement(replacement);
    for one in series {
        let value = one.labels.get(source).unwrap_or_default();
        allowance.work(value.len())?;
        let Some(captures) = regex.captures(value) else { continue };
        allowance.room_for_bytes(value.len().saturating_mul(groups).saturating_add(replacement.len()))?;
        let mut made = String::new();
        captures.expand(replacement, &mut made);
        check_length(destination, made.len())?;
        set(allowance, one, destination, made)?;
    }
    Ok(())
}

/// Sets `destination` to the values of `sources` with `separator` between them.
pub fn join(
    allowance: &Allowance<'_>,
    series: &mut [Series],
    destination: &str,
    separator: &str,
    sources: &[&str],
) -> Result<(), AlgebraError> {
    for one in series {
        let values: Vec<&str> = sources.iter().map(|source| one.labels.get(source).unwrap_or_default()).collect();
        let bytes = values.iter().map(|value| value.len() + separator.len()).fold(0, usize::saturating_add);
        allowance.room_for_bytes(bytes)?;
        check_length(destination, bytes)?;
        allowance.work(bytes)?;
        let value = values.join(separator);
        set(allowance, one, destination, value)?;
    }
    Ok(())
}

fn check_length(name: &str, bytes: usize) -> Result<(), AlgebraError> {
    if bytes > LONGEST_VALUE { Err(AlgebraError::LongValue { name: name.to_owned(), bytes }) } else { Ok(()) }
}

fn set(allowance: &Allowance<'_>, series: &mut Series, name: &str, value: String) -> Result<(), AlgebraError> {
    let mut labels = series.labels.to_builder();
    labels.set(name, value);
    series.labels = labels.build();
    // Who sets a metric's name wants to keep it.
    series.drop_name &= name != METRIC_NAME;
    allowance.take_bytes(series.labels.own_bytes())
}
