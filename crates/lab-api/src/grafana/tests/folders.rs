//! Folders: in each other, with dashboards in them, by the old paths and as resources.

use super::kept::{ask_of, call};
use super::*;

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
    for (path, status) in [
        ("/api/folders/team/permissions", StatusCode::OK),
        ("/api/folders/nope/permissions", StatusCode::NOT_FOUND),
        ("/api/dashboards/uid/ours/permissions", StatusCode::OK),
        ("/api/dashboards/uid/nope/permissions", StatusCode::NOT_FOUND),
    ] {
        assert_eq!(call(&app, "GET", path, json!(null)).await.0, status, "{path}");
    }
    assert_eq!(call(&app, "DELETE", "/api/folders/team", json!(null)).await.0, StatusCode::OK);
    assert_eq!(call(&app, "GET", "/api/dashboards/uid/ours", json!(null)).await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn folders_lie_in_each_other_and_move() {
    let app = app();
    for (uid, parent) in [("a", ""), ("b", "a"), ("c", "b"), ("d", "c")] {
        let made = call(&app, "POST", "/api/folders", json!({ "title": uid, "uid": uid, "parentUid": parent })).await;
        assert_eq!(made.0, StatusCode::OK, "{}", made.1);
    }
    let board = json!({ "dashboard": { "uid": "deep", "title": "Deep", "panels": [] }, "folderUid": "c" });
    call(&app, "POST", "/api/dashboards/db", board).await;
    let parents = ask_of(&app, "/api/folders/c").await["parents"].clone();
    assert_eq!((&parents[0]["uid"], &parents[1]["uid"]), (&json!("a"), &json!("b")));
    assert_eq!(ask_of(&app, "/api/folders").await.as_array().map(Vec::len), Some(1));
    assert_eq!(ask_of(&app, "/api/folders?parentUid=a").await[0]["uid"], "b");
    let counted = ask_of(&app, "/api/folders/a/counts").await;
    assert_eq!((&counted["folder"], &counted["dashboard"]), (&json!(3), &json!(1)));
    for (path, body, wanted) in [
        ("/api/folders", json!({ "title": "e", "uid": "e", "parentUid": "d" }), StatusCode::BAD_REQUEST),
        ("/api/folders", json!({ "title": "e", "uid": "e", "parentUid": "none" }), StatusCode::NOT_FOUND),
        ("/api/folders", json!({ "title": " ", "uid": "e" }), StatusCode::BAD_REQUEST),
        ("/api/folders", json!({ "title": "e", "uid": "a/b" }), StatusCode::BAD_REQUEST),
        ("/api/folders/a/move", json!({ "parentUid": "c" }), StatusCode::BAD_REQUEST),
        ("/api/folders/none/move", json!({ "parentUid": "c" }), StatusCode::NOT_FOUND),
        ("/api/folders/c/move", json!({ "parentUid": "" }), StatusCode::OK),
    ] {
        let (status, answer) = call(&app, "POST", path, body.clone()).await;
        assert_eq!(status, wanted, "{path} {body}: {answer}");
    }
    assert_eq!(ask_of(&app, "/api/folders/c").await["parents"], json!(null));
    assert_eq!(ask_of(&app, "/api/search?type=dash-folder&folderUIDs=c").await[0]["uid"], "d");
    let one = "/apis/folder.grafana.app/v1beta1/namespaces/default/folders/c";
    assert_eq!(call(&app, "DELETE", one, json!(null)).await.0, StatusCode::BAD_REQUEST, "it is not empty");
    assert_eq!(call(&app, "DELETE", &format!("{one}?gracePeriodSeconds=0"), json!(null)).await.0, StatusCode::OK);
    assert_eq!(call(&app, "GET", "/api/dashboards/uid/deep", json!(null)).await.0, StatusCode::NOT_FOUND);
    assert_eq!(call(&app, "GET", "/api/folders/d", json!(null)).await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_folder_is_a_resource() {
    let app = app();
    let path = "/apis/folder.grafana.app/v1beta1/namespaces/default/folders";
    let folder = |name: &str, parent: &str| {
        json!({ "apiVersion": "folder.grafana.app/v1beta1", "kind": "Folder",
            "metadata": { "name": name, "annotations": { "grafana.app/folder": parent } }, "spec": { "title": name } })
    };
    let (status, made) = call(&app, "POST", path, folder("outer", "")).await;
    assert_eq!((status, &made["metadata"]["resourceVersion"]), (StatusCode::CREATED, &json!("1")), "{made}");
    assert_eq!(call(&app, "POST", path, folder("outer", "")).await.1["reason"], "AlreadyExists");
    assert_eq!(call(&app, "POST", path, folder("lost", "none")).await.0, StatusCode::NOT_FOUND);
    let inner = call(&app, "POST", path, folder("inner", "outer")).await.1;
    assert_eq!(inner["metadata"]["annotations"]["grafana.app/folder"], "outer");
    let parents = ask_of(&app, &format!("{path}/inner/parents")).await;
    assert_eq!((&parents["kind"], &parents["items"][0]["name"]), (&json!("FolderInfoList"), &json!("outer")));
    assert_eq!(ask_of(&app, &format!("{path}/outer/counts")).await["counts"][1]["count"], 1);
    assert_eq!(ask_of(&app, &format!("{path}/outer/children")).await["items"][0]["name"], "inner");
    let mut changed = inner.clone();
    changed["spec"]["title"] = json!("Renamed");
    assert_eq!(call(&app, "PUT", &format!("{path}/inner"), changed.clone()).await.1["spec"]["title"], "Renamed");
    assert_eq!(call(&app, "PUT", &format!("{path}/inner"), changed).await.1["reason"], "Conflict");
    assert_eq!(ask_of(&app, "/api/folders/inner").await["title"], "Renamed");
    assert_eq!(ask_of(&app, path).await["items"].as_array().map(Vec::len), Some(2));
}
