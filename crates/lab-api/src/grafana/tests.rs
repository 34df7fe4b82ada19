//! Grafana's shapes, asked through the router.

use axum::body::Body;
use http::Request;
use http_body_util::BodyExt;
use serde_json::Value;
use tower::ServiceExt;

use super::*;

async fn ask(path: &str) -> (StatusCode, Value) {
    let state = GrafanaState { library: Arc::new(Library::new(None)), version: "1.2.3" };
    let echo =
        |name: &'static str| Router::new().route("/ready", get(move || async move { Json(json!({ "store": name })) }));
    let stores = Stores { prometheus: echo("prometheus"), loki: echo("loki"), tempo: echo("tempo") };
    let request = Request::get(path).body(Body::empty()).expect("a request");
    let response = router(state, stores).oneshot(request).await.expect("infallible");
    let status = response.status();
    let body = response.into_body().collect().await.expect("a body").to_bytes();
    (status, serde_json::from_slice(&body).unwrap_or_default())
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
