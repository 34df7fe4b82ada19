//! `series`, `labels`, `label/{name}/values`, `metadata`: what there is to query.

use std::collections::BTreeMap;

use axum::extract::{Path, State};
use lab_metrics::selector;
use lab_model::Matcher;
use serde_json::{Value, json};

use crate::error::{ErrorType, PrometheusError};
use crate::params::{self, Params};
use crate::prometheus::envelope::{Answer, success, success_with};
use crate::prometheus::query::limit;
use crate::prometheus::state::PrometheusState;

/// `/api/v1/series`: the label sets of all series that meet one of `match[]`.
pub(super) async fn series(State(state): State<PrometheusState>, params: Params) -> Answer {
    let sets = selectors(&params)?;
    if sets.is_empty() {
        return Err(PrometheusError::new(ErrorType::BadData, "no match[] parameter provided"));
    }
    let (start, end) = range(&params)?;
    cut(state.store.series(&sets, start, end), limit(&params)?)
}

/// `/api/v1/labels`: label names.
pub(super) async fn names(State(state): State<PrometheusState>, params: Params) -> Answer {
    let (sets, (start, end)) = (selectors(&params)?, range(&params)?);
    cut(state.store.label_names(&sets, start, end), limit(&params)?)
}

/// `/api/v1/label/{name}/values`: the values of a label.
pub(super) async fn values(State(state): State<PrometheusState>, Path(name): Path<String>, params: Params) -> Answer {
    let (sets, (start, end)) = (selectors(&params)?, range(&params)?);
    cut(state.store.label_values(&name, &sets, start, end), limit(&params)?)
}

/// `/api/v1/metadata`: type, help and unit by metric; `metric`, `limit`.
pub(super) async fn metadata(State(state): State<PrometheusState>, params: Params) -> Answer {
    let limit = limit(&params)?;
    let known = state.store.metadata(params.get("metric"));
    let entry = |(name, entry): (String, lab_metrics::model::metadata::Metadata)| {
        (name, [json!({"type": entry.kind.as_str(), "help": entry.help, "unit": entry.unit})])
    };
    let taken = known.into_iter().take(if limit == 0 { usize::MAX } else { limit });
    success(&taken.map(entry).collect::<BTreeMap<String, [Value; 1]>>())
}

/// The matchers of every `match[]`.
pub(super) fn selectors(params: &Params) -> Result<Vec<Vec<Matcher>>, PrometheusError> {
    params.all("match[]").map(|text| selector_of("match[]", text)).collect()
}

/// The matchers of one selector, given in the parameter `name`.
pub(super) fn selector_of(name: &str, text: &str) -> Result<Vec<Matcher>, PrometheusError> {
    selector::parse(text).map_err(|error| PrometheusError::parameter(name, error))
}

/// `start` and `end`, by default all of time.
fn range(params: &Params) -> Result<(i64, i64), PrometheusError> {
    let time = |name, default| match params.get(name) {
        None => Ok(default),
        Some(text) => params::time_ms(text)
            .ok_or_else(|| PrometheusError::parameter(name, format!("cannot parse {text:?} to a valid timestamp"))),
    };
    let (start, end) = (time("start", i64::MIN)?, time("end", i64::MAX)?);
    if end < start {
        return Err(PrometheusError::parameter("end", "end timestamp must not be before start time"));
    }
    Ok((start, end))
}

fn cut<T: serde::Serialize>(found: impl IntoIterator<Item = T>, limit: usize) -> Answer {
    let mut found: Vec<T> = found.into_iter().collect();
    if limit == 0 || found.len() <= limit {
        return success(&found);
    }
    found.truncate(limit);
    success_with(&found, &["results truncated due to limit".to_owned()])
}
