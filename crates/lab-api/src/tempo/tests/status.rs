//! What the port says about itself, and the forms in which it answers.

use http::StatusCode;
use prost::Message;

use crate::tempo::answer::messages::SearchTagsV2Response;
use crate::tempo::http::status::ENDPOINTS;
use crate::tempo::tests::asking::{TRACE, get_bytes};

#[tokio::test]
async fn every_endpoint_that_the_status_names_is_there() {
    for endpoint in ENDPOINTS.into_iter().filter(|endpoint| !endpoint.contains("StreamingQuerier")) {
        let path = endpoint.replace("{id}", TRACE).replace("{name}", "name").replace("{section}", "version");
        assert_ne!(get_bytes(&path, "*/*").await.0, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn the_status_has_sections() {
    let (status, all) = get_bytes("/status", "*/*").await;
    let all = String::from_utf8(all).expect("text");
    assert_eq!(status, StatusCode::OK);
    for section in ["version", "services", "endpoints", "config"] {
        let (_, one) = get_bytes(&format!("/status/{section}"), "*/*").await;
        assert!(all.contains(&String::from_utf8(one).expect("text")), "{section}");
    }
    let (status, nothing) = get_bytes("/status/nothing", "*/*").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert!(String::from_utf8_lossy(&nothing).contains("version, services"), "{nothing:?}");
}

#[tokio::test]
async fn an_answer_is_protobuf_for_who_accepts_it() {
    let (_, bytes) = get_bytes("/api/v2/search/tags?scope=span", "application/protobuf").await;
    let message = SearchTagsV2Response::decode(&*bytes).expect("protobuf");
    assert_eq!(message.scopes[0].tags, ["db.system", "rows"]);
}
