//! `labels`, `label/{name}/values` and `series`: what there is in a time range.

use std::collections::BTreeSet;

use axum::extract::{Path, State};
use axum::response::Response;
use lab_logs::LogStore;
use lab_logs::logql::error::QueryError;
use lab_logs::logql::limits::QueryLimits;
use lab_model::{Grant, Labels};

use crate::error::PlainError;
use crate::loki::answer::labels_length;
use crate::loki::state::LokiState;
use crate::loki::{answer, params};
use crate::params::Params;

/// Names of labels; `query` narrows the streams.
pub(crate) async fn names(State(state): State<LokiState>, request: Params) -> Result<Response, PlainError> {
    texts(&state, &request, |series| series.iter().flatten().map(|label| &*label.name).collect()).await
}

/// Values of a label.
pub(crate) async fn values(
    State(state): State<LokiState>,
    Path(name): Path<String>,
    request: Params,
) -> Result<Response, PlainError> {
    texts(&state, &request, move |series| series.iter().filter_map(|labels| labels.get(&name)).collect()).await
}

/// What `pick` takes from the label sets of the streams that are asked for.
async fn texts(
    state: &LokiState,
    request: &Params,
    pick: impl FnOnce(&[Labels]) -> BTreeSet<&str> + Send + 'static,
) -> Result<Response, PlainError> {
    let range = params::range(request, state.clock.now_ns())?;
    let matchers = params::matchers(request, "query")?;
    let question = move |store: &LogStore, _: &QueryLimits, grant: &Grant| {
        let series = store.series(&matchers, range.start, range.end)?;
        grant.memory.take(size_of_val(&*series))?;
        let found = pick(&series);
        let length = |text: &&str| size_of::<&str>() + text.len() + r#""","#.len();
        grant.memory.take(found.iter().map(length).sum())?;
        Ok::<_, QueryError>(if found.is_empty() { answer::EMPTY.to_owned() } else { answer::list(&found) })
    };
    state.run(question).await.map(answer::written)
}

/// Label sets of streams that meet any `match[]` (or `match`); none given means all.
pub(crate) async fn series(State(state): State<LokiState>, request: Params) -> Result<Response, PlainError> {
    let range = params::range(&request, state.clock.now_ns())?;
    let selectors = request.all("match[]").chain(request.all("match")).map(params::only_matchers);
    let mut selectors: Vec<_> = selectors.collect::<Result<_, _>>()?;
    if selectors.is_empty() {
        selectors.push(Vec::new());
    }
    let question = move |store: &LogStore, _: &QueryLimits, grant: &Grant| {
        let mut found: BTreeSet<Labels> = BTreeSet::new();
        for matchers in &selectors {
            for labels in store.series(matchers, range.start, range.end)? {
                if !found.contains(&labels) {
                    grant.memory.take(labels_length(&labels))?;
                    found.insert(labels);
                }
            }
        }
        Ok::<_, QueryError>(answer::list(&found))
    };
    state.run(question).await.map(answer::written)
}
