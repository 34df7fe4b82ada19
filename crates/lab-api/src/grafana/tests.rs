//! Grafana's shapes, asked through the router.

mod alerting;
mod folders;
mod kept;
mod live;
mod outside;
mod resources;
mod snapshots;

use axum::body::Body;
use http::Request;
use http_body_util::BodyExt;
use serde_json::Value;
use tower::ServiceExt;

use std::sync::Arc;

use axum::Json;
use axum::http::StatusCode;
use axum::routing::get;
use lab_dashboards::{Library, Notes};
use lab_model::Clock;
use serde_json::json;

use super::*;
use crate::grafana::state::Stores;

async fn ask(path: &str) -> (StatusCode, Value) {
    send(&app(), Request::get(path).body(Body::empty()).expect("a request")).await
}

async fn send(app: &Router, request: Request<Body>) -> (StatusCode, Value) {
    let response = app.clone().oneshot(request).await.expect("infallible");
    let status = response.status();
    let body = response.into_body().collect().await.expect("a body").to_bytes();
    (status, serde_json::from_slice(&body).unwrap_or_default())
}

fn app() -> Router {
    let echo =
        |name: &'static str| Router::new().route("/ready", get(move || async move { Json(json!({ "store": name })) }));
    let stores = Stores { prometheus: echo("prometheus"), loki: echo("loki"), tempo: echo("tempo") };
    router(state(stores))
}

fn state(stores: Stores) -> GrafanaState {
    let (library, notes) = (Arc::new(Library::shipped()), Arc::new(Notes::in_memory()));
    GrafanaState {
        library,
        notes,
        stores,
        notifier: None,
        clock: Clock::fixed(1_800_000_000_000_000_000),
        scheme: "https",
        version: "1.2.3",
    }
}

#[tokio::test]
async fn health_and_data_sources_answer_as_grafana_s() {
    assert_eq!(ask("/api/health").await.1["database"], "ok");
    let (_, sources) = ask("/api/datasources").await;
    let uids: Vec<_> = sources.as_array().expect("a list").iter().map(|one| one["uid"].clone()).collect();
    assert_eq!(uids, ["prometheus", "loki", "tempo"]);
    assert_eq!(ask("/api/datasources/uid/loki").await.1["type"], "loki");
    assert_eq!(ask("/api/datasources/uid/mimir").await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn dashboards_are_found_by_words_and_tags() {
    let count = async |path: &str| ask(path).await.1.as_array().map(Vec::len);
    assert_eq!(count("/api/search?query=stage%204%20DICE").await, Some(1));
    assert_eq!(count("/api/search?query=nothing").await, Some(0));
    assert_eq!(count("/api/search?tag=dice&tag=async").await, Some(1));
    assert_eq!(count("/api/search?tag=other").await, Some(0));
    assert_eq!(count("/api/search?type=dash-folder").await, Some(0));
    let number = ask("/api/search?query=stage").await.1[0]["id"].clone();
    assert_eq!(count(&format!("/api/search?dashboardIds={number}&dashboardIds=7")).await, Some(1));
    assert_eq!(count("/api/search?dashboardIds=7").await, Some(0));
    assert_eq!(count("/api/search?folderIds=0&type=dash-db").await, Some(2));
    assert_eq!(count("/api/search?folderIds=9").await, Some(0));
}

#[tokio::test]
async fn a_dashboard_comes_with_its_meta() {
    let (status, answer) = ask("/api/dashboards/uid/stage4-async-rolling").await;
    assert_eq!((status, &answer["meta"]["slug"]), (StatusCode::OK, &json!("dice-roller-stage-4-async-rolling")));
    assert_eq!(answer["dashboard"]["refresh"], "5s");
    assert_eq!(
        ask("/api/dashboards/uid/none").await,
        (StatusCode::NOT_FOUND, json!({ "message": "Dashboard not found" }))
    );
}

#[tokio::test]
async fn the_proxy_paths_lead_to_the_stores() {
    for store in ["prometheus", "loki", "tempo"] {
        let (_, answer) = ask(&format!("/api/datasources/proxy/uid/{store}/ready")).await;
        assert_eq!(answer["store"], store);
    }
}

#[tokio::test]
async fn a_dashboard_is_imported_replaced_and_taken_away() {
    let app = app();
    let save = |body: Value| Request::post("/api/dashboards/db").body(Body::from(body.to_string())).expect("a request");
    let board = json!({ "title": "My Board", "panels": [] });
    let (status, answer) = send(&app, save(json!({ "dashboard": board }))).await;
    assert_eq!((status, &answer["url"]), (StatusCode::OK, &json!("/d/my-board/my-board")), "{answer}");
    let (status, answer) = send(&app, save(json!({ "dashboard": board }))).await;
    assert_eq!((status, &answer["status"]), (StatusCode::PRECONDITION_FAILED, &json!("name-exists")));
    let again = json!({ "dashboard": board, "overwrite": true });
    assert_eq!(send(&app, save(again)).await.0, StatusCode::OK);
    let get = || Request::get("/api/dashboards/uid/my-board").body(Body::empty()).expect("a request");
    let meta = send(&app, get()).await.1["meta"].clone();
    assert_eq!((&meta["provisioned"], &meta["canDelete"]), (&json!(false), &json!(true)));
    let delete =
        |uid: &str| Request::delete(format!("/api/dashboards/uid/{uid}")).body(Body::empty()).expect("a request");
    assert_eq!(send(&app, delete("my-board")).await.0, StatusCode::OK);
    assert_eq!(send(&app, get()).await.0, StatusCode::NOT_FOUND);
    assert_eq!(send(&app, delete("my-board")).await.0, StatusCode::NOT_FOUND);
    assert_eq!(send(&app, delete("stage4-async-rolling")).await.0, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_bad_import_is_told_what_is_wrong_and_where() {
    let app = app();
    for (body, wanted) in [
        ("{", "line 1 column 1"),
        ("{}", "missing field `dashboard`"),
        (r#"{"dashboard":{"tags":["x"]}}"#, "neither panels nor rows nor elements"),
        (r#"{"dashboard":{"title":"x","panels":[1]}}"#, "panels[0] is a number, not an object"),
        (r#"{"dashboard":{"uid":"a/b","panels":[]}}"#, "uid \"a/b\""),
        (r#"{"dashboard":{"uid":"concurrency-lab","panels":[]},"overwrite":true}"#, "comes with the lab"),
    ] {
        let request = Request::post("/api/dashboards/db").body(Body::from(body)).expect("a request");
        let (status, answer) = send(&app, request).await;
        let message = answer["message"].as_str().unwrap_or_default();
        assert!(status == StatusCode::BAD_REQUEST && message.contains(wanted), "{body}: {status} {message}");
    }
}
