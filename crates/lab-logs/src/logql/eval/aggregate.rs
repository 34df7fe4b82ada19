//! Aggregations over series: at each step, the series of a group become one value, or some are picked.

use std::collections::HashMap;

use lab_model::Labels;

use crate::logql::eval::series::Series;
use crate::logql::syntax::ast::{AggregateOp, Grouping};

/// Applies an aggregation.
pub(crate) fn aggregate(
    op: AggregateOp,
    parameter: Option<f64>,
    grouping: Option<&Grouping>,
    mut series: Vec<Series>,
) -> Vec<Series> {
    if matches!(op, AggregateOp::Sort | AggregateOp::SortDesc) {
        sort(&mut series, op == AggregateOp::SortDesc);
        return series;
    }
    let mut groups: Vec<(Labels, Vec<Series>)> = Vec::new();
    let mut known: HashMap<Labels, usize> = HashMap::new();
    for one in series {
        let labels = grouping.map_or_else(Labels::empty, |grouping| grouping.apply(&one.labels));
        let at = *known.entry(labels.clone()).or_insert_with(|| {
            groups.push((labels, Vec::new()));
            groups.len() - 1
        });
        groups[at].1.push(one);
    }
    if matches!(op, AggregateOp::Topk | AggregateOp::Bottomk) {
        let count = parameter.unwrap_or(0.0) as usize;
        let mut picked: Vec<Series> =
            groups.into_iter().flat_map(|(_, group)| pick(group, count, op == AggregateOp::Topk)).collect();
        sort(&mut picked, op == AggregateOp::Topk);
        return picked;
    }
    groups.into_iter().map(|(labels, group)| Series { labels, values: reduce(op, &group) }).collect()
}

/// Orders series by their last value.
fn sort(series: &mut [Series], descending: bool) {
    let last = |series: &Series| series.values.last().copied().flatten().unwrap_or(f64::NAN);
    series.sort_by(|a, b| if descending { last(b).total_cmp(&last(a)) } else { last(a).total_cmp(&last(b)) });
}

fn reduce(op: AggregateOp, group: &[Series]) -> Vec<Option<f64>> {
    let steps = group.first().map_or(0, |series| series.values.len());
    let at = |step: usize| group.iter().filter_map(move |series| series.values[step]);
    let value = |step: usize| {
        let count = at(step).count();
        if count == 0 {
            return None;
        }
        let sum: f64 = at(step).sum();
        let variance = || {
            let mean = sum / count as f64;
            at(step).map(|value| (value - mean).powi(2)).sum::<f64>() / count as f64
        };
        Some(match op {
            AggregateOp::Avg => sum / count as f64,
            AggregateOp::Min => at(step).fold(f64::INFINITY, f64::min),
            AggregateOp::Max => at(step).fold(f64::NEG_INFINITY, f64::max),
            AggregateOp::Count => count as f64,
            AggregateOp::Stddev => variance().sqrt(),
            AggregateOp::Stdvar => variance(),
            _ => sum,
        })
    };
    (0..steps).map(value).collect()
}

/// At each step, keeps the `count` largest (or smallest) values.
fn pick(mut group: Vec<Series>, count: usize, largest: bool) -> Vec<Series> {
    let steps = group.first().map_or(0, |series| series.values.len());
    for step in 0..steps {
        let mut ranked: Vec<(f64, usize)> =
            group.iter().enumerate().filter_map(|(at, series)| Some((series.values[step]?, at))).collect();
        ranked.sort_by(|a, b| if largest { b.0.total_cmp(&a.0) } else { a.0.total_cmp(&b.0) });
        for (_, at) in ranked.into_iter().skip(count) {
            group[at].values[step] = None;
        }
    }
    group.retain(|series| series.values.iter().any(Option::is_some));
    group
}
