//! `/api/v1/provisioning/…`: the rules as Grafana provisions them, and who is notified, which is nobody.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use crate::grafana::alerting::alerts::NOBODY;
use crate::grafana::alerting::rules::{FOLDER, Rule, all, fixed};
use crate::grafana::answer::{message, not_found};
use crate::grafana::state::GrafanaState;

pub(super) fn router() -> Router<GrafanaState> {
    let base = "/api/v1/provisioning";
    Router::new()
        .route(&format!("{base}/alert-rules"), get(list).post(fixed))
        .route(&format!("{base}/alert-rules/export"), get(export))
        .route(&format!("{base}/alert-rules/{{uid}}"), get(one).put(fixed).delete(fixed))
        .route(&format!("{base}/folder/{{folder}}/rule-groups/{{group}}"), get(group).put(fixed).delete(fixed))
        .route(&format!("{base}/contact-points"), get(none).post(nobody))
        .route(&format!("{base}/contact-points/{{uid}}"), get(no_such).put(nobody).delete(nobody))
        .route(&format!("{base}/mute-timings"), get(none).post(nobody))
        .route(&format!("{base}/mute-timings/{{name}}"), get(no_such).put(nobody).delete(nobody))
        .route(&format!("{base}/templates"), get(none))
        .route(&format!("{base}/templates/{{name}}"), get(no_such).put(nobody).delete(nobody))
        .route(&format!("{base}/policies"), get(policies).put(nobody).delete(nobody))
}

async fn list(State(state): State<GrafanaState>) -> Response {
    Json(all(&state, "prometheus").await.iter().map(provisioned).collect::<Vec<_>>()).into_response()
}

async fn one(State(state): State<GrafanaState>, Path(wanted): Path<String>) -> Response {
    let found = all(&state, "prometheus").await.into_iter().find(|rule| rule.uid == wanted);
    found.map_or_else(|| not_found("Alert rule"), |rule| Json(provisioned(&rule)).into_response())
}

async fn group(State(state): State<GrafanaState>, Path((folder, name)): Path<(String, String)>) -> Response {
    let mut rules = all(&state, "prometheus").await;
    rules.retain(|rule| folder == FOLDER && rule.group == name);
    let Some(first) = rules.first() else { return not_found("rule group") };
    let interval = first.interval as u64;
    let rules: Vec<Value> = rules.iter().map(provisioned).collect();
    Json(json!({ "title": name, "folderUid": FOLDER, "interval": interval, "rules": rules })).into_response()
}

/// All rules in the shape of a provisioning file.
async fn export(State(state): State<GrafanaState>) -> Response {
    let mut groups: Vec<Value> = Vec::new();
    for rule in all(&state, "prometheus").await {
        let written = provisioned(&rule);
        match groups.last_mut().filter(|last| last["name"] == rule.group.as_str()) {
            Some(last) => last["rules"].as_array_mut().into_iter().for_each(|rules| rules.push(written.clone())),
            None => {
                let interval = format!("{}s", rule.interval);
                let group = json!({ "orgId": 1, "name": rule.group, "folder": FOLDER, "interval": interval, "rules": [written] });
                groups.push(group);
            }
        }
    }
    Json(json!({ "apiVersion": 1, "groups": groups })).into_response()
}

fn provisioned(rule: &Rule) -> Value {
    let mut all = json!({
        "id": rule.number, "uid": rule.uid, "orgID": 1, "folderUID": FOLDER, "ruleGroup": rule.group, "title": rule.name,
        "condition": "A", "noDataState": "OK", "execErrState": "Error", "for": rule.hold(),
        "labels": rule.json["labels"], "annotations": rule.annotations(), "isPaused": false, "provenance": "file",
        "data": rule.queries(),
    });
    if !rule.is_alert() {
        all["record"] = json!({ "metric": rule.name, "from": "A" });
    }
    all
}

async fn none() -> Response {
    Json(json!([])).into_response()
}

async fn no_such(Path(name): Path<String>) -> Response {
    message(StatusCode::NOT_FOUND, &format!("{name:?} not found: the lab notifies nobody by this path"))
}

/// The answer to whoever would have somebody notified.
async fn nobody() -> Response {
    let said =
        "the lab notifies nobody by this path; name an Alertmanager under `alerting` in the file of --scrape-config";
    message(StatusCode::FORBIDDEN, said)
}

async fn policies() -> Response {
    Json(json!({ "receiver": NOBODY, "group_by": [], "routes": [], "provenance": "file" })).into_response()
}
