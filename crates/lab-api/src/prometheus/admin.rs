//! `admin/tsdb/*`: deletion, if the operator allowed it.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use crate::error::{ErrorType, PrometheusError};
use crate::params::{self, Params};
use crate::prometheus::series::selectors;
use crate::prometheus::state::PrometheusState;

/// `delete_series`: `match[]`, `start`, `end`.
pub(super) async fn delete_series(
    State(state): State<PrometheusState>,
    params: Params,
) -> Result<Response, PrometheusError> {
    if !state.about.admin_api {
        return Err(PrometheusError::new(ErrorType::Unavailable, "admin APIs disabled"));
    }
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
    let internal = |reason: String| PrometheusError::new(ErrorType::Internal, reason);
    deleted.await.map_err(|error| internal(error.to_string()))?.map_err(|error| internal(error.to_string()))?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
