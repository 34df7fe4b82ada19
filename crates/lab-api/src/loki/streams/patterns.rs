//! `patterns`: what lines have in common, and how many lines are of which pattern.

use axum::extract::State;
use axum::response::Response;
use lab_logs::logql::eval::survey::patterns;
use serde_json::{Value, json};

use crate::error::PlainError;
use crate::loki::state::LokiState;
use crate::loki::{answer, params};
use crate::params::Params;

/// The least time between two samples (ns), as in Loki.
const LEAST_STEP: i64 = 10_000_000_000;

/// The patterns of the lines that a selector finds, by level.
pub(crate) async fn patterns(State(state): State<LokiState>, request: Params) -> Result<Response, PlainError> {
    let range = params::range(&request, state.clock.now_ns())?;
    let step = params::step(&request, range)?.max(LEAST_STEP);
    let matchers = params::only_matchers(request.get("query").unwrap_or_default())?;
    let question = move |store: &lab_logs::LogStore, limits: &_, grant: &_| {
        patterns::patterns(store, &matchers, (range.start, range.end), step, (limits, grant))
    };
    let found = state.run(question).await?;
    let shown = |pattern: &patterns::Pattern| {
        let samples: Vec<Value> =
            pattern.samples.iter().map(|(at, count)| json!([at / 1_000_000_000, count])).collect();
        json!({"pattern": pattern.text, "level": pattern.level, "samples": samples})
    };
    Ok(answer::success(found.iter().map(shown).collect::<Vec<_>>()))
}
