//! A trace by its id.

use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode, header};
use lab_model::{Grant, Interrupt};
use lab_traces::query::walk::WalkError;
use lab_traces::span::Trace;
use lab_traces::traceql::eval::evaluate;
use lab_traces::traceql::plan::Plan;
use lab_traces::traceql::syntax::ast::{SpansetExpr, Stage};
use lab_traces::{StoredTrace, TraceId, TraceStore, traceql};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, TracesData};
use prost::Message;
use serde::Serialize;
use serde_json::Value;
use std::collections::HashSet;

use crate::error::PlainError;
use crate::tempo::encode::{Object, Wire, each, leading};
use crate::tempo::params::{Params, text};
use crate::tempo::state::TempoState;

/// Bytes that a trace takes for each byte of its stored spans while it is answered: decoded, and as text.
const ANSWERED: usize = 8;

pub(crate) async fn by_id(
    State(state): State<TempoState>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, PlainError> {
    let (known, is_protobuf) = (TraceId::parse(&id)?, wants_protobuf(&headers));
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

/// `GET /api/v2/traces/{id}`, with `q` only the spans that a filter selects
pub(crate) async fn by_id_v2(
    State(state): State<TempoState>,
    Path(id): Path<String>,
    Query(params): Query<Params>,
    headers: HeaderMap,
) -> Result<Response, PlainError> {
    let filter = text(&params, "q").map(filter).transpose()?;
    let (known, is_protobuf) = (TraceId::parse(&id)?, wants_protobuf(&headers));
    let question = move |store: &TraceStore, grant: &Grant| {
        let Some(mut trace) = store.trace(known)? else { return Ok(answer_v2(Vec::new(), 0, &[], is_protobuf)) };
        let mut reasons = Vec::new();
        if trace.partial {
            reasons.push("the trace is too large to be loaded as a whole; some of its spans are missing here");
        }
        if let Some(plan) = &filter {
            let all = trace.spans.len();
            keep_selected(&mut trace, plan);
            if trace.spans.len() < all {
                reasons.push("only the spans that the filter selects are here");
            }
        }
        let batches = batches(&trace, grant)?;
        Ok::<_, WalkError>(answer_v2(batches, trace.bytes, &reasons, is_protobuf))
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
fn answer_v2(resource_spans: Vec<ResourceSpans>, bytes: u64, reasons: &[&str], is_protobuf: bool) -> Response {
    let (partial, message) = (!reasons.is_empty(), reasons.join("; "));
    if is_protobuf {
        return protobuf(&TraceByIdResponse {
            trace: Some(TracesData { resource_spans }),
            metrics: Some(TraceByIdMetrics { inspected_bytes: bytes }),
            status: i32::from(partial),
            message,
        });
    }
    let (mut metrics, mut rest) = (Object::default(), Object::default());
    metrics.large("inspectedBytes", bytes);
    rest.put("metrics", metrics.finish());
    if partial {
        rest.text("status", "PARTIAL");
        rest.text("message", &message);
    }
    if resource_spans.is_empty() {
        return json(leading("trace", &Value::Object(serde_json::Map::new()), rest));
    }
    json(leading("trace", &Batches { resource_spans: each(&resource_spans, Wire) }, rest))
}

/// A trace as Tempo writes it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Batches<T> {
    resource_spans: T,
}

fn json(body: String) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], body).into_response()
}

/// A query that is one spanset filter and nothing more.
fn filter(q: &str) -> Result<Plan, PlainError> {
    let invalid = |why: String| PlainError::bad_request(format!("invalid TraceQL filter: {why}"));
    let single = |got: &str| invalid(format!("only a single TraceQL filter is supported: got {got}"));
    let query = traceql::syntax::parse(q).map_err(|error| invalid(error.to_string()))?;
    let Some(pipeline) = query.pipeline() else { return Err(single("a metrics query")) };
    match pipeline.stages.as_slice() {
        [stage] if matches!(&stage.content, Stage::Spanset(expr) if matches!(**expr, SpansetExpr::Filter(_))) => {
            Ok(Plan::new(pipeline.clone()))
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
