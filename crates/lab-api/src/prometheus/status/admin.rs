//! `admin/tsdb/*`: deletion and snapshots, if the operator allowed them.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use chrono::DateTime;
use serde_json::json;

use crate::params::Params;
use crate::prometheus::answer::envelope::{Answer, success};
use crate::prometheus::error::{ErrorType, PrometheusError};
use crate::prometheus::params::{boolean, selectors, time_or};
use crate::prometheus::state::PrometheusState;

/// `delete_series`: `match[]`, `start`, `end`.
pub(crate) async fn delete_series(
    State(state): State<PrometheusState>,
    params: Params,
) -> Result<Response, PrometheusError> {
    allowed(&state)?;
    let sets = selectors(&params).map_err(|error| PrometheusError::parameter("match[]", error.message))?;
    if sets.is_empty() {
        return Err(PrometheusError::new(ErrorType::BadData, "no match[] parameter provided"));
    }
    let (start, end) = (time_or(&params, "start", i64::MIN)?, time_or(&params, "end", i64::MAX)?);
    let deleted = tokio::task::spawn_blocking(move || {
        sets.iter().try_for_each(|matchers| state.store.delete(matchers, start, end).map(|_| ()))
    });
    deleted.await.map_err(PrometheusError::internal)?.map_err(PrometheusError::internal)?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// `snapshot`: a copy of the database, in the folder `snapshots` of the data directory; answers its name.
pub(crate) async fn snapshot(State(state): State<PrometheusState>, params: Params) -> Answer {
    allowed(&state)?;
    if let Some(text) = params.get("skip_head").filter(|text| boolean(text).is_none()) {
        return Err(PrometheusError::parameter("skip_head", format!("unable to parse boolean: {text:?}")));
    }
    let now = DateTime::from_timestamp_nanos(state.clock.now_ns());
    let name = format!("{}-{:016x}", now.format("%Y%m%dT%H%M%SZ"), now.timestamp_subsec_nanos());
    let (store, folder) = (state.store, name.clone());
    let made = tokio::task::spawn_blocking(move || store.snapshot(&folder));
    made.await.map_err(PrometheusError::internal)?.map_err(PrometheusError::internal)?;
    success(&json!({"name": name}))
}

/// `clean_tombstones`: there are none, because what is deleted leaves the database at once.
pub(crate) async fn clean_tombstones(State(state): State<PrometheusState>) -> Result<StatusCode, PrometheusError> {
    allowed(&state)?;
    Ok(StatusCode::NO_CONTENT)
}

fn allowed(state: &PrometheusState) -> Result<(), PrometheusError> {
    if state.about.admin_api {
        return Ok(());
    }
    Err(PrometheusError::new(ErrorType::Disabled, "admin APIs disabled"))
}
