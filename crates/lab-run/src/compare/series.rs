//! Metrics that are new, gone, or have other labels or another type.

use std::collections::{BTreeMap, BTreeSet};

use crate::compare::change::{Change, Kind};
use crate::compare::side::Side;

/// The names of types by their numbers.
const KINDS: [&str; 8] = ["unknown", "counter", "gauge", "histogram", "gaugehistogram", "summary", "info", "stateset"];

/// The number of the type of which nothing is known.
const UNKNOWN: i32 = 0;

/// What a metric is like.
#[derive(Default, PartialEq, Eq)]
struct Metric {
    labels: BTreeSet<String>,
    series: usize,
    kind: i32,
    unit: String,
}

/// What is new, gone or otherwise.
pub(crate) fn changes(before: &Side, after: &Side) -> Vec<Change> {
    let (was, is) = (metrics(before), metrics(after));
    let names: BTreeSet<&String> = was.keys().chain(is.keys()).collect();
    let mut changes = Vec::new();
    for name in names {
        let mut told = |what: &str, before: String, after: String| {
            changes.push(Change::of(Kind::Series, format!("{what} {name}"), before, after));
        };
        match (was.get(name), is.get(name)) {
            (Some(old), None) => told("metric", series(old), "gone".to_owned()),
            (None, Some(new)) => told("metric", "none".to_owned(), series(new)),
            (Some(old), Some(new)) => {
                if old.labels != new.labels {
                    told("labels of", listed(&old.labels), listed(&new.labels));
                }
                // Some formats do not say the type of everything, which is no change of the program.
                let are_known = old.kind != UNKNOWN && new.kind != UNKNOWN;
                if are_known && old.kind != new.kind {
                    told("type of", kind(old.kind), kind(new.kind));
                }
                if are_known && old.unit != new.unit {
                    told("unit of", old.unit.clone(), new.unit.clone());
                }
            }
            (None, None) => {}
        }
    }
    changes
}

fn metrics(side: &Side) -> BTreeMap<String, Metric> {
    let mut all: BTreeMap<String, Metric> = BTreeMap::new();
    for series in &side.series {
        let labels = series.labels();
        let metric = all.entry(labels.metric_name().unwrap_or_default().to_owned()).or_default();
        metric.labels.extend(labels.without_name().iter().map(|label| label.name.to_string()));
        metric.series += 1;
    }
    for (name, family) in &side.families {
        if let Some(metric) = all.get_mut(name) {
            (metric.kind, metric.unit) = (family.kind, family.unit.clone());
        }
    }
    all
}

fn series(metric: &Metric) -> String {
    format!("{} series", metric.series)
}

fn listed(labels: &BTreeSet<String>) -> String {
    labels.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
}

fn kind(number: i32) -> String {
    usize::try_from(number).ok().and_then(|at| KINDS.get(at)).unwrap_or(&KINDS[0]).to_string()
}
