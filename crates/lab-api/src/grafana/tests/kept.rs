//! Annotations written, read, changed and taken away; versions; short links; what is not there.

use super::*;

pub(super) async fn call(app: &Router, method: &str, path: &str, body: Value) -> (StatusCode, Value) {
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
    for lost in [json!({ "text": "x", "dashboardUID": "none" }), json!({ "text": "x", "dashboardId": 99 })] {
        assert_eq!(call(&app, "POST", "/api/annotations", lost).await.0, StatusCode::NOT_FOUND);
    }
    assert_eq!(call(&app, "GET", "/api/annotations?from=x", json!(null)).await.0, StatusCode::BAD_REQUEST);
}

pub(super) async fn ask_of(app: &Router, path: &str) -> Value {
    call(app, "GET", path, json!(null)).await.1
}

#[tokio::test]
async fn what_is_not_there_is_said_in_json() {
    for path in [
        "/api",
        "/api/",
        "/api/nothing",
        "/apis/nothing.grafana.app",
        "/openapi/v3",
        "/api/plugins/x/settings",
        "/api/datasources/9",
    ] {
        let (status, answer) = ask(path).await;
        assert!(status == StatusCode::NOT_FOUND && answer["message"].is_string(), "{path}: {status} {answer}");
    }
    let (status, answer) = ask("/render/d-solo/mine/title?panelId=1").await;
    let said = answer["message"].as_str().unwrap_or_default();
    assert!(status == StatusCode::NOT_IMPLEMENTED && said.contains("open /d/mine/title in a browser"), "{answer}");
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
    let tempo =
        Router::new().route("/api/v2/search/tags", get(values)).route("/api/v2/search/tag/{name}/values", get(values));
    let app = router(state(Stores { prometheus, loki, tempo }));
    for path in [
        "/api/datasources/uid/tempo/resources/tags?limit=500",
        "/api/datasources/uid/tempo/resources/tag-values?tag=span.a%2Fb&q=%7B%7D",
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

#[tokio::test]
async fn a_dashboard_has_its_versions_and_becomes_an_earlier_one_again() {
    let app = app();
    let save = |title: &str, message: &str| {
        let board = json!({ "uid": "mine", "title": title, "panels": [] });
        call(&app, "POST", "/api/dashboards/db", json!({ "dashboard": board, "overwrite": true, "message": message }))
    };
    let ids: Vec<Value> =
        [save("One", "first").await, save("Two", "second").await].map(|(_, made)| made["id"].clone()).into();
    assert!(ids[0].is_u64() && ids[0] == ids[1], "{ids:?}");
    let path = "/api/dashboards/uid/mine/versions";
    let listed = ask_of(&app, path).await;
    let said = |at: usize| (listed["versions"][at]["version"].clone(), listed["versions"][at]["message"].clone());
    assert_eq!((said(0), said(1)), ((json!(2), json!("second")), (json!(1), json!("first"))));
    assert_eq!(ask_of(&app, &format!("{path}?limit=1&start=1")).await["versions"][0]["version"], 1);
    let by_number = format!("/api/dashboards/id/{}/versions", ids[0]);
    assert_eq!(ask_of(&app, &by_number).await, listed);
    assert_eq!(ask_of(&app, &format!("{by_number}/2")).await["message"], "second");
    assert_eq!(ask_of(&app, &format!("{path}/1")).await["data"]["title"], "One");
    assert_eq!(call(&app, "GET", &format!("{path}/7"), json!(null)).await.0, StatusCode::NOT_FOUND);
    let restore = "/api/dashboards/uid/mine/restore";
    let (status, restored) = call(&app, "POST", restore, json!({ "version": 1 })).await;
    assert_eq!((status, &restored["version"]), (StatusCode::OK, &json!(3)), "{restored}");
    assert_eq!(ask_of(&app, "/api/dashboards/uid/mine").await["dashboard"]["title"], "One");
    assert_eq!(ask_of(&app, path).await["versions"][0]["restoredFrom"], 1);
    assert_eq!(call(&app, "POST", restore, json!({ "version": 9 })).await.0, StatusCode::NOT_FOUND);
    assert_eq!(call(&app, "POST", restore, json!({ "version": 3 })).await.0, StatusCode::BAD_REQUEST);
    let title = json!({ "dashboard": { "title": "Only a title" } });
    assert_eq!(call(&app, "POST", "/api/dashboards/db", title).await.0, StatusCode::OK);
}

#[tokio::test]
async fn a_short_link_leads_to_its_page() {
    let app = app();
    let link = json!({ "path": "d/stage4-async-rolling?from=now-1h" });
    let made = call(&app, "POST", "/api/short-urls", link.clone()).await.1;
    assert_eq!(call(&app, "POST", "/api/short-urls", link).await.1["uid"], made["uid"], "the same link again");
    let uid = made["uid"].as_str().expect("a uid");
    assert_eq!(made["url"], format!("https://localhost/goto/{uid}?orgId=1"), "the scheme of the port");
    let follow = |uid: &str| {
        let request = Request::get(format!("/goto/{uid}")).body(Body::empty()).expect("a request");
        app.clone().oneshot(request)
    };
    for (uid, wanted) in [(uid, "/d/stage4-async-rolling?from=now-1h"), ("nothing", "/")] {
        let answer = follow(uid).await.expect("infallible");
        assert!(answer.status() == StatusCode::SEE_OTHER && answer.headers()["location"] == *wanted, "{answer:?}");
    }
    let outside = json!({ "path": "http://elsewhere" });
    assert_eq!(call(&app, "POST", "/api/short-urls", outside).await.0, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn data_sources_and_rules_cannot_be_changed_and_say_why() {
    let app = app();
    for (method, path, wanted) in [
        ("POST", "/api/datasources", "own stores"),
        ("PUT", "/api/datasources/uid/loki", "own stores"),
        ("DELETE", "/api/datasources/uid/loki", "own stores"),
        ("POST", "/api/v1/provisioning/alert-rules", "come from files"),
        ("PUT", "/api/v1/provisioning/folder/dicelab/rule-groups/one", "come from files"),
        ("POST", "/api/ruler/grafana/api/v1/rules/dicelab", "come from files"),
        ("PUT", "/api/v1/provisioning/policies", "notifies nobody"),
    ] {
        let (status, answer) = call(&app, method, path, json!({})).await;
        let said = answer["message"].as_str().unwrap_or_default();
        assert!(status == StatusCode::FORBIDDEN && said.contains(wanted), "{method} {path}: {status} {answer}");
    }
}
