//! `/api/ruler/{source}/api/v1/…`: the groups of rules by folder. Under `grafana` each rule is as Grafana's alerting keeps it,
//! under a data source as a file writes it. Those of Loki can be changed, the others come from files.

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Map, Value, json};

use crate::grafana::alerting::external;
use crate::grafana::alerting::rules::{FOLDER, OWN, Rule, all, fixed, ruler_of};
use crate::grafana::answer::{not_found, rfc3339};
use crate::grafana::state::GrafanaState;

/// The store whose rules can be changed.
const LOKI: &str = "loki";

pub(super) fn router() -> Router<GrafanaState> {
    let rules = "/api/ruler/{source}/api/v1/rules";
    let rule = "/api/ruler/{source}/api/v1/rule/{uid}";
    Router::new()
        .route(rules, get(folders))
        .route(&format!("{rules}/{{folder}}"), get(folder).post(change_folder).delete(change_folder))
        .route(&format!("{rules}/{{folder}}/{{group}}"), get(group).delete(remove_group))
        .route(rule, get(one))
        .route(&format!("{rule}/versions"), get(versions))
}

/// Takes a group in, or removes a folder with its groups.
async fn change_folder(
    State(state): State<GrafanaState>,
    Path((source, folder)): Path<(String, String)>,
    method: Method,
    body: Bytes,
) -> Response {
    match ruler_of(&state, &source) {
        Ok(LOKI) => external::change(&state, method, &[&folder], body).await,
        Ok(_) => fixed().await,
        Err(refusal) => refusal,
    }
}

async fn remove_group(
    State(state): State<GrafanaState>,
    Path((source, folder, group)): Path<(String, String, String)>,
) -> Response {
    match ruler_of(&state, &source) {
        Ok(LOKI) => external::change(&state, Method::DELETE, &[&folder, &group], Bytes::new()).await,
        Ok(_) => fixed().await,
        Err(refusal) => refusal,
    }
}

async fn folders(State(state): State<GrafanaState>, Path(source): Path<String>) -> Response {
    if matches!(ruler_of(&state, &source), Ok(LOKI)) {
        return external::read(&state, &[]).await;
    }
    match groups(&state, &source).await {
        Ok(groups) if groups.is_empty() => Json(json!({})).into_response(),
        Ok(groups) => (StatusCode::ACCEPTED, Json(json!({ FOLDER: groups }))).into_response(),
        Err(refusal) => refusal,
    }
}

async fn folder(State(state): State<GrafanaState>, Path((source, folder)): Path<(String, String)>) -> Response {
    if matches!(ruler_of(&state, &source), Ok(LOKI)) {
        return external::read(&state, &[&folder]).await;
    }
    match groups(&state, &source).await {
        Ok(groups) if folder == FOLDER => (StatusCode::ACCEPTED, Json(json!({ FOLDER: groups }))).into_response(),
        Ok(_) => not_found("folder"),
        Err(refusal) => refusal,
    }
}

async fn group(
    State(state): State<GrafanaState>,
    Path((source, folder, name)): Path<(String, String, String)>,
) -> Response {
    if matches!(ruler_of(&state, &source), Ok(LOKI)) {
        return external::read(&state, &[&folder, &name]).await;
    }
    let groups = match groups(&state, &source).await {
        Ok(groups) => groups,
        Err(refusal) => return refusal,
    };
    match groups.into_iter().find(|group| folder == FOLDER && group["name"] == name.as_str()) {
        Some(group) => (StatusCode::ACCEPTED, Json(group)).into_response(),
        None => not_found("rule group"),
    }
}

/// The groups of a source, each with its rules.
async fn groups(state: &GrafanaState, source: &str) -> Result<Vec<Value>, Response> {
    let store = ruler_of(state, source)?;
    let mut groups: Vec<Value> = Vec::new();
    for rule in all(state, store).await {
        let written = if source == OWN { managed(&rule, state.clock.now_ms()) } else { in_file(&rule) };
        match groups.last_mut().filter(|last| last["name"] == rule.group.as_str()) {
            Some(last) => last["rules"].as_array_mut().into_iter().for_each(|rules| rules.push(written.clone())),
            None => {
                let interval = format!("{}s", rule.interval);
                groups.push(json!({ "name": rule.group, "interval": interval, "rules": [written] }));
            }
        }
    }
    Ok(groups)
}

fn in_file(rule: &Rule) -> Value {
    let mut written = Map::new();
    let kind = if rule.is_alert() { "alert" } else { "record" };
    written.insert(kind.to_owned(), json!(rule.name));
    written.insert("expr".to_owned(), rule.json["query"].clone());
    written.insert("labels".to_owned(), rule.json["labels"].clone());
    if rule.is_alert() {
        written.insert("for".to_owned(), json!(rule.hold()));
        written.insert("annotations".to_owned(), rule.annotations());
    }
    Value::Object(written)
}

fn managed(rule: &Rule, now: i64) -> Value {
    let mut own = json!({
        "id": rule.number, "orgId": 1, "title": rule.name, "condition": "A", "data": rule.queries(),
        "updated": rfc3339(now), "intervalSeconds": rule.interval as u64, "version": 1, "uid": rule.uid,
        "namespace_uid": FOLDER, "rule_group": rule.group, "no_data_state": "OK", "exec_err_state": "Error",
        "is_paused": false, "provenance": "file",
    });
    if !rule.is_alert() {
        own["record"] = json!({ "metric": rule.name, "from": "A" });
    }
    json!({
        "expr": "", "for": rule.hold(), "labels": rule.json["labels"], "annotations": rule.annotations(),
        "grafana_alert": own,
    })
}

async fn found(state: &GrafanaState, source: &str, uid: &str) -> Option<Value> {
    let rule = all(state, "prometheus").await.into_iter().find(|rule| source == OWN && rule.uid == uid)?;
    Some(managed(&rule, state.clock.now_ms()))
}

async fn one(State(state): State<GrafanaState>, Path((source, uid)): Path<(String, String)>) -> Response {
    found(&state, &source, &uid).await.map_or_else(|| not_found("rule"), |rule| Json(rule).into_response())
}

/// A rule is as its file says, so there is one version.
async fn versions(State(state): State<GrafanaState>, Path((source, uid)): Path<(String, String)>) -> Response {
    found(&state, &source, &uid).await.map_or_else(|| not_found("rule"), |rule| Json(json!([rule])).into_response())
}
