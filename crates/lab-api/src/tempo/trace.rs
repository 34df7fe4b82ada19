//! A trace by its id.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode, header};
use lab_model::Interrupt;
use lab_traces::query::walk::WalkError;
use lab_traces::span::Trace;
use lab_traces::traceql::eval::evaluate;
use lab_traces::traceql::plan::Plan;
use lab_traces::traceql::syntax::ast::{SpansetExpr, Stage};
use lab_traces::{StoredTrace, TraceId, traceql};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, TracesData};
use prost::Message;
use serde_json::{Value, json};
use std::collections::HashSet;

use crate::error::PlainError;
use crate::tempo::encode::{Object, resource_spans};
use crate::tempo::params::{Params, text};
use crate::tempo::state::TempoState;

pub(crate) async fn by_id(
    State(state): State<TempoState>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, PlainError> {
    let Some(trace) = load(&state, &id).await? else { return Ok(StatusCode::NOT_FOUND.into_response()) };
    if trace.partial {
        // This answer has no place to say that it is not complete.
        let message =
            format!("the trace is too large to be answered as a whole; /api/v2/traces/{id} answers a part of it");
        return Err(PlainError::new(StatusCode::UNPROCESSABLE_ENTITY, message));
    }
    let batches = trace.to_otlp();
    if wants_protobuf(&headers) {
        return Ok(protobuf(&TracesData { resource_spans: batches }));
    }
    Ok(Json(json!({"batches": encoded(&batches)})).into_response())
}

/// `GET /api/v2/traces/{id}`, with `q` only the spans that a filter selects
pub(crate) async fn by_id_v2(
    State(state): State<TempoState>,
    Path(id): Path<String>,
    Query(params): Query<Params>,
    headers: HeaderMap,
) -> Result<Response, PlainError> {
    let filter = text(&params, "q").map(filter).transpose()?;
    let mut trace = load(&state, &id).await?;
    let mut reasons = Vec::new();
    if trace.as_ref().is_some_and(|trace| trace.partial) {
        reasons.push("the trace is too large to be loaded as a whole; some of its spans are missing here");
    }
    if let (Some(trace), Some(plan)) = (&mut trace, &filter) {
        let all = trace.spans.len();
        keep_selected(trace, plan);
        if trace.spans.len() < all {
            reasons.push("only the spans that the filter selects are here");
        }
    }
    let (partial, message) = (!reasons.is_empty(), reasons.join("; "));
    let (resource_spans, bytes) = trace.as_ref().map_or((Vec::new(), 0), |trace| (trace.to_otlp(), trace.bytes));
    if wants_protobuf(&headers) {
        return Ok(protobuf(&TraceByIdResponse {
            trace: Some(TracesData { resource_spans }),
            metrics: Some(TraceByIdMetrics { inspected_bytes: bytes }),
            status: i32::from(partial),
            message,
        }));
    }
    let (mut inner, mut metrics, mut answer) = (Object::default(), Object::default(), Object::default());
    inner.list("resourceSpans", &resource_spans, self::resource_spans);
    metrics.large("inspectedBytes", bytes);
    answer.put("trace", inner.finish());
    answer.put("metrics", metrics.finish());
    if partial {
        answer.text("status", "PARTIAL");
        answer.text("message", &message);
    }
    Ok(Json(answer.finish()).into_response())
}

async fn load(state: &TempoState, id: &str) -> Result<Option<StoredTrace>, PlainError> {
    let id = TraceId::parse(id)?;
    state.run(Interrupt::default(), move |store, _| store.trace(id).map_err(WalkError::from)).await
}

/// A query that is one spanset filter and nothing more.
fn filter(q: &str) -> Result<Plan, PlainError> {
    let invalid = |why: String| PlainError::bad_request(format!("invalid TraceQL filter: {why}"));
    let single = |got: &str| invalid(format!("only a single TraceQL filter is supported: got {got}"));
    let query = traceql::syntax::parse(q).map_err(|error| invalid(error.to_string()))?;
    if query.metrics.is_some() {
        return Err(single("a metrics query"));
    }
    match query.pipeline.stages.as_slice() {
        [stage] if matches!(&stage.content, Stage::Spanset(expr) if matches!(**expr, SpansetExpr::Filter(_))) => {
            Ok(Plan::new(query))
        }
        _ => Err(single("a pipeline")),
    }
}

fn keep_selected(stored: &mut StoredTrace, plan: &Plan) {
    let Some(trace) = Trace::decode(stored.id, &stored.spans) else { return };
    let selected = evaluate(plan, &trace).into_iter().flat_map(|spanset| spanset.spans);
    let ids: HashSet<_> = selected.map(|span| trace.spans[span].id).collect();
    stored.spans.retain(|span| span.id().is_some_and(|id| ids.contains(&id)));
}

fn wants_protobuf(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accept.contains("application/protobuf") || accept.contains("application/x-protobuf")
}

fn protobuf(message: &impl Message) -> Response {
    ([(header::CONTENT_TYPE, "application/protobuf")], message.encode_to_vec()).into_response()
}

fn encoded(spans: &[ResourceSpans]) -> Vec<Value> {
    spans.iter().map(resource_spans).collect()
}

/// `tempopb.TraceByIDResponse`; a `Trace` has the same encoding as `TracesData`.
#[derive(Clone, PartialEq, prost::Message)]
struct TraceByIdResponse {
    #[prost(message, optional, tag = "1")]
    trace: Option<TracesData>,
    #[prost(message, optional, tag = "2")]
    metrics: Option<TraceByIdMetrics>,
    /// 0 complete, 1 partial.
    #[prost(int32, tag = "3")]
    status: i32,
    #[prost(string, tag = "4")]
    message: String,
}

#[derive(Clone, Copy, PartialEq, prost::Message)]
struct TraceByIdMetrics {
    #[prost(uint64, tag = "1")]
    inspected_bytes: u64,
}
