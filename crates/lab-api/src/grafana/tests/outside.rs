//! The Alertmanager of the configuration, asked instead of the lab.

use std::collections::BTreeMap;

use axum::routing::{any, delete};
use lab_metrics::outgoing::alertmanager::Notifier;
use lab_metrics::outgoing::config::AlertingConfig;
use lab_metrics::outgoing::queue::{Queue, Room};
use lab_testkit::server::TestServer;

use super::kept::{ask_of, call};
use super::*;

/// The lab with Alertmanagers at these addresses.
fn with(addresses: &[String]) -> Router {
    let targets = json!({ "alertmanagers": [{ "path_prefix": "/am", "static_configs": [{ "targets": addresses }] }] });
    configured(targets)
}

/// The lab with this section `alerting`.
fn configured(alerting: Value) -> Router {
    let config: AlertingConfig = serde_json::from_value(alerting).expect("a configuration");
    let queue = Arc::new(Queue::new(Room { items: 1, bytes: 1 }));
    let notifier = Some(Arc::new(Notifier::new(config, BTreeMap::new(), queue, |_| Vec::new())));
    let stores = Stores { prometheus: Router::new(), loki: Router::new(), tempo: Router::new() };
    router(GrafanaState { notifier, ..state(stores) })
}

/// An Alertmanager that says what it was asked, and one address at which nobody listens.
async fn outside() -> (TestServer, Vec<String>) {
    let told = |method: http::Method, uri: http::Uri, body: String| async move {
        Json(json!({ "method": method.as_str(), "asked": uri.to_string(), "body": body }))
    };
    let status = Json(json!({ "config": { "original": "route: {receiver: team}\nreceivers: [{name: team}]\n" } }));
    let api = Router::new()
        .route("/silence/{id}", delete(async || ()))
        .route("/silence/bad", delete(async || (StatusCode::BAD_REQUEST, Json("no such id"))))
        .route("/status", get(move || async move { status }))
        .route("/{*path}", any(told));
    let server = TestServer::start(Router::new().nest("/am/api/v2", api)).await;
    let closed = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port").local_addr().expect("bound");
    let addresses = vec![closed.to_string(), server.address().to_string()];
    (server, addresses)
}

#[tokio::test]
async fn requests_go_to_the_first_alertmanager_that_can_be_reached() {
    let (_server, addresses) = outside().await;
    let app = with(&addresses);
    let base = "/api/alertmanager/grafana/api/v2";
    let listed = ask_of(&app, &format!("{base}/silences?filter=a%3D%22b%22")).await;
    assert_eq!(listed, json!({ "method": "GET", "asked": "/silences?filter=a%3D%22b%22", "body": "null" }));
    let (status, made) = call(&app, "POST", &format!("{base}/silences"), json!({ "comment": "x" })).await;
    assert_eq!((status, &made["body"]), (StatusCode::OK, &json!("{\"comment\":\"x\"}")));
    let (status, gone) = call(&app, "DELETE", &format!("{base}/silence/1"), json!(null)).await;
    assert_eq!((status, gone), (StatusCode::OK, json!({ "message": "silence deleted" })));
    let (status, refused) = call(&app, "DELETE", &format!("{base}/silence/bad"), json!(null)).await;
    assert_eq!((status, refused), (StatusCode::BAD_REQUEST, json!({ "message": "no such id" })));
    let proxied = ask_of(&app, "/api/datasources/proxy/uid/alertmanager/api/v2/alerts/groups").await;
    assert_eq!(proxied["asked"], "/alerts/groups");
    let config = ask_of(&app, "/api/alertmanager/grafana/config/api/v1/alerts").await;
    assert_eq!(config["alertmanager_config"]["route"]["receiver"], "team");
}

