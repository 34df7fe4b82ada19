//! The alerts that fire, as an Alertmanager of version 2 of its API answers for them, with the silences that match them. The
//! lab notifies nobody by this path, so there is one receiver, which does nothing.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use lab_model::Matcher;
use serde_json::{Value, json};

use crate::grafana::alerting::labels::{filter, fingerprint, matches, silences};
use crate::grafana::answer::{message, rfc3339};
use crate::grafana::state::GrafanaState;
use crate::params::Params;

/// The name of the receiver that notifies nobody.
pub(super) const NOBODY: &str = "none";
/// An alert that is not renewed ends after this time.
const ENDS_AFTER_MS: i64 = 240_000;

/// `filter` (matchers, repeated), `active`, `silenced`: the alerts that fire.
pub(crate) async fn list(State(state): State<GrafanaState>, params: Params) -> Response {
    match wanted(&state, &params).await {
        Ok(alerts) => Json(alerts).into_response(),
        Err(refusal) => refusal,
    }
}

/// All of them in one group, because the lab has one route.
pub(crate) async fn groups(State(state): State<GrafanaState>, params: Params) -> Response {
    match wanted(&state, &params).await {
        Ok(alerts) if alerts.is_empty() => Json(json!([])).into_response(),
        Ok(alerts) => Json(json!([{ "labels": {}, "receiver": { "name": NOBODY }, "alerts": alerts }])).into_response(),
        Err(refusal) => refusal,
    }
}

async fn wanted(state: &GrafanaState, params: &Params) -> Result<Vec<Value>, Response> {
    let read: Result<Vec<Matcher>, String> = params.all("filter").map(filter).collect();
    let filters = read.map_err(|said| message(StatusCode::BAD_REQUEST, &said))?;
    let is_wanted = |name: &str| params.get(name) != Some("false");
    let (active, silenced) = (is_wanted("active"), is_wanted("silenced"));
    let mut alerts = firing(state).await;
    alerts.retain(|alert| {
        let is_active = alert["status"]["state"] == "active";
        matches(&filters, &alert["labels"]) && if is_active { active } else { silenced }
    });
    Ok(alerts)
}

async fn firing(state: &GrafanaState) -> Vec<Value> {
    let now = state.clock.now_ms();
    let mut active = state.notes.silences.list();
    active.retain(|silence| silence.starts_at <= now && now < silence.ends_at);
    let answer = state.stores.ask("prometheus", "/api/v1/alerts", &[]).await;
    let alerts = answer.body["data"]["alerts"].as_array().cloned().unwrap_or_default();
    let firing = alerts.iter().filter(|alert| alert["state"] == "firing").map(|alert| {
        let by: Vec<_> =
            active.iter().filter(|one| silences(one, &alert["labels"])).map(|one| one.id.clone()).collect();
        json!({
            "labels": alert["labels"], "annotations": alert["annotations"], "startsAt": alert["activeAt"],
            "endsAt": rfc3339(now + ENDS_AFTER_MS), "updatedAt": rfc3339(now), "generatorURL": "",
            "fingerprint": fingerprint(&alert["labels"]), "receivers": [{ "name": NOBODY }],
            "status": {
                "state": if by.is_empty() { "active" } else { "suppressed" }, "silencedBy": by, "inhibitedBy": [],
                "mutedBy": [],
            },
        })
    });
    firing.collect()
}

pub(crate) async fn receivers() -> Response {
    Json(json!([{ "name": NOBODY, "active": true, "integrations": [] }])).into_response()
}

/// What an Alertmanager is configured to do, in Grafana's shape.
pub(crate) async fn configuration() -> Response {
    let receiver = json!({ "name": NOBODY, "grafana_managed_receiver_configs": [] });
    let config = json!({ "route": { "receiver": NOBODY }, "receivers": [receiver], "templates": [] });
    Json(json!({ "template_files": {}, "alertmanager_config": config })).into_response()
}

pub(crate) async fn status(State(state): State<GrafanaState>) -> Response {
    let original = format!("route:\n  receiver: {NOBODY}\nreceivers:\n- name: {NOBODY}\n");
    Json(json!({
        "cluster": { "status": "disabled", "peers": [] }, "config": { "original": original },
        "uptime": "1970-01-01T00:00:00.000Z",
        "versionInfo": {
            "version": state.version, "branch": "", "buildDate": "", "buildUser": "", "goVersion": "", "revision": "",
        },
    }))
    .into_response()
}
