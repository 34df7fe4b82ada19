//! The rules as Prometheus answers for them, with what Grafana adds, and as a list for the other shapes. The lab's rules come
//! from files, so they are read here and not changed.

use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Json, body::Body};
use serde_json::{Map, Value, json};

use crate::grafana::answer::{message, not_found};
use crate::grafana::sources::known::Source;
use crate::grafana::state::GrafanaState;

/// The name under which clients know Grafana's own rules; here they are those of the lab.
pub(super) const OWN: &str = "grafana";
/// The folder in which the lab's rules are shown.
pub(super) const FOLDER: &str = "dicelab";

/// Whose rules are meant: those of the metrics, which are the lab's own, or those of the logs; an error if there is no such
/// source.
pub(super) fn ruler_of(state: &GrafanaState, source: &str) -> Result<&'static str, Response> {
    match Source::by_uid(state, source).or_else(|| Source::by_id(state, source)).map(|source| source.uid) {
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
    match ruler_of(&state, &source) {
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
    match ruler_of(&state, &source) {
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

/// A rule of the lab.
#[derive(Clone, Debug)]
pub(super) struct Rule {
    /// Its place among all rules, from 1.
    pub(super) number: usize,
    pub(super) uid: String,
    pub(super) name: String,
    pub(super) group: String,
    /// Seconds between two evaluations.
    pub(super) interval: f64,
    /// The uid of the store that it asks.
    pub(super) store: String,
    /// As Prometheus' API gives it.
    pub(super) json: Value,
}

impl Rule {
    pub(super) fn is_alert(&self) -> bool {
        self.json["type"] == "alerting"
    }

    /// How long the condition must hold, as a text.
    pub(super) fn hold(&self) -> String {
        format!("{}s", self.json["duration"].as_f64().unwrap_or_default())
    }

    pub(super) fn annotations(&self) -> Value {
        self.json.get("annotations").cloned().unwrap_or_else(|| json!({}))
    }

    /// What Grafana's alerting asks of data sources for it.
    pub(super) fn queries(&self) -> Value {
        json!([{
            "refId": "A", "queryType": "", "relativeTimeRange": { "from": 600, "to": 0 }, "datasourceUid": self.store,
            "model": { "refId": "A", "expr": self.json["query"], "instant": true },
        }])
    }
}

/// All rules of a store, in the order of their groups.
pub(super) async fn all(state: &GrafanaState, store: &str) -> Vec<Rule> {
    let answer = state.stores.ask(store, &format!("{}/rules", api_of(store)), &[]).await;
    let mut all: Vec<Rule> = Vec::new();
    for group in answer.body["data"]["groups"].as_array().into_iter().flatten() {
        let (group_name, interval) = (text(group, "name"), group["interval"].as_f64().unwrap_or_default());
        for rule in group["rules"].as_array().into_iter().flatten() {
            let name = text(rule, "name");
            let (number, uid, group, json) = (all.len() + 1, uid(&group_name, &name), group_name.clone(), rule.clone());
            all.push(Rule { number, uid, name, group, interval, store: store.to_owned(), json });
        }
    }
    all
}

/// The answer to whoever would change a rule.
pub(super) async fn fixed() -> Response {
    let said =
        "the lab's alert rules come from files (--rules, or rule_files of --scrape-config); change the file instead";
    message(StatusCode::FORBIDDEN, said)
}

/// The uid of a rule: its group and name, with what a uid may have.
fn uid(group: &str, name: &str) -> String {
    let dashed = |c: char| if c.is_ascii_alphanumeric() || c == '_' { c } else { '-' };
    format!("{group}-{name}").chars().map(dashed).collect()
}

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_default().to_owned()
}
