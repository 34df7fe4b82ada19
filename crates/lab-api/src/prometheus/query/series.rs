//! `series`, `labels`, `label/{name}/values`, `metadata`: what there is to query.

use std::collections::BTreeMap;

use axum::extract::{Path, State};
use serde_json::{Value, json};

use crate::params::Params;
use crate::prometheus::answer::envelope::{Answer, success, success_with};
use crate::prometheus::error::{ErrorType, PrometheusError};
use crate::prometheus::params::{limit, range, selectors};
use crate::prometheus::state::PrometheusState;

/// `/api/v1/series`: the label sets of all series that meet one of `match[]`.
pub(crate) async fn series(State(state): State<PrometheusState>, params: Params) -> Answer {
    let sets = selectors(&params)?;
    if sets.is_empty() {
        return Err(PrometheusError::new(ErrorType::BadData, "no match[] parameter provided"));
    }
    let (start, end) = range(&params)?;
    cut(state.store.series(&sets, start, end), limit(&params)?)
}

/// `/api/v1/labels`: label names.
pub(crate) async fn names(State(state): State<PrometheusState>, params: Params) -> Answer {
    let (sets, (start, end)) = (selectors(&params)?, range(&params)?);
    cut(state.store.label_names(&sets, start, end), limit(&params)?)
}

/// `/api/v1/label/{name}/values`: the values of a label.
pub(crate) async fn values(State(state): State<PrometheusState>, Path(name): Path<String>, params: Params) -> Answer {
    let (sets, (start, end)) = (selectors(&params)?, range(&params)?);
    cut(state.store.label_values(&name, &sets, start, end), limit(&params)?)
}

/// `/api/v1/metadata`: type, help and unit by metric; `metric`, `limit`.
pub(crate) async fn metadata(State(state): State<PrometheusState>, params: Params) -> Answer {
    let limit = limit(&params)?;
    let known = state.store.metadata(params.get("metric"));
    let entry = |(name, entry): (String, lab_metrics::model::metadata::Metadata)| {
        (name, [json!({"type": entry.kind.as_str(), "help": entry.help, "unit": entry.unit})])
    };
    let taken = known.into_iter().take(if limit == 0 { usize::MAX } else { limit });
    success(&taken.map(entry).collect::<BTreeMap<String, [Value; 1]>>())
}

fn cut<T: serde::Serialize>(found: impl IntoIterator<Item = T>, limit: usize) -> Answer {
    let mut found: Vec<T> = found.into_iter().collect();
    if limit == 0 || found.len() <= limit {
        return success(&found);
    }
    found.truncate(limit);
    success_with(&found, &["results truncated due to limit".to_owned()])
}
