//! The API and the page.
//!
//! | Request | Answer |
//! |---|---|
//! | `GET /` | the page; with `die` (and `async`, `times`, `strategy`) it rolls first: [`home`] |
//! | `GET /roll?die=fair` | dice-roller's answer and `trace_id` |
//! | `GET /roll-async?die=fair&times=10&strategy=all` | dice-roller's answer and `trace_id` |
//!
//! Errors of dice-roller pass through with their status and detail; 422 wrong parameters, 503 dice-roller cannot be
//! reached, 504 it is too slow.

mod home;
pub mod state;

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use telemetry::http::ClientGone;
use telemetry::problem::Problem;
use telemetry::query::Params;

use crate::request::RollRequest;
use state::Frontend;

pub fn routes(frontend: Arc<Frontend>) -> Router {
    Router::new()
        .route("/", get(home::home))
        .route("/roll", get(roll))
        .route("/roll-async", get(roll_async))
        .with_state(frontend)
}

async fn roll(State(frontend): State<Arc<Frontend>>, gone: ClientGone, params: Params) -> Result<Response, Problem> {
    frontend.answer(&RollRequest::single(params)?, &gone).await
}

async fn roll_async(
    State(frontend): State<Arc<Frontend>>,
    gone: ClientGone,
    params: Params,
) -> Result<Response, Problem> {
    frontend.answer(&RollRequest::batch(params, frontend.max_batch)?, &gone).await
}
