//! `POST /api/v2/traces/diff`: what differs between two traces.

use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use lab_model::{Grant, Interrupt};
use lab_traces::query::by_id::diff::patch::Patch;
use lab_traces::query::by_id::diff::side::Side;
use lab_traces::query::by_id::diff::summary::Summary;
use lab_traces::query::walk::WalkError;
use lab_traces::span::Trace;
use lab_traces::{TraceId, TraceStore};
use serde::Deserialize;

use crate::error::PlainError;
use crate::tempo::answer::diff;
use crate::tempo::answer::format::json;
use crate::tempo::state::TempoState;

/// Bytes that a trace takes for each byte of its stored spans while it is compared: decoded, in its parts, and as text.
const COMPARED: usize = 12;

/// Bytes that one number in the place of a span takes, as a value and as text.
const PATH_NUMBER: usize = 64;

/// The body of a request.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct DiffRequest {
    pub(crate) base: SideRequest,
    pub(crate) compare: SideRequest,
    /// One of [`FORMATS`]; every span that differs unless told otherwise.
    pub(crate) format: String,
}

/// One of the two traces. Its time range makes it faster to find in Tempo's blocks, and is only checked here.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct SideRequest {
    /// Tempo reads names of fields without regard to their case, and clients write `traceID`.
    #[serde(alias = "traceID")]
    pub(crate) trace_id: String,
    pub(crate) start: Option<i64>,
    pub(crate) end: Option<i64>,
}

/// The answers that there are: the summary with the patch if it is small, the patch, or the summary.
const FORMATS: [&str; 3] = [diff::COMPOSED, diff::PATCH, diff::SUMMARY];

pub(crate) async fn diff(State(state): State<TempoState>, body: Bytes) -> Result<Response, PlainError> {
    let request = serde_json::from_slice(&body)
        .map_err(|error| PlainError::bad_request(format!("invalid trace diff request body: {error}")))?;
    Ok(json(compared(&state, &request).await?))
}

/// The comparison of two traces, as JSON.
pub(crate) async fn compared(state: &TempoState, request: &DiffRequest) -> Result<String, PlainError> {
    let format = if request.format.is_empty() { diff::PATCH } else { request.format.as_str() };
    let Some(format) = FORMATS.into_iter().find(|known| *known == format) else {
        let known = FORMATS.map(|format| format!("{format:?}")).join(", ");
        return Err(PlainError::bad_request(format!("invalid format {format:?}: must be one of {known}")));
    };
    let ids = (id("base", &request.base)?, id("compare", &request.compare)?);
    let question = move |store: &TraceStore, grant: &Grant| {
        let (base, compare) = (side(store, ids.0, grant)?, side(store, ids.1, grant)?);
        let patch = Patch::new(&base, &compare);
        if format != diff::SUMMARY {
            let places = patch.path_numbers().saturating_mul(PATH_NUMBER);
            grant.memory.take(places).map_err(WalkError::Memory)?;
        }
        Ok::<_, PlainError>(match format {
            diff::PATCH => diff::patch(&patch).to_string(),
            diff::SUMMARY => diff::summary(&patch, &Summary::new(&patch)).to_string(),
            _ => diff::composed(&patch, &Summary::new(&patch)),
        })
    };
    state.run(Interrupt::default(), question).await
}

fn id(name: &str, side: &SideRequest) -> Result<TraceId, PlainError> {
    if side.trace_id.is_empty() {
        return Err(PlainError::bad_request(format!("{name}.traceId is required")));
    }
    if let (Some(start), Some(end)) = (side.start, side.end)
        && end <= start
    {
        let message = format!("{name}.start must be before {name}.end. received start={start} end={end}");
        return Err(PlainError::bad_request(message));
    }
    TraceId::parse(&side.trace_id).map_err(|error| PlainError::bad_request(format!("invalid {name}.traceId: {error}")))
}

fn side(store: &TraceStore, id: TraceId, grant: &Grant) -> Result<Side, PlainError> {
    let missing = || PlainError::new(StatusCode::NOT_FOUND, format!("the trace {id} is not here"));
    let stored = store.trace(id).map_err(WalkError::from)?.ok_or_else(missing)?;
    if stored.partial {
        let message =
            format!("the trace {id} is too large to be loaded as a whole, and a part of it cannot be compared");
        return Err(PlainError::new(StatusCode::UNPROCESSABLE_ENTITY, message));
    }
    let bytes = usize::try_from(stored.bytes).unwrap_or(usize::MAX);
    grant.memory.take(bytes.saturating_mul(COMPARED)).map_err(WalkError::Memory)?;
    let trace = Trace::decode(stored.id, &stored.spans).ok_or_else(missing)?;
    Ok(Side::new(&trace))
}