#[tokio::test]
async fn no_path_leads_out_of_the_alertmanagers_api() {
    let (_server, addresses) = outside().await;
    let app = with(&addresses);
    let proxied = "/api/datasources/proxy/uid/alertmanager";
    for base in ["/api/alertmanager/grafana", proxied, "/api/datasources/proxy/4"] {
        for rest in
            ["/../../-/reload", "/silences/%2e%2E/%2E./x", "/./status", r"/..\..\-/reload", "/..%2f..%2f-/reload"]
        {
            let (status, answer) = call(&app, "POST", &format!("{base}/api/v2{rest}"), json!(null)).await;
            let said = answer["message"].as_str().unwrap_or_default();
            assert!(status == StatusCode::BAD_REQUEST && said.contains("must not have"), "{rest}: {status} {answer}");
        }
    }
    let asked = ask_of(&app, &format!("{proxied}/api/v2/alerts?filter=a%3D%22..%22&b=../..")).await;
    assert_eq!(asked["asked"], "/alerts?filter=a%3D%22..%22&b=../..");
}

#[tokio::test]
async fn what_an_alertmanager_is_configured_to_do_is_not_written_here() {
    let (_server, addresses) = outside().await;
    let app = with(&addresses);
    for path in ["alerts", "receivers"] {
        let path = format!("/api/alertmanager/grafana/config/api/v1/{path}");
        for method in ["POST", "PUT", "DELETE"] {
            let (status, answer) = call(&app, method, &path, json!({})).await;
            assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED, "{method} {path}: {answer}");
        }
        assert_eq!(call(&app, "GET", &path, json!(null)).await.0, StatusCode::OK, "{path}");
    }
}

#[tokio::test]
async fn an_alertmanager_that_is_not_found_at_the_moment_is_waited_for() {
    let files = json!({ "alertmanagers": [{ "file_sd_configs": [{ "files": ["/nowhere/managers.json"] }] }] });
    let app = configured(files);
    for method in ["GET", "POST"] {
        let silence = json!({ "matchers": [{ "name": "a", "value": "b" }], "startsAt": "2026-01-01T00:00:00Z",
            "endsAt": "2099-01-01T00:00:00Z", "comment": "x", "createdBy": "x" });
        let (status, answer) = call(&app, method, "/api/alertmanager/grafana/api/v2/silences", silence).await;
        let said = answer["message"].as_str().unwrap_or_default();
        assert!(status == StatusCode::BAD_GATEWAY && said.contains("found at the moment"), "{status} {answer}");
    }
    assert_eq!(ask_of(&app, "/api/datasources").await[3]["type"], "alertmanager");
    let choice = ask_of(&app, "/api/v1/ngalert").await;
    assert_eq!(choice, json!({ "alertmanagersChoice": "external", "numExternalAlertmanagers": 0 }));
}

#[tokio::test]
async fn a_configured_alertmanager_is_a_data_source() {
    let (_server, addresses) = outside().await;
    let app = with(&addresses);
    assert_eq!(ask_of(&app, "/api/datasources").await[3]["type"], "alertmanager");
    assert_eq!(ask_of(&app, "/api/datasources/uid/alertmanager/health").await["status"], "OK");
    assert_eq!(ask_of(&app, "/api/v1/ngalert").await["numExternalAlertmanagers"], 2);
    let managers = ask_of(&app, "/api/v1/ngalert/alertmanagers").await;
    let url = format!("http://{}/am/api/v2/alerts", addresses[1]);
    assert_eq!(managers["data"]["activeAlertManagers"][1]["url"], url);
    let query = json!({ "queries": [{ "refId": "A", "datasource": { "uid": "alertmanager" } }] });
    assert_eq!(call(&app, "POST", "/api/ds/query", query).await.0, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn an_alertmanager_that_does_not_answer_is_named_and_nothing_is_kept_instead() {
    let (server, addresses) = outside().await;
    drop(server);
    let app = with(&addresses[..1]);
    let silences = "/api/alertmanager/grafana/api/v2/silences";
    for method in ["GET", "POST"] {
        let (status, answer) = call(&app, method, silences, json!({ "matchers": [] })).await;
        let said = answer["message"].as_str().unwrap_or_default();
        assert!(status == StatusCode::BAD_GATEWAY && said.contains(&addresses[0]), "{answer}");
    }
    let (status, health) = call(&app, "GET", "/api/datasources/4/health", json!(null)).await;
    assert_eq!((status, &health["status"]), (StatusCode::BAD_REQUEST, &json!("ERROR")));
}
