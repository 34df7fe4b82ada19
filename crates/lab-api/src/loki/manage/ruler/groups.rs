//! The ruler: groups of rules as YAML below `/loki/api/v1/rules` and `/api/prom/rules`, and how they stand, as Prometheus
//! answers, below `/prometheus/api/v1`.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use lab_metrics::rules::file::GroupSpec;
use serde_json::{Value, json};

use crate::error::PlainError;
use crate::loki::error::stopped;
use crate::loki::manage::ruler::posted::{LogRules, PostError};
use crate::loki::manage::ruler::written;
use crate::loki::state::LokiState;
use crate::params::Params;
use crate::prometheus::rules;

/// Every group by namespace.
pub(crate) async fn all(State(state): State<LokiState>) -> Result<Response, PlainError> {
    listed(state.rules.map(|rules| rules.groups()).unwrap_or_default())
}

/// The groups of a namespace.
pub(crate) async fn namespace(
    State(state): State<LokiState>,
    Path(namespace): Path<String>,
) -> Result<Response, PlainError> {
    let mut groups = state.rules.map(|rules| rules.groups()).unwrap_or_default();
    groups.retain(|name, _| *name == namespace);
    listed(groups)
}

/// The group of this name, without its namespace.
pub(crate) async fn group(
    State(state): State<LokiState>,
    Path((namespace, name)): Path<(String, String)>,
) -> Result<Response, PlainError> {
    let groups = state.rules.map(|rules| rules.groups()).unwrap_or_default();
    let found = groups.get(&namespace).and_then(|groups| groups.iter().find(|group| group.name == name));
    let group = found.ok_or_else(|| PlainError::new(StatusCode::NOT_FOUND, "group does not exist"))?;
    yaml(written::group(group))
}

/// Takes a group in.
pub(crate) async fn create(
    State(state): State<LokiState>,
    Path(namespace): Path<String>,
    body: Bytes,
) -> Result<Response, PlainError> {
    let text = String::from_utf8(body.into())
        .map_err(|_| PlainError::bad_request("the group of rules is not valid UTF-8; send it as YAML"))?;
    change(state, move |rules, now| rules.put(&namespace, &text, now)).await
}

/// Removes a namespace.
pub(crate) async fn remove_namespace(
    State(state): State<LokiState>,
    Path(namespace): Path<String>,
) -> Result<Response, PlainError> {
    change(state, move |rules, now| rules.remove(&namespace, None, now)).await
}

/// Removes a group.
pub(crate) async fn remove_group(
    State(state): State<LokiState>,
    Path((namespace, name)): Path<(String, String)>,
) -> Result<Response, PlainError> {
    change(state, move |rules, now| rules.remove(&namespace, Some(&name), now)).await
}

/// How every rule stands.
pub(crate) async fn standing(State(state): State<LokiState>, params: Params) -> Response {
    let groups = state.rules.map(|rules| rules.report()).unwrap_or_default();
    match rules::listing(groups, &params) {
        Ok(mut data) => {
            for rule in data["groups"].as_array_mut().into_iter().flatten().flat_map(rules_of) {
                if rule.get("lastError").is_none() {
                    rule["lastError"] = json!("");
                }
            }
            success(&data)
        }
        Err(error) => {
            let body = json!({"status": "error", "data": null, "errorType": "bad_data", "error": error.message});
            (StatusCode::BAD_REQUEST, [(CONTENT_TYPE, JSON)], body.to_string()).into_response()
        }
    }
}

/// Every pending and firing alert.
pub(crate) async fn alerts(State(state): State<LokiState>) -> Response {
    success(&rules::active(&state.rules.map(|rules| rules.report()).unwrap_or_default()))
}

const JSON: &str = "application/json";

fn rules_of(group: &mut Value) -> impl Iterator<Item = &mut Value> {
    group["rules"].as_array_mut().into_iter().flatten()
}

/// The envelope of Loki's ruler, which always has all fields.
fn success(data: &Value) -> Response {
    let body = json!({"status": "success", "data": data, "errorType": "", "error": ""});
    ([(CONTENT_TYPE, JSON)], body.to_string()).into_response()
}

fn listed(groups: BTreeMap<String, Vec<GroupSpec>>) -> Result<Response, PlainError> {
    if groups.is_empty() {
        return Err(PlainError::new(StatusCode::NOT_FOUND, "no rule groups found"));
    }
    yaml(written::groups(&groups))
}

fn yaml<E: std::fmt::Display>(text: Result<String, E>) -> Result<Response, PlainError> {
    let text = text.map_err(|error| PlainError::internal(error.to_string()))?;
    Ok(([(CONTENT_TYPE, "application/yaml")], text).into_response())
}

/// Changes what was posted, which is written to the disk.
async fn change(
    state: LokiState,
    change: impl FnOnce(&LogRules, i64) -> Result<(), PostError> + Send + 'static,
) -> Result<Response, PlainError> {
    let Some(rules) = state.rules else {
        return Err(PlainError::new(StatusCode::NOT_FOUND, "no rules are evaluated here"));
    };
    let (rules, now) = (Arc::clone(&rules), state.clock.now_ns() / 1_000_000);
    let changed = tokio::task::spawn_blocking(move || change(&rules, now)).await.map_err(|_| stopped())?;
    changed.map_err(|error| {
        let status = match &error {
            PostError::Wrong(_) | PostError::OfFile(_) => StatusCode::BAD_REQUEST,
            PostError::Unknown => StatusCode::NOT_FOUND,
            PostError::Shelf(_) => StatusCode::INSUFFICIENT_STORAGE,
        };
        PlainError::new(status, error.to_string())
    })?;
    Ok((StatusCode::ACCEPTED, success(&Value::Null)).into_response())
}
