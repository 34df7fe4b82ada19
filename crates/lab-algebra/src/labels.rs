//! New labels from old ones.

use lab_model::labels::METRIC_NAME;
use regex::Regex;

use crate::series::column::Series;

/// Where the whole value of `source` matches, sets `destination` to `replacement`, in which `$1` is the first group.
/// An expression that is to match a whole value must be anchored at both ends.
pub fn replace(series: &mut [Series], destination: &str, replacement: &str, source: &str, regex: &Regex) {
    for one in series {
        let Some(captures) = regex.captures(one.labels.get(source).unwrap_or_default()) else { continue };
        let mut value = String::new();
        captures.expand(replacement, &mut value);
        set(one, destination, value);
    }
}

/// Sets `destination` to the values of `sources` with `separator` between them.
pub fn join(series: &mut [Series], destination: &str, separator: &str, sources: &[&str]) {
    for one in series {
        let values: Vec<&str> = sources.iter().map(|source| one.labels.get(source).unwrap_or_default()).collect();
        let value = values.join(separator);
        set(one, destination, value);
    }
}

fn set(series: &mut Series, name: &str, value: String) {
    let mut labels = series.labels.to_builder();
    labels.set(name, value);
    series.labels = labels.build();
    // Who sets a metric's name wants to keep it.
    series.drop_name &= name != METRIC_NAME;
}
