//! `series`, `labels`, `label/{name}/values`, `metadata`: what there is to query.

use std::collections::BTreeMap;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use lab_metrics::MetricStore;
use lab_metrics::model::metadata::Metadata;
use lab_metrics::promql::error::PromqlError;
use lab_model::Grant;
use serde::Serialize;
use serde_json::{Value, json};

use crate::params::Params;
use crate::prometheus::answer::envelope::{self, Answer, success};
use crate::prometheus::answer::value::labels_length;
use crate::prometheus::error::{ErrorType, PrometheusError};
use crate::prometheus::params::{count, limit, range, selectors};
use crate::prometheus::query::escape;
use crate::prometheus::query::evaluator::TIMEOUT;
use crate::prometheus::state::PrometheusState;

/// `/api/v1/series`: the label sets of all series that meet one of `match[]`.
pub(crate) async fn series(State(state): State<PrometheusState>, params: Params) -> Answer {
    let sets = selectors(&params).map_err(|error| PrometheusError::parameter("match[]", error.message))?;
    if sets.is_empty() {
        return Err(PrometheusError::new(ErrorType::BadData, "no match[] parameter provided"));
    }
    let (start, end) = range(&params)?;
    list(&state, limit(&params)?, move |store| store.series(&sets, start, end), labels_length).await
}

/// `/api/v1/labels`: label names.
pub(crate) async fn names(State(state): State<PrometheusState>, params: Params) -> Answer {
    let (sets, (start, end)) = (selectors(&params)?, range(&params)?);
    list(&state, limit(&params)?, move |store| store.label_names(&sets, start, end), |name| name.len()).await
}

/// `/api/v1/label/{name}/values`: the values of a label.
///
/// A name with other characters than letters, digits and `_` may be written as it is, or escaped with the prefix `U__`.
pub(crate) async fn values(
    State(state): State<PrometheusState>,
    name: Result<Path<String>, PathRejection>,
    params: Params,
) -> Answer {
    let refuse = |reason: String| PrometheusError::new(ErrorType::BadData, format!("invalid label name: {reason}"));
    let Path(name) = name.map_err(|_| refuse("it is not UTF-8".to_owned()))?;
    let name = escape::unescape(&name);
    if name.is_empty() {
        return Err(refuse(format!("{name:?}")));
    }
    let (sets, (start, end)) = (selectors(&params)?, range(&params)?);
    let values = move |store: &MetricStore| store.label_values(&name, &sets, start, end);
    list(&state, limit(&params)?, values, |value| value.len()).await
}

/// `/api/v1/metadata`: type, help and unit by metric; `metric`, `limit`, `limit_per_metric`. Targets may say different things
/// about one metric, and what was sent to the lab no target says.
pub(crate) async fn metadata(State(state): State<PrometheusState>, params: Params) -> Answer {
    let limit = count(&params, "limit")?;
    let of_each = Some(count(&params, "limit_per_metric")?).filter(|limit| *limit > 0).unwrap_or(usize::MAX);
    let asked = params.get("metric");
    let scraped = state.scraper.as_ref().map(|scraper| scraper.metadata(asked)).unwrap_or_default();
    let mut known: BTreeMap<String, Vec<Metadata>> = BTreeMap::new();
    for (name, entry) in scraped.into_iter().flat_map(|(_, said)| said).chain(state.store.metadata(asked)) {
        let entries = known.entry(name).or_default();
        if entries.len() < of_each && !entries.contains(&entry) {
            entries.push(entry);
        }
    }
    let written = |entry: &Metadata| json!({"type": entry.kind.as_str(), "help": entry.help, "unit": entry.unit});
    let taken = known.into_iter().take(limit);
    let answer = taken.map(|(name, entries)| (name, entries.iter().map(written).collect()));
    success(&answer.collect::<BTreeMap<String, Vec<Value>>>())
}

/// What `find` finds as a list, cut at the limit; `length` says about how many bytes an item takes when it is written.
async fn list<T: Serialize, I: IntoIterator<Item = T>>(
    state: &PrometheusState,
    limit: usize,
    find: impl FnOnce(&MetricStore) -> I + Send + 'static,
    length: impl Fn(&T) -> usize + Send + 'static,
) -> Answer {
    let question = move |store: &MetricStore, grant: &Grant| {
        let mut found: Vec<T> = Vec::new();
        let mut is_cut = false;
        for item in find(store) {
            is_cut = limit > 0 && found.len() == limit;
            if is_cut {
                break;
            }
            grant.memory.take(2 * (length(&item) + r#""",""#.len()) + size_of::<T>())?;
            found.push(item);
        }
        let cut = [envelope::CUT.to_owned()];
        let data = serde_json::to_string(&found).map_err(|error| PromqlError::Execution(error.to_string()))?;
        Ok(envelope::around(|out| out.push_str(&data), if is_cut { &cut } else { &[] }, &[]))
    };
    state.evaluator.ask(TIMEOUT, question).await.map(envelope::response)
}
