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

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::header::CONTENT_TYPE;
use telemetry::http::ClientGone;
use telemetry::problem::Problem;
use telemetry::query::Params;
use telemetry::traces::SpanIds;

use crate::answer::with_trace_id;
use crate::args::TraceUrl;
use crate::request::RollRequest;
use crate::rolling::Rolling;

/// The state of the handlers.
#[derive(Debug)]
pub struct Frontend {
    /// The one way to roll.
    pub rolling: Rolling,
    /// Most rolls in a batch.
    pub max_batch: usize,
    /// Where traces can be seen.
    pub trace_url: TraceUrl,
}

/// The routes.
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

impl Frontend {
    async fn answer(&self, request: &RollRequest, gone: &ClientGone) -> Result<Response, Problem> {
        let rolled = self.rolling.roll(request, gone.token()).await?;
        let traced = SpanIds::current().and_then(|ids| with_trace_id(&rolled.body, ids.trace_id_hex().as_str()));
        let body = traced.map_or(rolled.body, Into::into);
        Ok(([(CONTENT_TYPE, "application/json")], body).into_response())
    }
}
