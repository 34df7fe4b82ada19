//! `detected_labels`, `detected_fields` and `detected_field/{name}/values`: what could be asked for, from a look
//! at recent lines.

use std::collections::BTreeMap;

use axum::extract::{Path, State};
use lab_logs::logql::eval::lines::{Direction, LinesRequest};
use lab_logs::logql::eval::survey::fields::{self, Field, Kind};

use crate::error::PlainError;
use crate::loki::answer::form::{Form, Written};
use crate::loki::answer::messages::{
    DetectedLabel, DetectedLabels, DetectedLabelsReply, FieldMessage, FieldsBody, FieldsReply, Reply,
};
use crate::loki::params;
use crate::loki::state::LokiState;
use crate::params::Params;

/// Lines that are looked at unless told otherwise.
const DEFAULT_LINES: usize = 100;
/// Fields that are answered unless told otherwise.
const DEFAULT_FIELDS: usize = 1000;

/// Stream labels and how many values each has.
pub(crate) async fn labels(State(state): State<LokiState>, form: Form, request: Params) -> Result<Written, PlainError> {
    let range = params::range(&request, state.clock.now_ns())?;
    let matchers = params::matchers(&request, "query")?;
    let labels = state.run(move |store, _, _| store.labels(&matchers, range.start, range.end)).await?;
    let detected = labels.into_iter().map(|(label, values)| DetectedLabel { label, cardinality: values.len() as u64 });
    let labels = DetectedLabels { detected_labels: detected.collect() };
    let message = || Reply::DetectedLabels(DetectedLabelsReply { response: Some(labels.clone()) });
    Ok(form.write(|| serde_json::to_string(&labels).unwrap_or_default(), message))
}

/// Fields of the lines and of their metadata, their kind and how many values each has. Where there are none, Loki leaves out
/// the limit, too.
pub(crate) async fn fields(State(state): State<LokiState>, form: Form, request: Params) -> Result<Written, PlainError> {
    let limit = params::positive(&request, "limit", DEFAULT_FIELDS)?;
    let found = detect(&state, &request, limit).await?;
    let fields: Vec<FieldMessage> = found.iter().map(|(label, field)| described(label, field)).collect();
    Ok(write(form, FieldsBody { limit: limit_if(!fields.is_empty(), limit), fields, values: Vec::new() }))
}

fn write(form: Form, fields: FieldsBody) -> Written {
    let json = || serde_json::to_string(&fields).unwrap_or_default();
    form.write(json, || Reply::Fields(FieldsReply { response: Some(fields.clone()) }))
}

fn limit_if(is_anything: bool, limit: usize) -> u32 {
    if is_anything { u32::try_from(limit).unwrap_or(u32::MAX) } else { 0 }
}

fn described(label: &str, field: &Field) -> FieldMessage {
    FieldMessage {
        label: label.to_owned(),
        kind: word(field.kind).to_owned(),
        cardinality: field.values.len() as u64,
        parsers: field.parsers.iter().map(|parser| (*parser).to_owned()).collect(),
        json_path: field.json_path.clone(),
    }
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
    (Path(name), form): (Path<String>, Form),
    request: Params,
) -> Result<Written, PlainError> {
    let limit = params::positive(&request, "limit", DEFAULT_FIELDS)?;
    let found = detect(&state, &request, usize::MAX).await?;
    let values = found.get(&name).map(fields::comparable).unwrap_or_default();
    let values: Vec<String> = values.into_iter().take(limit).collect();
    Ok(write(form, FieldsBody { limit: limit_if(!values.is_empty(), limit), fields: Vec::new(), values }))
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
