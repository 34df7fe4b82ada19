//! The search for traces, by TraceQL or by tags.

use axum::Json;
use axum::extract::{Query, State};
use lab_traces::query::search::{FoundSpan, FoundSpanset, FoundTrace, search as run_search};
use lab_traces::query::walk::Inspected;
use lab_traces::traceql::value::Value as QueryValue;
use serde_json::{Value, json};

use crate::error::PlainError;
use crate::tempo::encode::{Object, query_value};
use crate::tempo::params::{self, Params, text};
use crate::tempo::state::TempoState;

/// `GET /api/search?q=…` or `?tags=…&minDuration=…&maxDuration=…`; `limit`, `spss`, `start`, `end`
pub(crate) async fn search(
    State(state): State<TempoState>,
    Query(params): Query<Params>,
) -> Result<Json<Value>, PlainError> {
    let request = params::search(&params)?;
    // Without a query there is nothing that selected spans.
    let with_spansets = text(&params, "q").is_some();
    let enough = request.selection.enough.clone();
    let result = state.run(enough, move |store, grant| run_search(store, &request, grant)).await?;
    let traces: Vec<Value> = result.traces.iter().map(|trace| found_trace(trace, with_spansets)).collect();
    let mut answer = Object::default();
    answer.put("traces", json!(traces));
    answer.put("metrics", metrics(&result.inspected));
    answer.completeness(&result.inspected);
    Ok(Json(answer.finish()))
}

/// What an answer cost.
pub(crate) fn metrics(inspected: &Inspected) -> Value {
    let mut object = Object::default();
    object.number("inspectedTraces", u32::try_from(inspected.traces).unwrap_or(u32::MAX));
    object.large("inspectedBytes", inspected.bytes);
    object.number("completedJobs", 1);
    object.number("totalJobs", 1);
    object.finish()
}

/// Names and values as protobuf writes attributes.
pub(crate) fn attributes(attributes: &[(String, QueryValue<'static>)]) -> Vec<Value> {
    attributes.iter().map(|(key, value)| json!({"key": key, "value": query_value(value)})).collect()
}

fn found_trace(trace: &FoundTrace, with_spansets: bool) -> Value {
    let mut object = Object::default();
    object.text("traceID", &trace.id.short());
    object.text("rootServiceName", &trace.root_service);
    object.text("rootTraceName", &trace.root_name);
    object.large("startTimeUnixNano", trace.start_ns as u64);
    object.number("durationMs", u32::try_from(trace.duration_ns / 1_000_000).unwrap_or(u32::MAX));
    if with_spansets {
        let spansets: Vec<Value> = trace.spansets.iter().map(spanset).collect();
        object.put("spanSet", spansets.first().cloned().unwrap_or_default());
        object.put("spanSets", json!(spansets));
        let services = trace.services.iter().map(|(name, stats)| {
            let mut counts = Object::default();
            counts.number("spanCount", stats.spans);
            counts.number("errorCount", stats.errors);
            (name.clone(), counts.finish())
        });
        object.put("serviceStats", Value::Object(services.collect()));
    }
    object.finish()
}

fn spanset(spanset: &FoundSpanset) -> Value {
    let mut object = Object::default();
    object.list("spans", &spanset.spans, span);
    object.number("matched", u32::try_from(spanset.matched).unwrap_or(u32::MAX));
    if !spanset.attributes.is_empty() {
        object.put("attributes", json!(attributes(&spanset.attributes)));
    }
    object.finish()
}

fn span(span: &FoundSpan) -> Value {
    let mut object = Object::default();
    object.text("spanID", &span.id.to_string());
    object.text("name", span.name.as_deref().unwrap_or_default());
    object.large("startTimeUnixNano", span.start_ns as u64);
    object.large("durationNanos", span.duration_ns as u64);
    if !span.attributes.is_empty() {
        object.put("attributes", json!(attributes(&span.attributes)));
    }
    object.finish()
}
