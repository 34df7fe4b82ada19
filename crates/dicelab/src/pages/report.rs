//! The last report of `dicelab verify`, which hands it in when it is done:
//!
//! | Request | Answer |
//! |---|---|
//! | `POST /api/v0/report`, body the JSON report | 204; 400 for what is no report, 403 from elsewhere, 413 beyond 1 MiB |
//! | `GET /api/v0/report`, `GET /api/lab/report` | the report; 404 until there is one |

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use lab_verify::report::model::Report;
use telemetry::problem::Problem;

use crate::pages::steering::Steering;
use crate::parts::storage::last_report::{LARGEST, LastReport};

/// The collector's routes, by which the report comes.
pub fn router(last: LastReport) -> Router {
    let routes = get(show).post(keep).layer(DefaultBodyLimit::max(LARGEST));
    Router::new().route("/api/v0/report", routes).with_state(last)
}

/// The page's route, by which it is shown.
pub fn page_router(last: LastReport) -> Router {
    Router::new().route("/api/lab/report", get(show)).with_state(last)
}

async fn show(State(last): State<LastReport>) -> Response {
    match last.get() {
        Some(report) => Json(&*report).into_response(),
        None => Problem::new(StatusCode::NOT_FOUND, "no verification has been reported yet: run dicelab verify")
            .into_response(),
    }
}

async fn keep(
    _: Steering,
    State(last): State<LastReport>,
    body: Result<Bytes, BytesRejection>,
) -> Result<StatusCode, Problem> {
    let json = body.map_err(|error| match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::new(
            error.status(),
            format!("the report is too large; the lab keeps one of at most {LARGEST} bytes"),
        ),
        status => Problem::new(status, error.body_text()),
    })?;
    let report = Report::read(&json)
        .map_err(|error| Problem::new(StatusCode::BAD_REQUEST, format!("not a report of dicelab verify: {error}")))?;
    match tokio::task::spawn_blocking(move || last.set(report)).await {
        Ok(Ok(())) => Ok(StatusCode::NO_CONTENT),
        Ok(Err(error)) => Err(Problem::new(
            StatusCode::INSUFFICIENT_STORAGE,
            format!(
                "the report is kept in memory only, and lost when the lab ends, because it cannot be written to the disk: {error}"
            ),
        )),
        Err(_) => Err(Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "the report could not be kept")),
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use axum::body::{Body, to_bytes};
    use axum::extract::ConnectInfo;
    use axum::http::Request;
    use serde_json::{Value, json};
    use tower::ServiceExt;

    use super::*;

    const HERE: &str = "127.0.0.1:1";

    fn report(message: &str) -> Value {
        json!({
            "checks": [{
                "id": "loss/processes", "area": "loss", "status": "fail", "asked": "restarts", "expected": "none",
                "got": "1", "seconds": 0.5, "message": message,
            }],
            "summary": {
                "pass": 0, "fail": 1, "skip": 0, "good": false, "about": "3 requests of a ledger",
                "started": "2026-01-02T03:04:05Z", "seconds": 1.5,
            },
        })
    }

    async fn ask(last: &LastReport, request: Request<Body>) -> (StatusCode, Value) {
        let router = router(last.clone()).merge(page_router(last.clone()));
        let answer = router.oneshot(request).await.expect("an answer");
        let status = answer.status();
        let body = to_bytes(answer.into_body(), LARGEST).await.expect("a body");
        (status, serde_json::from_slice(&body).unwrap_or(Value::Null))
    }

    async fn get(last: &LastReport, path: &str) -> (StatusCode, Value) {
        ask(last, Request::get(path).body(Body::empty()).expect("a request")).await
    }

    async fn post(last: &LastReport, peer: &str, body: String) -> (StatusCode, Value) {
        let peer = ConnectInfo(peer.parse::<SocketAddr>().expect("an address"));
        let request = Request::post("/api/v0/report").header("host", "localhost").extension(peer);
        ask(last, request.body(body.into()).expect("a request")).await
    }

    #[tokio::test]
    async fn a_report_is_kept_and_given_back_on_both_ports() {
        let last = LastReport::in_memory();
        let (status, problem) = get(&last, "/api/v0/report").await;
        assert_eq!((status, &problem["status"]), (StatusCode::NOT_FOUND, &json!(404)));
        assert!(problem["detail"].as_str().is_some_and(|detail| detail.contains("dicelab verify")), "{problem}");
        for message in ["first", "second <script>"] {
            assert_eq!(post(&last, HERE, report(message).to_string()).await.0, StatusCode::NO_CONTENT);
            for path in ["/api/v0/report", "/api/lab/report"] {
                assert_eq!(get(&last, path).await, (StatusCode::OK, report(message)));
            }
        }
        assert_eq!(last.summary().map(|summary| summary.counts()).as_deref(), Some("0 passed, 0 skipped, 1 failed"));
    }

    #[tokio::test]
    async fn a_body_that_is_no_report_is_refused_with_the_reason() {
        let last = LastReport::in_memory();
        let mut boasting = report("x");
        boasting["summary"]["fail"] = 0.into();
        for (body, status, what) in [
            ("{".to_owned(), StatusCode::BAD_REQUEST, "EOF"),
            ("{}".to_owned(), StatusCode::BAD_REQUEST, "missing field `checks`"),
            (boasting.to_string(), StatusCode::BAD_REQUEST, "summary.fail is 0, but 1 checks"),
            (" ".repeat(LARGEST + 1), StatusCode::PAYLOAD_TOO_LARGE, "at most 1048576 bytes"),
        ] {
            let (answered, problem) = post(&last, HERE, body).await;
            assert_eq!(answered, status, "{problem}");
            assert!(problem["detail"].as_str().is_some_and(|detail| detail.contains(what)), "{problem}");
        }
        assert_eq!(post(&last, "192.0.2.7:1", report("x").to_string()).await.0, StatusCode::FORBIDDEN);
        assert_eq!(last.get(), None);
    }
}
