//! `detected_labels` and `detected_fields`: what could be asked for, found by looking at recent lines.

use std::collections::{BTreeMap, BTreeSet};

use axum::extract::{Path, State};
use axum::response::Response;
use lab_logs::logql::eval::lines::{self, Direction, LinesRequest};
use lab_logs::logql::syntax::ast::{LogQuery, Stage};
use lab_model::{Labels, duration, size};
use serde_json::{Value, json};

use crate::error::PlainError;
use crate::loki::state::LokiState;
use crate::loki::{answer, params};
use crate::params::Params;

/// Lines that are looked at unless told otherwise.
const DEFAULT_LINES: usize = 1000;
/// Fields that are answered unless told otherwise.
const DEFAULT_FIELDS: usize = 1000;

/// Stream labels and how many values each has.
pub(crate) async fn labels(State(state): State<LokiState>, request: Params) -> Result<Response, PlainError> {
    let range = params::range(&request, state.clock.now_ns())?;
    let matchers = params::matchers(&request, "query")?;
    let labels = state.run(move |store, _, _| store.labels(&matchers, range.start, range.end)).await?;
    let detected: Vec<Value> =
        labels.iter().map(|(label, values)| json!({"label": label, "cardinality": values.len()})).collect();
    Ok(answer::json_response(&json!({"detectedLabels": detected})))
}

/// Fields of the lines and of their metadata, their kind and how many values each has.
pub(crate) async fn fields(State(state): State<LokiState>, request: Params) -> Result<Response, PlainError> {
    let limit = if request.get("limit").is_some() { params::limit(&request)? } else { DEFAULT_FIELDS };
    let found = detect(&state, &request).await?;
    let warnings = cut(found.len(), limit, "fields");
    let fields: Vec<Value> = found
        .iter()
        .take(limit)
        .map(|(label, field)| {
            let parsers = if field.parsers.is_empty() { Value::Null } else { json!(field.parsers) };
            json!({"label": label, "type": field.kind(), "cardinality": field.values.len(), "parsers": parsers})
        })
        .collect();
    Ok(answer::json_response(&with(json!({"fields": fields, "limit": limit}), warnings)))
}

/// Values of one of these fields.
pub(crate) async fn values(
    State(state): State<LokiState>,
    Path(name): Path<String>,
    request: Params,
) -> Result<Response, PlainError> {
    let limit = if request.get("limit").is_some() { params::limit(&request)? } else { DEFAULT_FIELDS };
    let mut found = detect(&state, &request).await?;
    let all = found.remove(&name).map(|field| field.values).unwrap_or_default();
    let warnings = cut(all.len(), limit, "values");
    let values: Vec<String> = all.into_iter().take(limit).collect();
    Ok(answer::json_response(&with(json!({"values": values, "limit": limit}), warnings)))
}

/// What to say where more was found than is answered.
fn cut(found: usize, limit: usize, what: &str) -> Option<String> {
    (found > limit).then(|| format!("only {limit} of {found} {what} are here; ask for more by limit"))
}

fn with(mut body: Value, warning: Option<String>) -> Value {
    if let Some(warning) = warning {
        body["warnings"] = json!([warning]);
    }
    body
}

#[derive(Default)]
struct Field {
    values: BTreeSet<String>,
    parsers: BTreeSet<&'static str>,
}

impl Field {
    /// The narrowest kind that all values have.
    fn kind(&self) -> &'static str {
        let all = |is: fn(&str) -> bool| self.values.iter().all(|value| is(value));
        if all(|value| value.parse::<i64>().is_ok()) {
            "int"
        } else if all(|value| value.parse::<f64>().is_ok()) {
            "float"
        } else if all(|value| value.parse::<bool>().is_ok()) {
            "boolean"
        } else if all(|value| duration::parse(value).is_ok()) {
            "duration"
        } else if all(|value| size::parse(value).is_ok()) {
            "bytes"
        } else {
            "string"
        }
    }
}

/// Looks at the newest lines: their metadata, and what `json` (or else `logfmt`) finds in them.
async fn detect(state: &LokiState, request: &Params) -> Result<BTreeMap<String, Field>, PlainError> {
    let range = params::range(request, state.clock.now_ns())?;
    let query = params::selector(request.get("query").unwrap_or("{}"))?;
    let limit = match request.get("line_limit").map(str::parse::<usize>) {
        None => DEFAULT_LINES,
        Some(Ok(limit)) => limit,
        Some(Err(_)) => return Err(PlainError::bad_request("could not parse 'line_limit' parameter")),
    };
    let wanted = LinesRequest { start: range.start, end: range.end, limit, direction: Direction::Backward };
    state
        .run(move |store, limits, grant| {
            let mut found: BTreeMap<String, Field> = BTreeMap::new();
            let logfmt = Stage::Logfmt { strict: true, keep_empty: false, fields: Vec::new() };
            for (parser, stage) in [("json", Stage::Json(Vec::new())), ("logfmt", logfmt)] {
                let stages = query.stages.iter().cloned().chain([stage]).collect();
                let query = LogQuery { matchers: query.matchers.clone(), stages };
                for line in lines::lines(store, &query, wanted, limits, grant)?.lines {
                    note(&mut found, &line.metadata, None);
                    if line.parsed.get("__error__").is_none() {
                        note(&mut found, &line.parsed, Some(parser));
                    }
                }
            }
            Ok::<_, PlainError>(found)
        })
        .await
}

fn note(found: &mut BTreeMap<String, Field>, labels: &Labels, parser: Option<&'static str>) {
    for label in labels {
        // What a parser finds beside a label of the same name is that field.
        let name = label.name.strip_suffix("_extracted").unwrap_or(&label.name);
        let field = found.entry(name.to_owned()).or_default();
        field.values.insert(label.value.to_string());
        field.parsers.extend(parser);
    }
}
