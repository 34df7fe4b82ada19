//! `labels`, `label/{name}/values` and `series`: what there is in a time range.

use std::collections::BTreeSet;

use axum::extract::{Path, State};
use lab_logs::LogStore;
use lab_logs::logql::error::QueryError;
use lab_logs::logql::limits::QueryLimits;
use lab_model::{Grant, Labels};

use crate::error::PlainError;
use crate::loki::answer::envelope::{self, labels_length};
use crate::loki::answer::form::{Form, Written};
use crate::loki::answer::packed;
use crate::loki::answer::statistics::Watch;
use crate::loki::params;
use crate::loki::state::LokiState;
use crate::params::Params;

/// Names of labels; `query` narrows the streams.
pub(crate) async fn names(State(state): State<LokiState>, form: Form, request: Params) -> Result<Written, PlainError> {
    texts(&state, form, &request, |series| series.iter().flatten().map(|label| &*label.name).collect()).await
}

/// Values of a label.
pub(crate) async fn values(
    State(state): State<LokiState>,
    (Path(name), form): (Path<String>, Form),
    request: Params,
) -> Result<Written, PlainError> {
    texts(&state, form, &request, move |series| series.iter().filter_map(|labels| labels.get(&name)).collect()).await
}

/// What `pick` takes from the label sets of the streams that are asked for.
async fn texts(
    state: &LokiState,
    form: Form,
    request: &Params,
    pick: impl FnOnce(&[Labels]) -> BTreeSet<&str> + Send + 'static,
) -> Result<Written, PlainError> {
    let range = params::range(request, state.clock.now_ns())?;
    let matchers = params::matchers(request, "query")?;
    let mut watch = Watch::start();
    let question = move |store: &LogStore, _: &QueryLimits, grant: &Grant| {
        watch.begin();
        let series = store.series(&matchers, range.start, range.end)?;
        grant.memory.take(size_of_val(&*series))?;
        let found = pick(&series);
        let length = |text: &&str| size_of::<&str>() + text.len() + r#""","#.len();
        let written = found.iter().map(length).sum();
        form.take(&grant.memory, written, || found.iter().map(|text| packed::text_bytes(text)).sum())?;
        let json = || if found.is_empty() { envelope::EMPTY.to_owned() } else { envelope::list(&found) };
        Ok::<_, QueryError>(form.write(json, || packed::texts(found.iter().copied(), watch)))
    };
    state.run(question).await
}

/// Label sets of streams that meet any `match[]` (or `match`); none given means all.
pub(crate) async fn series(State(state): State<LokiState>, form: Form, request: Params) -> Result<Written, PlainError> {
    let range = params::range(&request, state.clock.now_ns())?;
    let selectors = request.all("match[]").chain(request.all("match")).map(params::only_matchers);
    let mut selectors: Vec<_> = selectors.collect::<Result<_, _>>()?;
    if selectors.is_empty() {
        selectors.push(Vec::new());
    }
    let mut watch = Watch::start();
    let question = move |store: &LogStore, _: &QueryLimits, grant: &Grant| {
        watch.begin();
        let mut found: BTreeSet<Labels> = BTreeSet::new();
        for matchers in &selectors {
            for labels in store.series(matchers, range.start, range.end)? {
                if !found.contains(&labels) {
                    form.take(&grant.memory, labels_length(&labels), || packed::pairs_bytes(&labels))?;
                    found.insert(labels);
                }
            }
        }
        Ok::<_, QueryError>(form.write(|| envelope::list(&found), || packed::label_sets(&found, watch)))
    };
    state.run(question).await
}
