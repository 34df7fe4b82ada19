//! `detected_labels`, `detected_fields` and `detected_field/{name}/values`: what could be asked for, from a look
//! at recent lines.

use std::collections::BTreeMap;

use axum::extract::{Path, State};
use axum::response::Response;
use lab_logs::logql::eval::lines::{Direction, LinesRequest};
use lab_logs::logql::eval::survey::fields::{self, Field, Kind};
use serde_json::{Map, Value, json};

use crate::error::PlainError;
use crate::loki::state::LokiState;
use crate::loki::{answer, params};
use crate::params::Params;

/// Lines that are looked at unless told otherwise.
const DEFAULT_LINES: usize = 100;
/// Fields that are answered unless told otherwise.
const DEFAULT_FIELDS: usize = 1000;

/// Stream labels and how many values each has.
pub(crate) async fn labels(State(state): State<LokiState>, request: Params) -> Result<Response, PlainError> {
    let range = params::range(&request, state.clock.now_ns())?;
    let matchers = params::matchers(&request, "query")?;
    let labels = state.run(move |store, _, _| store.labels(&matchers, range.start, range.end)).await?;
    let detected: Vec<Value> =
        labels.iter().map(|(label, values)| json!({"label": label, "cardinality": values.len()})).collect();
    let body = if detected.is_empty() { json!({}) } else { json!({"detectedLabels": detected}) };
    Ok(answer::json_response(&body))
}

/// Fields of the lines and of their metadata, their kind and how many values each has. Where there are none, Loki leaves out
/// the limit, too.
pub(crate) async fn fields(State(state): State<LokiState>, request: Params) -> Result<Response, PlainError> {
    let limit = params::positive(&request, "limit", DEFAULT_FIELDS)?;
    let found = detect(&state, &request, limit).await?;
    if found.is_empty() {
        return Ok(answer::json_response(&json!({})));
    }
    let fields: Vec<Value> = found.iter().map(|(label, field)| described(label, field)).collect();
    Ok(answer::json_response(&json!({"fields": fields, "limit": limit})))
}

fn described(label: &str, field: &Field) -> Value {
    let mut shown = Map::new();
    shown.insert("label".into(), json!(label));
    shown.insert("type".into(), json!(word(field.kind)));
    shown.insert("cardinality".into(), json!(field.values.len()));
    let parsers = if field.parsers.is_empty() { Value::Null } else { json!(field.parsers) };
    shown.insert("parsers".into(), parsers);
    if !field.json_path.is_empty() {
        shown.insert("jsonPath".into(), json!(field.json_path));
    }
    Value::Object(shown)
}

fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::Integer => "int",
        Kind::Float => "float",
        Kind::Boolean => "boolean",
        Kind::Duration => "duration",
        Kind::Bytes => "bytes",
        Kind::Text => "string",
    }
}

/// Values of one of these fields.
pub(crate) async fn values(
    State(state): State<LokiState>,
    Path(name): Path<String>,
    request: Params,
) -> Result<Response, PlainError> {
    let limit = params::positive(&request, "limit", DEFAULT_FIELDS)?;
    let found = detect(&state, &request, usize::MAX).await?;
    let values = found.get(&name).map(fields::comparable).unwrap_or_default();
    if values.is_empty() {
        return Ok(answer::json_response(&json!({})));
    }
    let values: Vec<String> = values.into_iter().take(limit).collect();
    Ok(answer::json_response(&json!({"values": values, "limit": limit})))
}

/// Looks at the newest lines; of their fields at most so many are taken.
async fn detect(state: &LokiState, request: &Params, most: usize) -> Result<BTreeMap<String, Field>, PlainError> {
    let range = params::range(request, state.clock.now_ns())?;
    let query = params::selector(request.get("query").unwrap_or_default())?;
    let limit = params::positive(request, "line_limit", DEFAULT_LINES)?;
    let wanted =
        LinesRequest { start: range.start, end: range.end, limit, direction: Direction::Backward, interval: 0 };
    state.run(move |store, limits, grant| fields::fields(store, &query, wanted, most, (limits, grant))).await
}
