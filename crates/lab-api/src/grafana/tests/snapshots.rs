//! Snapshots: kept under a key, listed, gone by either key or by themselves.

use super::kept::{ask_of, call};
use super::*;

#[tokio::test]
async fn a_snapshot_is_kept_read_listed_and_taken_away() {
    let app = app();
    let board = json!({ "title": "As it was", "panels": [{ "type": "stat", "snapshotData": [] }] });
    let (status, made) = call(&app, "POST", "/api/snapshots", json!({ "dashboard": board, "name": "Before" })).await;
    let key = made["key"].as_str().expect("a key").to_owned();
    assert_eq!((status, key.len()), (StatusCode::OK, 32), "{made}");
    assert!(made["url"].as_str().expect("an address").ends_with(&format!("/dashboard/snapshot/{key}")));
    let one = format!("/api/snapshots/{key}");
    let read = ask_of(&app, &one).await;
    assert_eq!((&read["dashboard"], &read["meta"]["isSnapshot"]), (&board, &json!(true)));
    assert_eq!(ask_of(&app, "/api/dashboard/snapshots?query=bef").await[0]["key"], key);
    assert_eq!(ask_of(&app, "/api/dashboard/snapshots?query=x").await, json!([]));
    let again = json!({ "dashboard": board, "key": key });
    assert_eq!(call(&app, "POST", "/api/snapshots", again).await.0, StatusCode::CONFLICT);
    let remover = format!("/api/snapshots-delete/{}", made["deleteKey"].as_str().expect("a key"));
    assert_eq!(ask_of(&app, &remover).await["id"], made["id"]);
    for gone in [&one, &remover] {
        assert_eq!(call(&app, "GET", gone, json!(null)).await.0, StatusCode::NOT_FOUND);
    }
    let second = call(&app, "POST", "/api/snapshots", json!({ "dashboard": board, "expires": 60 })).await.1;
    let second = format!("/api/snapshots/{}", second["key"].as_str().expect("a key"));
    assert_eq!(ask_of(&app, &second).await["meta"]["expires"], "2027-01-15T08:01:00.000Z");
    assert_eq!(call(&app, "DELETE", &second, json!(null)).await.0, StatusCode::OK);
    assert_eq!(call(&app, "DELETE", &second, json!(null)).await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_snapshot_that_cannot_be_kept_is_refused() {
    let app = app();
    let deep = (0..125).fold(json!(0), |inner, _| json!([inner]));
    for (body, wanted) in [
        (json!({ "dashboard": {}, "external": true }), StatusCode::FORBIDDEN),
        (json!({ "dashboard": [] }), StatusCode::BAD_REQUEST),
        (json!({ "name": "x" }), StatusCode::BAD_REQUEST),
        (json!({ "dashboard": { "a": deep } }), StatusCode::BAD_REQUEST),
        (json!({ "dashboard": { "a": "x".repeat(5 << 20) } }), StatusCode::PAYLOAD_TOO_LARGE),
    ] {
        let (status, answer) = call(&app, "POST", "/api/snapshots", body).await;
        assert_eq!(status, wanted, "{answer}");
    }
    assert_eq!(ask_of(&app, "/api/dashboard/snapshots").await, json!([]));
}

#[tokio::test]
async fn lists_that_clients_walk_page_by_page_come_to_an_end() {
    let app = app();
    for (path, field) in
        [("users/search", "users"), ("teams/search", "teams"), ("serviceaccounts/search", "serviceAccounts")]
    {
        let second = ask_of(&app, &format!("/api/{path}?perpage=1000&page=2")).await;
        assert_eq!((&second[field], &second["page"]), (&json!([]), &json!(2)), "{path}");
    }
    assert_eq!(ask_of(&app, "/api/users?page=2").await, json!([]));
    assert_eq!(ask_of(&app, "/api/users?query=anon").await[0]["id"], 1);
}
