//! Hints: why a query found nothing, as far as the labels of the streams can tell. They are answered among Loki's
//! warnings, and begin with `Dicelab hint: ` because Loki gives none of them. Only labels are read for them, no lines.

use std::collections::BTreeSet;

use lab_algebra::Grid;
use lab_model::text::nearest::did_you_mean;
use lab_model::{MatchOp, Matcher};
use lab_storage::StorageError;

use crate::logql::syntax::ast::Metric;
use crate::store::LogStore;

/// The hints for the selectors of a metric query that has no result, each once.
pub fn of_metric(store: &LogStore, metric: &Metric, grid: Grid) -> Result<Vec<String>, StorageError> {
    let mut hints = BTreeSet::new();
    collect(store, metric, grid, &mut hints)?;
    Ok(hints.into_iter().collect())
}

fn collect(store: &LogStore, metric: &Metric, grid: Grid, hints: &mut BTreeSet<String>) -> Result<(), StorageError> {
    match metric {
        Metric::Number(_) | Metric::Vector(_) => Ok(()),
        Metric::Range(range) => {
            let start = grid.start.saturating_sub(range.offset).saturating_sub(range.range);
            let end = grid.end().saturating_sub(range.offset);
            hints.extend(of_selector(store, &range.query.matchers, start, end)?);
            Ok(())
        }
        Metric::Aggregate(aggregation) => collect(store, &aggregation.inner, grid, hints),
        Metric::LabelReplace(replace) => collect(store, &replace.inner, grid, hints),
        Metric::Binary(binary) => {
            collect(store, &binary.left, grid, hints)?;
            collect(store, &binary.right, grid, hints)
        }
    }
}

/// A hint about the first label matcher that no stream with lines from `start` to `end` (ns) meets.
pub(crate) fn of_selector(
    store: &LogStore,
    matchers: &[Matcher],
    start: i64,
    end: i64,
) -> Result<Option<String>, StorageError> {
    let labels = store.labels(&[], start, end)?;
    let names: Vec<&String> = labels.keys().collect();
    if names.is_empty() {
        return Ok(Some(hint("no stream has any line in this time range")));
    }
    for matcher in matchers.iter().filter(|matcher| !matcher.matches_empty()) {
        let Some(values) = labels.get(&matcher.name) else {
            let near = did_you_mean(&matcher.name, &names);
            return Ok(Some(hint(&format!("no stream has label {:?}{near}", matcher.name))));
        };
        if matcher.op == MatchOp::Equal && !values.contains(&matcher.value) {
            let near = did_you_mean(&matcher.value, &values.iter().collect::<Vec<_>>());
            return Ok(Some(hint(&format!("unknown value of label {}: {:?}{near}", matcher.name, matcher.value))));
        }
        if matcher.op == MatchOp::Regex && !values.iter().any(|value| matcher.matches(value)) {
            return Ok(Some(hint(&format!("no value of label {} matches {:?}", matcher.name, matcher.value))));
        }
    }
    let apart = matchers.len() > 1 && store.series(matchers, start, end)?.is_empty();
    Ok(apart.then(|| hint("each of these label matchers fits some streams, but no stream fits all of them")))
}

fn hint(text: &str) -> String {
    format!("Dicelab hint: {text}")
}
