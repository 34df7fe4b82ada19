//! A trace by its id.

use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode};
use lab_model::{Grant, Interrupt};
use lab_traces::query::walk::WalkError;
use lab_traces::{StoredTrace, TraceId, TraceStore};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, TracesData};

use crate::error::PlainError;
use crate::tempo::answer::format::{Answer, json, protobuf, respond, wants_protobuf};
use crate::tempo::answer::messages::{MetadataMetrics, TraceByIdResponse};
use crate::tempo::answer::object::{Object, each, leading};
use crate::tempo::answer::otlp::Wire;
use crate::tempo::params;
use crate::tempo::params::given::Params;
use crate::tempo::params::range;
use crate::tempo::state::TempoState;

/// Bytes that a trace takes for each byte of its stored spans while it is answered: decoded, and as text.
const ANSWERED: usize = 8;

pub(crate) async fn by_id(
    State(state): State<TempoState>,
    Path(id): Path<String>,
    Query(params): Query<Params>,
    headers: HeaderMap,
) -> Result<Response, PlainError> {
    let (known, is_protobuf) = (TraceId::parse(&id)?, wants_protobuf(&headers));
    range::of_trace(&params)?;
    let question = move |store: &TraceStore, grant: &Grant| {
        let Some(trace) = store.trace(known)? else { return Ok(StatusCode::NOT_FOUND.into_response()) };
        if trace.partial {
            // This answer has no place to say that it is not complete.
            let part =
                format!("the trace is too large to be answered as a whole; /api/v2/traces/{id} answers a part of it");
            return Ok(PlainError::new(StatusCode::UNPROCESSABLE_ENTITY, part).into_response());
        }
        let batches = batches(&trace, grant)?;
        Ok::<_, WalkError>(if is_protobuf {
            protobuf(&TracesData { resource_spans: batches })
        } else {
            json(leading("batches", &each(&batches, Wire), Object::default()))
        })
    };
    state.run(Interrupt::default(), question).await
}

/// `GET /api/v2/traces/{id}`, with `q` only the spans that a filter selects, and around them the generations that
/// `match_depth`, `keep_hierarchy` and `ancestor_depth` name
pub(crate) async fn by_id_v2(
    State(state): State<TempoState>,
    Path(id): Path<String>,
    Query(params): Query<Params>,
    headers: HeaderMap,
) -> Result<Response, PlainError> {
    Ok(respond(&headers, trace(&state, &id, &params).await?))
}

/// Answers a question for a trace by its id.
pub(crate) async fn trace(
    state: &TempoState,
    id: &str,
    params: &Params,
) -> Result<Answer<TraceByIdResponse>, PlainError> {
    let known = TraceId::parse(id)?;
    range::of_trace(params)?;
    let excerpt = params::trace::excerpt(params)?;
    let question = move |store: &TraceStore, grant: &Grant| {
        let Some(mut trace) = store.trace(known)? else { return Ok(answer(Vec::new(), 0, &[])) };
        let mut reasons = Vec::new();
        if trace.partial {
            reasons.push("the trace is too large to be loaded as a whole; some of its spans are missing here");
        }
        if let Some(excerpt) = &excerpt {
            let all = trace.spans.len();
            excerpt.apply(&mut trace);
            if trace.spans.len() < all {
                reasons.push("only the spans that the filter selects are here");
            }
        }
        let batches = batches(&trace, grant)?;
        Ok::<_, WalkError>(answer(batches, trace.bytes, &reasons))
    };
    state.run(Interrupt::default(), question).await
}

/// The spans of a trace as they would be sent, if there is memory for them and for the answer.
fn batches(trace: &StoredTrace, grant: &Grant) -> Result<Vec<ResourceSpans>, WalkError> {
    let bytes: usize = trace.spans.iter().map(|span| span.otlp.len()).sum();
    grant.memory.take(bytes.saturating_mul(ANSWERED))?;
    Ok(trace.to_otlp())
}

/// The answer with these spans, of which something is missing if there are reasons for that.
fn answer(resource_spans: Vec<ResourceSpans>, bytes: u64, reasons: &[&str]) -> Answer<TraceByIdResponse> {
    let missing = (!reasons.is_empty()).then(|| reasons.join("; "));
    let message = TraceByIdResponse {
        trace: Some(TracesData { resource_spans }),
        metrics: Some(MetadataMetrics { inspected_bytes: bytes }),
        status: i32::from(missing.is_some()),
        message: missing.clone().unwrap_or_default(),
    };
    Answer { message, missing }
}
