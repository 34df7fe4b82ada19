//! Recording rules: what a query gives, under a new name.

use std::collections::BTreeSet;

use lab_model::labels::METRIC_NAME;

use crate::promql::value::Point;
use crate::rules::file::RuleSpec;

/// The series that a rule records.
pub(crate) fn record(spec: &RuleSpec, mut points: Vec<Point>, limit: usize) -> Result<Vec<Point>, String> {
    let mut seen = BTreeSet::new();
    for point in &mut points {
        let mut labels = point.labels.to_builder();
        labels.set(METRIC_NAME, spec.name.as_str());
        for (name, value) in &spec.labels {
            labels.set(name.as_str(), value.as_str());
        }
        point.labels = labels.build();
        if !seen.insert(point.labels.clone()) {
            return Err("vector contains metrics with the same labelset after applying rule labels".to_owned());
        }
    }
    if limit > 0 && points.len() > limit {
        return Err(format!("exceeded limit of {limit} with {} series", points.len()));
    }
    Ok(points)
}
