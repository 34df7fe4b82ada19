//! Annotations, folders, silences and resources: written, read, changed and taken away.

use super::*;

async fn call(app: &Router, method: &str, path: &str, body: Value) -> (StatusCode, Value) {
    let request = Request::builder().method(method).uri(path).body(Body::from(body.to_string()));
    send(app, request.expect("a request")).await
}

#[tokio::test]
async fn an_annotation_is_written_found_changed_and_deleted() {
    let app = app();
    let note = json!({ "text": "deployed", "tags": ["deploy", "v2"], "time": 1000, "timeEnd": 2000, "panelId": 3,
        "dashboardUID": "stage4-async-rolling" });
    assert_eq!(call(&app, "POST", "/api/annotations", note).await.1["id"], 1);
    call(&app, "POST", "/api/annotations", json!({ "text": "now", "tags": ["deploy"] })).await;
    for (query, count) in [
        ("", 2),
        ("?from=1500&to=1600", 1),
        ("?from=2001&to=3000", 0),
        ("?tags=deploy&tags=v2", 1),
        ("?tags=v2&tags=x", 0),
        ("?tags=v2&tags=x&matchAny=true", 1),
        ("?dashboardUID=stage4-async-rolling", 1),
        ("?panelId=4", 0),
        ("?limit=1", 1),
    ] {
        let (status, found) = call(&app, "GET", &format!("/api/annotations{query}"), json!(null)).await;
        assert_eq!((status, found.as_array().map(Vec::len)), (StatusCode::OK, Some(count)), "{query}");
    }
    assert_eq!(call(&app, "PATCH", "/api/annotations/1", json!({ "text": "rolled back" })).await.0, StatusCode::OK);
    let one = call(&app, "GET", "/api/annotations/1", json!(null)).await.1;
    assert_eq!((&one["text"], &one["timeEnd"], &one["tags"][1]), (&json!("rolled back"), &json!(2000), &json!("v2")));
    let tags = call(&app, "GET", "/api/annotations/tags", json!(null)).await.1;
    assert_eq!(tags["result"]["tags"], json!([{ "tag": "deploy", "count": 2 }, { "tag": "v2", "count": 1 }]));
    assert_eq!(call(&app, "DELETE", "/api/annotations/1", json!(null)).await.0, StatusCode::OK);
    assert_eq!(call(&app, "DELETE", "/api/annotations/1", json!(null)).await.0, StatusCode::NOT_FOUND);
    for wrong in [json!({ "tags": ["x"] }), json!({ "text": 7 })] {
        assert_eq!(call(&app, "POST", "/api/annotations", wrong).await.0, StatusCode::BAD_REQUEST);
    }
    let lost = json!({ "text": "x", "dashboardUID": "none" });
    assert_eq!(call(&app, "POST", "/api/annotations", lost).await.0, StatusCode::NOT_FOUND);
    assert_eq!(call(&app, "GET", "/api/annotations?from=x", json!(null)).await.0, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_silence_is_made_listed_and_expired() {
    let app = app();
    let path = "/api/alertmanager/grafana/api/v2/silences";
    let silence = |end: &str| {
        json!({ "matchers": [{ "name": "alertname", "value": "X", "isRegex": false, "isEqual": true }],
        "startsAt": "2026-01-01T00:00:00Z", "endsAt": end, "createdBy": "me", "comment": "quiet" })
    };
    let (status, made) = call(&app, "POST", path, silence("2030-01-01T00:00:00Z")).await;
    let id = made["silenceID"].as_str().expect("an id").to_owned();
    assert_eq!((status, id.len()), (StatusCode::ACCEPTED, 36));
    assert_eq!(call(&app, "GET", path, json!(null)).await.1[0]["status"]["state"], "active");
    assert_eq!(call(&app, "GET", &format!("{path}?filter=alertname=%22Y%22"), json!(null)).await.1, json!([]));
    let one = format!("/api/alertmanager/grafana/api/v2/silence/{id}");
    assert_eq!(call(&app, "DELETE", &one, json!(null)).await.0, StatusCode::OK);
    assert_eq!(call(&app, "GET", &one, json!(null)).await.1["status"]["state"], "expired");
    assert_eq!(call(&app, "POST", path, silence("2026-06-01T00:00:00Z")).await.0, StatusCode::BAD_REQUEST, "past");
    assert_eq!(call(&app, "POST", path, silence("soon")).await.0, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_dashboard_is_a_resource_with_conflicts() {
    let app = app();
    let path = "/apis/dashboard.grafana.app/v1beta1/namespaces/default/dashboards";
    assert_eq!(call(&app, "GET", "/apis/dashboard.grafana.app", json!(null)).await.1["kind"], "APIGroup");
    let mine = json!({ "metadata": { "name": "mine" }, "spec": { "title": "Mine", "panels": [] } });
    let (status, made) = call(&app, "POST", path, mine.clone()).await;
    assert_eq!((status, &made["metadata"]["resourceVersion"]), (StatusCode::CREATED, &json!("1")), "{made}");
    assert_eq!(call(&app, "POST", path, mine).await.0, StatusCode::CONFLICT);
    let change = |version: &str| {
        json!({ "metadata": { "name": "mine", "resourceVersion": version },
        "spec": { "title": "Changed", "panels": [] } })
    };
    let one = format!("{path}/mine");
    assert_eq!(call(&app, "PUT", &one, change("1")).await.1["metadata"]["generation"], 2);
    assert_eq!(call(&app, "PUT", &one, change("1")).await.0, StatusCode::CONFLICT);
    assert_eq!(call(&app, "GET", &one, json!(null)).await.1["spec"]["title"], "Changed");
    let stale = json!({ "dashboard": { "uid": "mine", "title": "Old", "version": 1, "panels": [] } });
    let (status, answer) = call(&app, "POST", "/api/dashboards/db", stale).await;
    assert_eq!((status, &answer["status"]), (StatusCode::PRECONDITION_FAILED, &json!("version-mismatch")));
    let shipped = format!("{path}/stage4-async-rolling");
    assert_eq!(call(&app, "DELETE", &shipped, json!(null)).await.0, StatusCode::FORBIDDEN);
    assert_eq!(call(&app, "DELETE", &one, json!(null)).await.0, StatusCode::OK);
    assert_eq!(call(&app, "GET", &one, json!(null)).await.1["reason"], "NotFound");
}

#[tokio::test]
async fn a_folder_has_its_dashboards_and_goes_with_them() {
    let app = app();
    assert_eq!(call(&app, "POST", "/api/folders", json!({ "title": "Team", "uid": "team" })).await.1["version"], 1);
    assert_eq!(
        call(&app, "POST", "/api/folders", json!({ "title": "T", "uid": "team" })).await.0,
        StatusCode::CONFLICT
    );
    let board = json!({ "dashboard": { "uid": "ours", "title": "Ours", "panels": [] }, "folderUid": "team" });
    assert_eq!(call(&app, "POST", "/api/dashboards/db", board).await.1["folderUid"], "team");
    assert_eq!(ask_of(&app, "/api/dashboards/uid/ours").await["meta"]["folderTitle"], "Team");
    assert_eq!(ask_of(&app, "/api/search?folderUIDs=team").await[0]["uid"], "ours");
    assert_eq!(ask_of(&app, "/api/search?type=dash-folder").await[0]["uid"], "team");
    let rename = |version: u64| json!({ "title": "Crew", "version": version });
    assert_eq!(call(&app, "PUT", "/api/folders/team", rename(1)).await.1["title"], "Crew");
    assert_eq!(call(&app, "PUT", "/api/folders/team", rename(1)).await.0, StatusCode::PRECONDITION_FAILED);
    assert_eq!(call(&app, "DELETE", "/api/folders/team", json!(null)).await.0, StatusCode::OK);
    assert_eq!(call(&app, "GET", "/api/dashboards/uid/ours", json!(null)).await.0, StatusCode::NOT_FOUND);
}

async fn ask_of(app: &Router, path: &str) -> Value {
    call(app, "GET", path, json!(null)).await.1
}

#[tokio::test]
async fn what_is_not_there_is_said_in_json() {
    for path in ["/api", "/api/nothing", "/apis/nothing.grafana.app", "/api/plugins/x/settings", "/api/datasources/9"] {
        let (status, answer) = ask(path).await;
        assert!(status == StatusCode::NOT_FOUND && answer["message"].is_string(), "{path}: {status} {answer}");
    }
    let (status, answer) = call(&app(), "DELETE", "/api/search", json!(null)).await;
    assert!(status == StatusCode::METHOD_NOT_ALLOWED && answer["message"].is_string(), "{status} {answer}");
}

#[tokio::test]
async fn data_sources_offer_resources_and_answer_queries_with_frames() {
    let values = || async { Json(json!({ "status": "success", "data": ["a/b"] })) };
    let matrix = json!({ "status": "success", "data": { "resultType": "matrix", "result": [
        { "metric": { "__name__": "up", "job": "x" }, "values": [[1, "1.5"], [2, "NaN"], [3, "+Inf"]] }] } });
    let prometheus = Router::new()
        .route("/api/v1/label/{name}/values", get(values))
        .route("/api/v1/query_range", get(move || async move { Json(matrix) }));
    let loki = Router::new().route("/loki/api/v1/label/{name}/values", get(values));
    let app = router(state(Stores { prometheus, loki, tempo: Router::new() }));
    for path in [
        "/api/datasources/uid/prometheus/resources/api/v1/label/job/values",
        "/api/datasources/1/resources/api/v1/label/job/values",
        "/api/datasources/uid/loki/resources/label/job/values",
        "/api/datasources/proxy/2/loki/api/v1/label/job/values",
    ] {
        assert_eq!(ask_of(&app, path).await["data"][0], "a/b", "{path}");
    }
    let query = |uid: &str| {
        json!({ "from": "now-5m", "to": "now",
        "queries": [{ "refId": "B", "datasource": { "uid": uid }, "expr": "up", "legendFormat": "{{job}}!" }] })
    };
    let (status, answer) = call(&app, "POST", "/api/ds/query", query("prometheus")).await;
    let frame = &answer["results"]["B"]["frames"][0];
    assert_eq!((status, &frame["data"]["values"]), (StatusCode::OK, &json!([[1000, 2000, 3000], [1.5, null, null]])));
    assert_eq!(frame["data"]["entities"], json!([null, { "NaN": [1], "Inf": [2] }]));
    assert_eq!(frame["schema"]["fields"][1]["config"]["displayNameFromDS"], "x!");
    let (status, answer) = call(&app, "POST", "/api/ds/query", query("mimir")).await;
    assert_eq!((status, &answer["results"]["B"]["status"]), (StatusCode::BAD_REQUEST, &json!(400)));
}
