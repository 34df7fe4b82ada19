//! Silences and alerts by an Alertmanager's API, rules by Grafana's.

use super::kept::{ask_of, call};
use super::*;

const SILENCES: &str = "/api/alertmanager/grafana/api/v2/silences";

fn silence(value: &str, end: &str) -> Value {
    json!({ "matchers": [{ "name": "alertname", "value": value, "isRegex": false, "isEqual": true }],
        "startsAt": "2026-01-01T00:00:00Z", "endsAt": end, "createdBy": "me", "comment": "quiet" })
}

#[tokio::test]
async fn a_silence_is_made_listed_and_expired() {
    let app = app();
    let (status, made) = call(&app, "POST", SILENCES, silence("X", "2030-01-01T00:00:00Z")).await;
    let id = made["silenceID"].as_str().expect("an id").to_owned();
    assert_eq!((status, id.len()), (StatusCode::ACCEPTED, 36));
    assert_eq!(ask_of(&app, SILENCES).await[0]["status"]["state"], "active");
    for (filter, count) in [("alertname=%22Y%22", 0), ("alertname=X", 1), ("alertname%3D~%22X%7CZ%22", 1)] {
        let found = ask_of(&app, &format!("{SILENCES}?filter={filter}")).await;
        assert_eq!(found.as_array().map(Vec::len), Some(count), "{filter}");
    }
    let one = format!("/api/alertmanager/grafana/api/v2/silence/{id}");
    assert_eq!(call(&app, "DELETE", &one, json!(null)).await.0, StatusCode::OK);
    assert_eq!(ask_of(&app, &one).await["status"]["state"], "expired");
    assert_eq!(call(&app, "POST", SILENCES, silence("X", "2026-06-01T00:00:00Z")).await.0, StatusCode::BAD_REQUEST);
    assert_eq!(call(&app, "POST", SILENCES, silence("X", "soon")).await.0, StatusCode::BAD_REQUEST);
    assert_eq!(call(&app, "GET", &format!("{SILENCES}?filter=x"), json!(null)).await.0, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_silence_that_means_something_else_is_a_new_one_and_ends_the_old_one() {
    let app = app();
    let id = call(&app, "POST", SILENCES, silence("X", "2030-01-01T00:00:00Z")).await.1["silenceID"].clone();
    let one = |id: &Value| format!("/api/alertmanager/grafana/api/v2/silence/{}", id.as_str().expect("an id"));
    let mut longer = ask_of(&app, &one(&id)).await;
    longer["endsAt"] = json!("2031-01-01T00:00:00Z");
    assert_eq!(call(&app, "POST", SILENCES, longer.clone()).await.1["silenceID"], id, "only its end has changed");
    assert_eq!(ask_of(&app, SILENCES).await.as_array().map(Vec::len), Some(1));
    longer["matchers"][0]["value"] = json!("Y");
    let other = call(&app, "POST", SILENCES, longer.clone()).await.1["silenceID"].clone();
    assert_ne!(other, id);
    assert_eq!(ask_of(&app, &one(&id)).await["status"]["state"], "expired");
    assert_eq!(ask_of(&app, &one(&other)).await["matchers"][0]["value"], "Y");
    longer["id"] = json!("00000000-0000-4000-8000-000000000000");
    assert_eq!(call(&app, "POST", SILENCES, longer).await.0, StatusCode::NOT_FOUND);
}

/// A store of Prometheus with a rule of each kind and an alert that fires.
fn alerting() -> Router {
    let rules = json!({ "status": "success", "data": { "groups": [{ "name": "one", "file": "f", "interval": 30, "rules": [
        { "type": "alerting", "name": "Slow", "query": "a > 1", "duration": 60, "labels": { "team": "x" },
          "annotations": { "summary": "s" }, "state": "firing" },
        { "type": "recording", "name": "a:b", "query": "sum(a)", "labels": {} }] }] } });
    let alerts = json!({ "status": "success", "data": { "alerts": [
        { "labels": { "alertname": "Slow", "job": "dice" }, "annotations": {}, "state": "firing",
          "activeAt": "2026-01-01T00:00:00Z", "value": "2" },
        { "labels": { "alertname": "Later" }, "annotations": {}, "state": "pending", "activeAt": "2026-01-01T00:00:00Z" },
    ] } });
    let prometheus = Router::new()
        .route("/api/v1/rules", get(move || async move { Json(rules) }))
        .route("/api/v1/alerts", get(move || async move { Json(alerts) }));
    router(state(Stores { prometheus, loki: Router::new(), tempo: Router::new() }))
}

#[tokio::test]
async fn alerts_that_fire_are_listed_with_the_silences_that_match_them() {
    let app = alerting();
    let path = "/api/alertmanager/grafana/api/v2/alerts";
    assert_eq!(ask_of(&app, path).await.as_array().map(Vec::len), Some(1));
    assert_eq!(ask_of(&app, &format!("{path}/groups")).await[0]["alerts"][0]["status"]["state"], "active");
    let id = call(&app, "POST", SILENCES, silence("Slow", "2030-01-01T00:00:00Z")).await.1["silenceID"].clone();
    assert_eq!(ask_of(&app, path).await[0]["status"]["silencedBy"], json!([id]));
    for (query, count) in [("silenced=false", 0), ("active=false", 1), ("filter=job=dice", 1), ("filter=job=x", 0)] {
        let found = ask_of(&app, &format!("{path}?{query}")).await;
        assert_eq!(found.as_array().map(Vec::len), Some(count), "{query}");
    }
    assert_eq!(ask_of(&app, "/api/alertmanager/grafana/api/v2/receivers").await[0]["name"], "none");
    let config = ask_of(&app, "/api/alertmanager/grafana/config/api/v1/alerts").await;
    assert_eq!(config["alertmanager_config"]["route"]["receiver"], "none");
}

#[tokio::test]
async fn rules_are_read_by_the_ruler_and_as_they_are_provisioned() {
    let app = alerting();
    let ruler = "/api/ruler/grafana/api/v1";
    let folders = ask_of(&app, &format!("{ruler}/rules")).await;
    let rule = folders["dicelab"][0]["rules"][0]["grafana_alert"].clone();
    assert_eq!((&rule["title"], &rule["uid"]), (&json!("Slow"), &json!("one-Slow")));
    assert_eq!(ask_of(&app, "/api/ruler/prometheus/api/v1/rules").await["dicelab"][0]["rules"][1]["record"], "a:b");
    assert_eq!(ask_of(&app, "/api/ruler/loki/api/v1/rules").await, json!({}));
    assert_eq!(ask_of(&app, &format!("{ruler}/rules/dicelab/one")).await["interval"], "30s");
    assert_eq!(call(&app, "GET", &format!("{ruler}/rules/dicelab/two"), json!(null)).await.0, StatusCode::NOT_FOUND);
    assert_eq!(ask_of(&app, &format!("{ruler}/rule/one-Slow")).await["for"], "60s");
    assert_eq!(ask_of(&app, &format!("{ruler}/rule/one-Slow/versions")).await[0]["grafana_alert"]["version"], 1);
    let base = "/api/v1/provisioning";
    let one = ask_of(&app, &format!("{base}/alert-rules/one-a-b")).await;
    assert_eq!((&one["record"]["metric"], &one["ruleGroup"]), (&json!("a:b"), &json!("one")));
    assert_eq!(ask_of(&app, &format!("{base}/folder/dicelab/rule-groups/one")).await["interval"], 30);
    assert_eq!(ask_of(&app, &format!("{base}/alert-rules/export")).await["groups"][0]["rules"][0]["title"], "Slow");
    let absent = call(&app, "GET", &format!("{base}/mute-timings/x"), json!(null)).await;
    assert_eq!(absent.0, StatusCode::NOT_FOUND);
}
