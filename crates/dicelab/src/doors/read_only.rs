//! A lab that shows a file answers questions only: what it shows must stay what the file holds.

use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http_door::guard::access::{Access, Classify};
use serde_json::json;

/// Turns everything away that would change something.
pub async fn check(State(classify): State<Classify>, request: Request, next: Next) -> Response {
    match classify(request.method(), request.uri()) {
        Access::Page | Access::Read => next.run(request).await,
        Access::Send | Access::Steer => {
            let message = "this lab shows a run file and takes nothing in; start another one with `dicelab lab`";
            (StatusCode::FORBIDDEN, Json(json!({ "message": message }))).into_response()
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::Body;
    use axum::middleware::from_fn_with_state;
    use axum::routing::any;
    use tower::ServiceExt;

    use super::*;
    use crate::doors::access;
    use crate::ports::Port;

    #[tokio::test]
    async fn questions_are_answered_and_all_else_is_refused() {
        let table = [
            (Port::Metrics, "POST", "/api/v1/query", StatusCode::OK),
            (Port::Metrics, "POST", "/api/v1/write", StatusCode::FORBIDDEN),
            (Port::Logs, "GET", "/loki/api/v1/labels", StatusCode::OK),
            (Port::Logs, "POST", "/loki/api/v1/push", StatusCode::FORBIDDEN),
            (Port::Traces, "POST", "/tempopb.StreamingQuerier/Search", StatusCode::OK),
            (Port::Traces, "POST", "/api/mcp", StatusCode::OK),
            (Port::Traces, "POST", "/api/v2/traces/diff", StatusCode::OK),
            (Port::Traces, "POST", "/flush", StatusCode::FORBIDDEN),
            (Port::Dashboards, "GET", "/explore", StatusCode::OK),
            (Port::Dashboards, "POST", "/api/ds/query", StatusCode::OK),
            (Port::Dashboards, "POST", "/api/dashboards/db", StatusCode::FORBIDDEN),
            (Port::Collector, "POST", "/api/dicelab/import", StatusCode::FORBIDDEN),
        ];
        for (port, method, path, expected) in table {
            let router = Router::new().route("/{*path}", any(async || "good"));
            let router = router.layer(from_fn_with_state(access::of(port), check));
            let request = Request::builder().method(method).uri(path).body(Body::empty()).expect("a request");
            assert_eq!(router.oneshot(request).await.expect("answered").status(), expected, "{method} {path}");
        }
    }
}
