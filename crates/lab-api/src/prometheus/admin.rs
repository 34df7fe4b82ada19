//! `admin/tsdb/*`: deletion and snapshots, if the operator allowed them.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use chrono::Utc;
use serde_json::json;

use crate::error::{ErrorType, PrometheusError};
use crate::params::{self, Params};
use crate::prometheus::envelope::{Answer, success};
use crate::prometheus::series::selectors;
use crate::prometheus::state::PrometheusState;

/// `delete_series`: `match[]`, `start`, `end`.
pub(super) async fn delete_series(
    State(state): State<PrometheusState>,
    params: Params,
) -> Result<Response, PrometheusError> {
    allowed(&state)?;
    let sets = selectors(&params)?;
    if sets.is_empty() {
        return Err(PrometheusError::new(ErrorType::BadData, "no match[] parameter provided"));
    }
    let time = |name, default| match params.get(name) {
        None => Ok(default),
        Some(text) => params::time_ms(text)
            .ok_or_else(|| PrometheusError::parameter(name, format!("cannot parse {text:?} to a valid timestamp"))),
    };
    let (start, end) = (time("start", i64::MIN)?, time("end", i64::MAX)?);
    let deleted = tokio::task::spawn_blocking(move || {
        sets.iter().try_for_each(|matchers| state.store.delete(matchers, start, end).map(|_| ()))
    });
    deleted.await.map_err(|error| internal(error.to_string()))?.map_err(|error| internal(error.to_string()))?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// `snapshot`: a copy of the database, in the folder `snapshots` of the data directory; answers its name.
pub(super) async fn snapshot(State(state): State<PrometheusState>) -> Answer {
    allowed(&state)?;
    let now = Utc::now();
    let name = format!("{}-{:016x}", now.format("%Y%m%dT%H%M%SZ"), now.timestamp_subsec_nanos());
    let (store, folder) = (state.store, name.clone());
    let made = tokio::task::spawn_blocking(move || store.snapshot(&folder));
    made.await.map_err(|error| internal(error.to_string()))?.map_err(|error| internal(error.to_string()))?;
    success(&json!({"name": name}))
}

fn allowed(state: &PrometheusState) -> Result<(), PrometheusError> {
    if state.about.admin_api {
        return Ok(());
    }
    Err(PrometheusError::new(ErrorType::Unavailable, "admin APIs disabled"))
}

fn internal(reason: String) -> PrometheusError {
    PrometheusError::new(ErrorType::Internal, reason)
}
