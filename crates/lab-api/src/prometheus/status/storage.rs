//! The store behind the API: `status/{tsdb,tsdb/blocks,walreplay}`.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use axum::extract::State;
use serde_json::{Value, json};

use crate::params::Params;
use crate::prometheus::answer::envelope::{Answer, success};
use crate::prometheus::error::{ErrorType, PrometheusError};
use crate::prometheus::state::PrometheusState;

/// The longest list that `status/tsdb` gives, as in Prometheus.
const MAX_LIMIT: usize = 10_000;

/// `/api/v1/status/tsdb`: sizes, and the largest by each measure; `limit` (10).
pub(crate) async fn tsdb(State(state): State<PrometheusState>, params: Params) -> Answer {
    let limit = match params.get("limit").map(str::parse::<usize>) {
        None => 10,
        Some(Ok(limit)) if limit > MAX_LIMIT => return Err(refuse(format!("limit must not exceed {MAX_LIMIT}"))),
        Some(Ok(limit)) if limit > 0 => limit,
        Some(_) => return Err(refuse("limit must be a positive number".to_owned())),
    };
    let (sizes, labels) = (state.store.stats(), state.store.cardinality());
    let bytes = |name: &String, values: &BTreeMap<String, usize>| {
        values.iter().map(|(value, series)| (name.len() + value.len()) * series).sum::<usize>()
    };
    let pairs = labels
        .iter()
        .flat_map(|(name, values)| values.iter().map(move |(value, series)| (format!("{name}={value}"), *series)));
    let by_metric = labels.get("__name__").into_iter().flatten().map(|(name, series)| (name.clone(), *series));
    success(&json!({
        "headStats": {
            "numSeries": sizes.series, "numLabelPairs": labels.values().map(BTreeMap::len).sum::<usize>(),
            "chunkCount": sizes.chunks_sealed, "minTime": sizes.oldest, "maxTime": sizes.newest,
        },
        "seriesCountByMetricName": largest(by_metric, limit),
        "labelValueCountByLabelName": largest(labels.iter().map(|(name, values)| (name.clone(), values.len())), limit),
        "memoryInBytesByLabelName": largest(labels.iter().map(|(name, values)| (name.clone(), bytes(name, values))), limit),
        "seriesCountByLabelValuePair": largest(pairs, limit),
    }))
}

/// `/api/v1/status/tsdb/blocks`: the store keeps its samples in one database, so there are no blocks.
pub(crate) async fn blocks() -> Answer {
    success(&json!({"blocks": []}))
}

/// `/api/v1/status/walreplay`: the journal has been read before the port is opened, so nothing is left to replay.
pub(crate) async fn wal_replay() -> Answer {
    success(&json!({"min": 0, "max": 0, "current": 0}))
}

fn refuse(reason: String) -> PrometheusError {
    PrometheusError::new(ErrorType::BadData, reason)
}

fn largest(entries: impl Iterator<Item = (String, usize)>, limit: usize) -> Vec<Value> {
    let mut entries: Vec<_> = entries.collect();
    entries.sort_by_key(|(_, size)| Reverse(*size));
    entries.truncate(limit);
    entries.into_iter().map(|(name, value)| json!({"name": name, "value": value})).collect()
}
