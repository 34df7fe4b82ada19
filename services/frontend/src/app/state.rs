//! What the handlers share, and the API's answer to a roll.

use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;
use telemetry::http::ClientGone;
use telemetry::problem::Problem;
use telemetry::traces::SpanIds;

use crate::answer::with_trace_id;
use crate::args::TraceUrl;
use crate::request::RollRequest;
use crate::rolling::Rolling;

/// What the handlers share.
#[derive(Debug)]
pub struct Frontend {
    /// The one way to roll.
    pub rolling: Rolling,
    /// Most rolls in a batch.
    pub max_batch: usize,
    /// Where traces can be seen.
    pub trace_url: TraceUrl,
}

impl Frontend {
    /// Rolls, and answers as dice-roller does, with the trace id added.
    pub(super) async fn answer(&self, request: &RollRequest, gone: &ClientGone) -> Result<Response, Problem> {
        let rolled = self.rolling.roll(request, gone.token()).await?;
        let traced = SpanIds::current().and_then(|ids| with_trace_id(&rolled.body, ids.trace_id_hex().as_str()));
        let body = traced.map_or(rolled.body, Into::into);
        Ok(([(CONTENT_TYPE, "application/json")], body).into_response())
    }
}
