//! What a query has cost, in the words of Prometheus: the parameter `stats`.

use std::time::Duration;

use lab_metrics::promql::params::EvalTime;
use lab_metrics::promql::value::EvalStats;
use serde_json::{Value, json};

/// The values of the parameter that mean something.
const KNOWN: [&str; 3] = ["", "true", "all"];

/// What a query has cost.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cost<'a> {
    pub(crate) stats: &'a EvalStats,
    /// How long it waited for its turn.
    pub(crate) waited: Duration,
    /// How long it took behind that.
    pub(crate) took: Duration,
}

/// The field `stats` of an answer. Results need no sorting of their own, since they are evaluated in order.
pub(crate) fn shown(cost: &Cost<'_>, time: EvalTime) -> Value {
    let mut samples = json!({"peakSamples": cost.stats.peak_samples});
    if let Some(count) = &cost.stats.samples {
        samples["totalQueryableSamples"] = json!(count.queryable);
        samples["samplesRead"] = json!(count.read);
        for (name, each) in
            [("totalQueryableSamplesPerStep", &count.queryable_at), ("samplesReadPerStep", &count.read_at)]
        {
            if !each.is_empty() {
                samples[name] =
                    each.iter().enumerate().map(|(step, count)| json!([seconds(time, step), count])).collect();
            }
        }
    }
    json!({
        "timings": {
            "evalTotalTime": cost.took.saturating_sub(cost.stats.preparation).as_secs_f64(),
            "resultSortTime": 0,
            "queryPreparationTime": cost.stats.preparation.as_secs_f64(),
            "innerEvalTime": cost.stats.evaluation.as_secs_f64(),
            "execQueueTime": cost.waited.as_secs_f64(),
            "execTotalTime": (cost.waited + cost.took).as_secs_f64(),
        },
        "samples": samples,
    })
}

/// The warning about a value of the parameter that Prometheus will refuse one day.
pub(crate) fn warning(value: &str) -> Option<String> {
    let text = || {
        format!(
            "value {value:?} for parameter \"stats\" is deprecated and will be rejected in the next major release, \
             use \"true\" or \"all\""
        )
    };
    (!KNOWN.contains(&value)).then(text)
}

/// The time of a step in seconds; whole ones have no fraction.
fn seconds(time: EvalTime, step: usize) -> Value {
    let ms = match time {
        EvalTime::Instant(at) => at,
        EvalTime::Range { start, step: length, .. } => start.saturating_add(length.saturating_mul(step as i64)),
    };
    if ms % 1000 == 0 { json!(ms / 1000) } else { json!(ms as f64 / 1000.0) }
}
