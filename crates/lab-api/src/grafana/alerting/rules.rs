//! The rules: as Prometheus answers for them, as the ruler lists them, and as Grafana provisions them. The lab's rules
//! come from files, so they are read here and not changed.

use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Json, body::Body};
use serde_json::{Map, Value, json};

use crate::grafana::answer::{message, not_found};
use crate::grafana::sources::known::Source;
use crate::grafana::state::GrafanaState;

/// The name under which clients know Grafana's own rules; here they are those of the lab.
const OWN: &str = "grafana";
/// The folder in which the lab's rules are shown.
const FOLDER: &str = "dicelab";

/// Whose rules are meant: those of the metrics, which are the lab's own, or those of the logs; an error if there is no such
/// source.
fn ruler_of(source: &str) -> Result<&'static str, Response> {
    match Source::by_uid(source).or_else(|| Source::by_id(source)).map(|source| source.uid) {
        _ if source == OWN => Ok("prometheus"),
        Some(uid @ ("prometheus" | "loki")) => Ok(uid),
        Some(_) => Err(message(StatusCode::BAD_REQUEST, "this data source has no alert rules")),
        None => Err(not_found("Data source")),
    }
}

pub(crate) async fn rules(
    State(state): State<GrafanaState>,
    Path(source): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    match ruler_of(&source) {
        Err(refusal) => refusal,
        Ok(_) if source == OWN => own_rules(&state, query).await,
        Ok(store) => pass(&state, store, "rules", query).await,
    }
}

pub(crate) async fn alerts(
    State(state): State<GrafanaState>,
    Path(source): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    match ruler_of(&source) {
        Err(refusal) => refusal,
        Ok(store) => pass(&state, store, "alerts", query).await,
    }
}

/// The store's own answer.
async fn pass(state: &GrafanaState, store: &str, what: &str, query: Option<String>) -> Response {
    let query = query.map(|query| format!("?{query}")).unwrap_or_default();
    match axum::http::Request::get(format!("{}/{what}{query}", api_of(store))).body(Body::empty()) {
        Ok(request) => state.stores.send(store, request).await,
        Err(_) => message(StatusCode::BAD_REQUEST, "the query parameters do not form a valid URL"),
    }
}

/// Where a store tells of its rules.
fn api_of(store: &str) -> &'static str {
    if store == "loki" { "/prometheus/api/v1" } else { "/api/v1" }
}

/// Prometheus' groups with what Grafana adds: uids, the folder, how many rules are in which state.
async fn own_rules(state: &GrafanaState, query: Option<String>) -> Response {
    let pairs: Vec<(String, String)> =
        form_urlencoded::parse(query.unwrap_or_default().as_bytes()).into_owned().collect();
    let params: Vec<(&str, String)> = pairs.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
    let mut answer = state.stores.ask("prometheus", "/api/v1/rules", &params).await;
    if !answer.is_success {
        return (StatusCode::BAD_REQUEST, Json(answer.body)).into_response();
    }
    let mut totals = Map::new();
    for group in answer.body["data"]["groups"].as_array_mut().into_iter().flatten() {
        let name = group["name"].as_str().unwrap_or_default().to_owned();
        group["file"] = json!(FOLDER);
        group["folderUid"] = json!(FOLDER);
        for rule in group["rules"].as_array_mut().into_iter().flatten() {
            rule["uid"] = json!(uid(&name, rule["name"].as_str().unwrap_or_default()));
            rule["folderUid"] = json!(FOLDER);
            rule["isPaused"] = json!(false);
            let state = rule["state"].as_str().unwrap_or("recording").to_owned();
            let count = totals.get(&state).and_then(Value::as_u64).unwrap_or_default();
            totals.insert(state, json!(count + 1));
        }
    }
    answer.body["data"]["totals"] = Value::Object(totals);
    Json(answer.body).into_response()
}

