//! `labels`, `label/{name}/values` and `series`: what there is in a time range.

use std::collections::BTreeSet;

use axum::extract::{Path, State};
use axum::response::Response;
use lab_model::Labels;

use crate::error::PlainError;
use crate::loki::state::LokiState;
use crate::loki::{answer, params};
use crate::params::Params;

/// Names of labels; `query` narrows the streams.
pub(crate) async fn names(State(state): State<LokiState>, request: Params) -> Result<Response, PlainError> {
    let range = params::range(&request, state.clock.now_ns())?;
    let matchers = params::matchers(&request, "query")?;
    let labels = state.run(move |store, _, _| store.labels(&matchers, range.start, range.end)).await?;
    let names: Vec<String> = labels.into_keys().collect();
    Ok(if names.is_empty() { answer::success_without_data() } else { answer::success(names) })
}

/// Values of a label.
pub(crate) async fn values(
    State(state): State<LokiState>,
    Path(name): Path<String>,
    request: Params,
) -> Result<Response, PlainError> {
    let range = params::range(&request, state.clock.now_ns())?;
    let matchers = params::matchers(&request, "query")?;
    let mut labels = state.run(move |store, _, _| store.labels(&matchers, range.start, range.end)).await?;
    Ok(match labels.remove(&name) {
        Some(values) => answer::success(values),
        None => answer::success_without_data(),
    })
}

/// Label sets of streams that meet any `match[]` (or `match`); none given means all.
pub(crate) async fn series(State(state): State<LokiState>, request: Params) -> Result<Response, PlainError> {
    let range = params::range(&request, state.clock.now_ns())?;
    let selectors = request.all("match[]").chain(request.all("match")).map(params::selector);
    let mut selectors: Vec<_> = selectors.map(|query| query.map(|query| query.matchers)).collect::<Result<_, _>>()?;
    if selectors.is_empty() {
        selectors.push(Vec::new());
    }
    let found = state
        .run(move |store, _, _| {
            let mut found: BTreeSet<Labels> = BTreeSet::new();
            for matchers in &selectors {
                found.extend(store.series(matchers, range.start, range.end)?);
            }
            Ok::<_, PlainError>(found)
        })
        .await?;
    Ok(answer::success(found))
}
