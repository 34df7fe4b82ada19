//! Holding the lab's own traffic, for who counts:
//!
//! | Request | Answer |
//! |---|---|
//! | `POST /api/v0/traffic/pause?for=5m` | 200 once none of its requests is under way; the pause ends by itself |
//! | `POST /api/v0/traffic/resume` | 200 |
//!
//! The page has the same under `/api/lab`, at its own origin. Both answer `{"traffic": {"state": "paused", "paused_until_ms": …}}`, state `none` if the lab makes no traffic;
//! 400 for a bad duration, 403 from elsewhere, 503 if the generator cannot be told or its requests do not end.

use std::time::Duration;

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use lab_model::duration;
use lab_supervisor::OrderError;
use serde::Deserialize;
use serde_json::json;

use crate::pages::steering::{Steering, message};
use crate::parts::children::traffic::{Traffic, TrafficControl};

/// How long a pause lasts unless told.
const PAUSE: Duration = Duration::from_secs(300);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(3600);

/// The routes below a path such as `/api/v0`.
pub fn router(base: &str, control: TrafficControl) -> Router {
    Router::new()
        .route(&format!("{base}/traffic/pause"), post(pause))
        .route(&format!("{base}/traffic/resume"), post(resume))
        .with_state(control)
}

/// The query of a pause.
#[derive(Debug, Deserialize)]
pub struct PauseQuery {
    #[serde(rename = "for")]
    pub time: Option<String>,
}

async fn pause(_: Steering, State(control): State<TrafficControl>, Query(query): Query<PauseQuery>) -> Response {
    match pause_time(query.time.as_deref()) {
        Ok(time) => answer(control.pause(time).await),
        Err(problem) => message(StatusCode::BAD_REQUEST, &format!("for: {problem}")),
    }
}

async fn resume(_: Steering, State(control): State<TrafficControl>) -> Response {
    answer(control.resume().await)
}

/// How long a pause is to last, as it was asked for.
pub fn pause_time(text: Option<&str>) -> Result<Duration, String> {
    let time = text.map_or(Ok(PAUSE), |text| duration::parse(text).map_err(|error| error.to_string()))?;
    if time.is_zero() || time > LONGEST_PAUSE {
        return Err(format!("expected more than 0 and at most {}", duration::format(LONGEST_PAUSE)));
    }
    Ok(time)
}

fn answer(outcome: Result<Traffic, OrderError>) -> Response {
    match outcome {
        Ok(traffic) => Json(json!({ "traffic": traffic })).into_response(),
        Err(error) => message(StatusCode::SERVICE_UNAVAILABLE, &format!("the traffic generator: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_is_bounded() {
        assert_eq!(pause_time(None), Ok(PAUSE));
        assert_eq!(pause_time(Some("60s")), Ok(Duration::from_secs(60)));
        for bad in ["0", "2h", "soon", ""] {
            assert!(pause_time(Some(bad)).is_err(), "{bad:?}");
        }
    }
}