/// Every rule with the name of its group and its interval in seconds.
async fn all(state: &GrafanaState, store: &str) -> Vec<(String, f64, Value)> {
    let answer = state.stores.ask(store, &format!("{}/rules", api_of(store)), &[]).await;
    let groups = answer.body["data"]["groups"].as_array().cloned().unwrap_or_default();
    let of_group = |group: Value| {
        let (name, interval) = (text(&group, "name"), group["interval"].as_f64().unwrap_or_default());
        let rules = group["rules"].as_array().cloned().unwrap_or_default();
        rules.into_iter().map(move |rule| (name.clone(), interval, rule))
    };
    groups.into_iter().flat_map(of_group).collect()
}

/// `GET /api/ruler/…/rules`: the groups by folder, each rule as a file writes it.
pub(crate) async fn ruler(State(state): State<GrafanaState>, Path(source): Path<String>) -> Response {
    let store = match ruler_of(&source) {
        Err(refusal) => return refusal,
        Ok(store) => store,
    };
    let mut groups: Vec<Value> = Vec::new();
    for (group, interval, rule) in all(&state, store).await {
        let kind = if rule["type"] == "alerting" { "alert" } else { "record" };
        let mut written = json!({ "expr": rule["query"], "labels": rule["labels"] });
        written[kind] = rule["name"].clone();
        if kind == "alert" {
            written["for"] = json!(seconds(&rule["duration"]));
            written["annotations"] = rule["annotations"].clone();
        }
        match groups.last_mut().filter(|last| last["name"] == json!(group)) {
            Some(last) => last["rules"].as_array_mut().into_iter().for_each(|rules| rules.push(written.clone())),
            None => groups.push(json!({ "name": group, "interval": format!("{interval}s"), "rules": [written] })),
        }
    }
    let folders = if groups.is_empty() { json!({}) } else { json!({ FOLDER: groups }) };
    (StatusCode::ACCEPTED, Json(folders)).into_response()
}

pub(crate) async fn provisioned(State(state): State<GrafanaState>) -> Response {
    Json(all(&state, "prometheus").await.iter().enumerate().map(|(at, rule)| provision(at, rule)).collect::<Vec<_>>())
        .into_response()
}

pub(crate) async fn provisioned_one(State(state): State<GrafanaState>, Path(wanted): Path<String>) -> Response {
    let all = all(&state, "prometheus").await;
    let found = all.iter().enumerate().find(|(_, (group, _, rule))| uid(group, &text(rule, "name")) == wanted);
    found.map_or_else(|| not_found("Alert rule"), |(at, rule)| Json(provision(at, rule)).into_response())
}

fn provision(at: usize, (group, _, rule): &(String, f64, Value)) -> Value {
    let name = text(rule, "name");
    let mut all = json!({
        "id": at + 1, "uid": uid(group, &name), "orgID": 1, "folderUID": FOLDER, "ruleGroup": group, "title": name,
        "condition": "A", "noDataState": "OK", "execErrState": "Error", "for": seconds(&rule["duration"]),
        "labels": rule["labels"], "annotations": rule.get("annotations").cloned().unwrap_or_else(|| json!({})),
        "isPaused": false, "provenance": "file",
        "data": [{
            "refId": "A", "queryType": "", "relativeTimeRange": { "from": 600, "to": 0 }, "datasourceUid": "prometheus",
            "model": { "refId": "A", "expr": rule["query"], "instant": true },
        }],
    });
    if rule["type"] != "alerting" {
        all["record"] = json!({ "metric": rule["name"], "from": "A" });
    }
    all
}

pub(crate) async fn none() -> Response {
    Json(json!([])).into_response()
}

/// Nobody is notified through Grafana here.
pub(crate) async fn policies() -> Response {
    Json(json!({ "receiver": "none", "group_by": [], "routes": [], "provenance": "file" })).into_response()
}

/// The uid of a rule: its group and name, with what a uid may have.
fn uid(group: &str, name: &str) -> String {
    let dashed = |c: char| if c.is_ascii_alphanumeric() || c == '_' { c } else { '-' };
    format!("{group}-{name}").chars().map(dashed).collect()
}

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_default().to_owned()
}

fn seconds(value: &Value) -> String {
    format!("{}s", value.as_f64().unwrap_or_default())
}
